"""Checks a driver's responses against the protocol before they are used.

A driver is foreign code. A response that a record cannot keep is an error of that call, and so is anything that would
end this process.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ParamSpec, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from harness.errors import first_fault
from harness.orchestrators.driver import Attempt, RunState, RunStatus

_LONGEST = 80
_Count = Annotated[int, Field(ge=0, lt=2**63)]
_Moment = Annotated[float, Field(ge=0, lt=2.0**63, allow_inf_nan=False)]
_Words = Annotated[str, AfterValidator(lambda words: words.encode().decode())]
"""Text that can be written to a file, without lone surrogates."""
P = ParamSpec("P")
A = TypeVar("A")


class OddAnswer(Exception):
    """A driver returned an invalid value or tried to end the harness. The message says how."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _RunStatus(_Strict):
    state: RunState
    ended_s: _Moment | None


class _Attempt(_Strict):
    step: _Words
    number: _Count
    succeeded: bool
    started_s: _Moment | None
    ended_s: _Moment | None


def asked(method: Callable[P, A], *arguments: P.args, **options: P.kwargs) -> A:
    """Call a method. Whatever it raises ends only the call, except Ctrl-C, which comes from the user."""
    try:
        return method(*arguments, **options)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        name = getattr(method, "__name__", "a method")
        raise OddAnswer(f"`{name}` raised {type(error).__name__}: {error}").with_traceback(
            error.__traceback__
        ) from None


def held(method: str, answer: Any) -> Any:
    """Return a method's response in the form of records. Raises `OddAnswer` if it breaks the protocol."""
    try:
        return _CHECKS[method](answer)
    except ValidationError as error:
        wrong = _shown(error.errors(include_url=False)[0]["input"])
        raise OddAnswer(f"`{method}` returned {wrong}: {first_fault(error)}") from error
    except TypeError as error:
        raise OddAnswer(f"`{method}` returned {_shown(answer)}: {error}") from error


def _status(answer: RunState | RunStatus) -> RunStatus:
    status = answer if isinstance(answer, RunStatus) else RunStatus(answer)
    _RunStatus.model_validate(vars(status))
    return status


def _attempt(answer: Attempt) -> Attempt:
    if not isinstance(answer, Attempt):
        raise TypeError("expected an Attempt")
    _Attempt.model_validate(vars(answer))
    return answer


def _row(answer: Sequence[A]) -> list[A]:
    try:
        return list(answer)
    except TypeError:
        raise TypeError("expected a sequence") from None


def _shown(answer: object) -> str:
    try:
        return repr(answer)[:_LONGEST]
    except Exception:
        # An integer of very many digits has no words.
        return f"a value of type {type(answer).__name__}"


_STRICT = ConfigDict(strict=True)
_run = TypeAdapter(Annotated[_Words, Field(min_length=1)], config=_STRICT).validate_python
_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "ready": TypeAdapter(bool, config=_STRICT).validate_python,
    "trigger": _run,
    "trigger_once": _run,
    "state": _status,
    "attempts": lambda answer: None if answer is None else [_attempt(each) for each in _row(answer)],
    "runs": lambda answer: [_run(each) for each in _row(answer)],
    "cancel": TypeAdapter(None, config=_STRICT).validate_python,
}
