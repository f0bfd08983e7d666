"""One result, read once: the environment, the plan, the records and their original lines.

A command reads one `Result` and passes it on, so that it audits and renders the same bytes.
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
    """A result's files cannot be read. The message names the file and the fault."""


@dataclass(frozen=True)
class Line:
    """One line of the records, with its `record`, or the `fault` that makes it unreadable."""

    number: int
    content: bytes
    record: Record | None
    fault: str = ""


@dataclass(frozen=True, eq=False)
class Result:
    """A benchmark's files, read once. A result equals only itself.

    `cut_short` is a last line without a newline, which a crash leaves. `objections` name faults that no record shows
    (see `harness.audit.quarantine`).
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
        """The records of all readable lines, in order."""
        return [line.record for line in self.lines if line.record is not None]


def read_result(folder: Path) -> Result:
    """Read a benchmark's folder.

    Raises `ResultError` if the folder is no benchmark, a file is missing or malformed, or its format is unknown. An
    unreadable record is a fault of its line, which the audit reports.
    """
    raw_environment = _bytes(folder, ENVIRONMENT, f"{shown(folder)} is not a folder with a benchmark")
    environment = _parse(folder, ENVIRONMENT, raw_environment, Environment.model_validate_json)
    raw_plan = _bytes(folder, PLAN, "it contains the plan of the benchmark")
    plan = _parse(folder, PLAN, raw_plan, parse_plan)
    *whole, cut_short = _bytes(folder, RECORDS, "it contains the measurements").split(b"\n")
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
    """Return the first link of the chain: the digest of `environment.json` without its end, which comes later.

    The digest is of the file and not of `Environment`, so that a new field does not break older chains.
    """
    content = json.loads(environment_json)
    content.pop("ended_s", None)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write_beginning(folder: Path, environment: Environment, plan: Plan) -> str:
    """Write a new benchmark's environment and plan. Return the link for its first record."""
    # A benchmark that is killed before its first record can resume, too.
    (folder / RECORDS).touch()
    (folder / PLAN).write_bytes(plan_json(plan))
    write_json(folder / ENVIRONMENT, environment.model_dump(mode="json"))
    return genesis((folder / ENVIRONMENT).read_bytes())


def write_end(folder: Path, ended_s: float) -> None:
    """Add the end to `environment.json` without changing anything else."""
    path = folder / ENVIRONMENT
    try:
        write_json(path, {**json.loads(path.read_bytes()), "ended_s": ended_s})
    except OSError as error:
        raise Failure(
            f"cannot write the end of the benchmark to {shown(path)} ({error}). Free some disk space, then resume",
            remedy="orchbench bench --resume",
        ) from error


def _bytes(folder: Path, name: str, why: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise ResultError(f"{shown(folder / name)} is missing: {why}") from error
    except OSError as error:
        raise ResultError(f"cannot read {shown(folder / name)}: {error.strerror}") from error


def _parse(folder: Path, name: str, content: bytes, parse_content: Callable[[bytes], _Parsed]) -> _Parsed:
    """Parse a file with a JSON object that has a `format`."""
    path = shown(folder / name)
    try:
        whole: Any = json.loads(content)
        written_in = whole.get("format", 1)
    except (ValueError, AttributeError, RecursionError) as error:
        raise ResultError(f"{path} is not a JSON object: {str(error)[:200]}") from error
    if written_in not in FORMATS_READ:
        raise ResultError(
            f"{path} has format {written_in!s:.20}, but this orchbench reads formats {FORMATS_READ[0]} to "
            f"{FORMATS_READ[-1]}. Use the version of orchbench that wrote it"
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
