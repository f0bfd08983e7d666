"""One result, read once: the environment, the plan, the records and the very lines they came from.

A command reads a `Result` and hands it on, so what is audited is what is rendered, byte for byte.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from harness.errors import Failure, HarnessError, first_fault
from harness.experiment.plan import Plan, parse_plan, plan_json
from harness.experiment.versions import FORMATS_READ
from harness.paths import shown
from harness.results.chain import ChainError
from harness.results.environment import ENVIRONMENT, Environment
from harness.results.records import RECORDS, Record, parse, write_json

PLAN = "plan.json"
_Parsed = TypeVar("_Parsed")


class ResultError(HarnessError):
    """A result's files cannot be read; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Line:
    """One line of the records. `record` is what it holds; where it cannot be read, `fault` says why."""

    number: int
    content: bytes
    record: Record | None
    fault: str = ""


@dataclass(frozen=True, eq=False)
class Result:
    """A benchmark's files, as they were read once. Each equals itself alone.

    A last line without its end was cut short by a crash: it is kept in `cut_short` alone. `objections` say what of it
    was left out, and stands in no record: see `harness.audit.quarantine`.
    """

    folder: Path
    environment: Environment
    plan: Plan
    plan_sha256: str
    genesis: str
    lines: tuple[Line, ...]
    cut_short: bytes = b""
    objections: tuple[str, ...] = ()

    @property
    def records(self) -> list[Record]:
        """The records of all lines that can be read, in their order."""
        return [line.record for line in self.lines if line.record is not None]


def read_result(folder: Path) -> Result:
    """Read a benchmark's folder.

    Raises `ResultError` for a folder that is no benchmark's, a file that is missing or malformed, and a format that is
    not read. A record that cannot be read is a fault of its line: the audit tells it.
    """
    raw_environment = _bytes(folder, ENVIRONMENT, f"{shown(folder)} is no benchmark's folder")
    environment = _parse(folder, ENVIRONMENT, raw_environment, Environment.model_validate_json)
    raw_plan = _bytes(folder, PLAN, "without it nobody knows what was to be measured")
    plan = _parse(folder, PLAN, raw_plan, parse_plan)
    *whole, cut_short = _bytes(folder, RECORDS, "nothing was recorded").split(b"\n")
    return Result(
        folder=folder,
        environment=environment,
        plan=plan,
        plan_sha256=hashlib.sha256(raw_plan).hexdigest(),
        genesis=genesis(raw_environment),
        lines=tuple(_line(number, content) for number, content in enumerate(whole, start=1)),
        cut_short=cut_short,
    )


def genesis(environment_json: bytes) -> str:
    """Return what the first record is chained to: the digest of `environment.json` but for the end, which comes later.

    It is taken from the file and not from `Environment`, so that a field that is added later breaks no older chain.
    """
    content = json.loads(environment_json)
    content.pop("ended_s", None)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write_beginning(folder: Path, environment: Environment, plan: Plan) -> str:
    """Write a new benchmark's environment and plan; return what its first record is chained to."""
    # One that is killed before its first record can go on, too.
    (folder / RECORDS).touch()
    (folder / PLAN).write_bytes(plan_json(plan))
    write_json(folder / ENVIRONMENT, environment.model_dump(mode="json"))
    return genesis((folder / ENVIRONMENT).read_bytes())


def write_end(folder: Path, ended_s: float) -> None:
    """Put the end into `environment.json`, and leave everything else in it as it was written."""
    path = folder / ENVIRONMENT
    try:
        write_json(path, {**json.loads(path.read_bytes()), "ended_s": ended_s})
    except OSError as error:
        raise Failure(
            f"{shown(path)}: that it ended could not be written ({error}); make room on the disk, then go on",
            remedy="orchbench bench --resume",
        ) from error


def _bytes(folder: Path, name: str, why: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise ResultError(f"{shown(folder / name)} is missing; {why}") from error
    except OSError as error:
        raise ResultError(f"{shown(folder / name)} cannot be read: {error.strerror}") from error


def _parse(folder: Path, name: str, content: bytes, parse_content: Callable[[bytes], _Parsed]) -> _Parsed:
    """Parse a file whose JSON object says its format."""
    path = shown(folder / name)
    try:
        whole: Any = json.loads(content)
        written_in = whole.get("format", 1)
    except (ValueError, AttributeError, RecursionError) as error:
        raise ResultError(f"{path}: it is no JSON object: {str(error)[:200]}") from error
    if written_in not in FORMATS_READ:
        raise ResultError(
            f"{path} is of format {written_in!s:.20}, and this orchbench reads formats {FORMATS_READ[0]} to "
            f"{FORMATS_READ[-1]}: use the version of orchbench that wrote it"
        )
    try:
        return parse_content(content)
    except ValidationError as error:
        raise ResultError(f"{path}: {first_fault(error)}") from error


def _line(number: int, content: bytes) -> Line:
    try:
        return Line(number, content, parse(content))
    except ChainError as error:
        return Line(number, content, None, str(error))
    except ValidationError as error:
        return Line(number, content, None, first_fault(error))
