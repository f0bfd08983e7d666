"""One result, read once: the environment, the plan, the records and their original lines.

A command reads one `Result` and passes it on, so that it audits and renders the same bytes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from harness.errors import Failure, HarnessError, first_fault
from harness.experiment.plan import Plan, parse_plan, plan_json
from harness.experiment.versions import FORMAT
from harness.paths import shown
from harness.results import older
from harness.results.chain import ChainError
from harness.results.environment import ENVIRONMENT, Environment
from harness.results.records import RECORDS, Record, parse, write_json

PLAN = "plan.json"
_Parsed = TypeVar("_Parsed")
_Convert = Callable[[dict[str, Any]], dict[str, Any]]


class ResultError(HarnessError):
    """A result's files cannot be read. The message names the file and the fault."""


@dataclass(frozen=True)
class RecordLine:
    """One line of the records, with its `record`, or the `fault` that makes it unreadable.

    `file` is its file's path relative to the result.
    """

    number: int
    content: bytes
    record: Record | None
    fault: str = ""
    file: str = RECORDS

    @property
    def place(self) -> str:
        """The file and line, for messages."""
        return f"{self.file}, line {self.number}"


@dataclass(frozen=True, eq=False)
class JoinedPart:
    """One of the parts of a joined result.

    `folder` is relative to the joined result's folder. `first_lap` is its first lap's number there. `stated` has the
    digests of its files by name, from the time of joining.
    """

    result: "Result"
    folder: str
    first_lap: int
    stated: Mapping[str, str]

    @property
    def laps(self) -> range:
        """The numbers of its laps in the joined result."""
        return range(self.first_lap, self.first_lap + self.result.environment.laps)


@dataclass(frozen=True, eq=False)
class Result:
    """A benchmark's files, read once. A result equals only itself.

    `cut_short` is a last line without a newline, which a crash leaves. `objections` name faults that no record shows
    (see `harness.audit.quarantine`). Only a joined result has `parts`, in the order of its laps (see
    `harness.results.joined`).
    """

    folder: Path
    environment: Environment
    plan: Plan
    plan_sha256: str
    genesis: str
    lines: tuple[RecordLine, ...]
    cut_short: bytes = b""
    objections: tuple[str, ...] = ()
    parts: tuple[JoinedPart, ...] = ()

    @property
    def records(self) -> list[Record]:
        """The records of all readable lines, in order."""
        return [line.record for line in self.lines if line.record is not None]

    @property
    def laps_elsewhere(self) -> frozenset[int]:
        """The laps on other machines than the first part's, whose seconds the result shows."""
        here = self.environment.machine
        away = [part for part in self.parts if here.unlike(part.result.environment.machine)]
        return frozenset(lap for part in away for lap in part.laps)


def read_result(folder: Path) -> Result:
    """Read a benchmark's folder.

    Raises `ResultError` if the folder is no benchmark, a file is missing or malformed, or its format is unknown. An
    unreadable record is a fault of its line, which the audit reports.
    """
    raw_environment, environment = _read_environment(folder)
    raw_plan = _bytes(folder, PLAN, "it contains the plan of the benchmark")
    plan = _parsed(folder, PLAN, raw_plan, older.plan_of_today, parse_plan)
    *whole, cut_short = _bytes(folder, RECORDS, "it contains the measurements").split(b"\n")
    numbers = {planned.id: planned.number for planned in plan.rounds}
    convert = partial(older.record_of_today, round_numbers=numbers) if environment.format < FORMAT else bytes
    return Result(
        folder=folder,
        environment=environment,
        plan=plan,
        plan_sha256=hashlib.sha256(raw_plan).hexdigest(),
        genesis=genesis(raw_environment),
        lines=tuple(_line(number, content, convert) for number, content in enumerate(whole, start=1)),
        cut_short=cut_short,
    )


def read_environment(folder: Path) -> Environment:
    """Read only a benchmark's environment, because many records take seconds to read. Raises `ResultError`."""
    return _read_environment(folder)[1]


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


def _read_environment(folder: Path) -> tuple[bytes, Environment]:
    raw = _bytes(folder, ENVIRONMENT, f"{shown(folder)} is not a folder with a benchmark")
    return raw, _parsed(folder, ENVIRONMENT, raw, older.environment_of_today, Environment.model_validate)


def _bytes(folder: Path, name: str, why: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise ResultError(f"{shown(folder / name)} is missing: {why}") from error
    except OSError as error:
        raise ResultError(f"cannot read {shown(folder / name)}: {error.strerror}") from error


def _parsed(
    folder: Path, name: str, content: bytes, convert: _Convert, parse_content: Callable[[Any], _Parsed]
) -> _Parsed:
    """Parse a file with a JSON object that has a `format`, converted to the current one if it is older."""
    path = shown(folder / name)
    try:
        whole: Any = json.loads(content)
        written_in = whole.get("format", 1)
    except (ValueError, AttributeError, RecursionError) as error:
        raise ResultError(f"{path} is not a JSON object: {str(error)[:200]}") from error
    if written_in not in older.READ:
        raise ResultError(
            f"{path} has format {written_in!s:.20}, but this orchbench reads formats {older.READ[0]} to "
            f"{older.READ[-1]}. Use the version of orchbench that wrote it"
        )
    try:
        return parse_content(whole if written_in == FORMAT else convert(whole))
    except ValidationError as error:
        raise ResultError(f"{path}: {first_fault(error)}") from error


def _line(number: int, content: bytes, convert: Callable[[bytes], bytes]) -> RecordLine:
    try:
        return RecordLine(number, content, parse(content, convert))
    except ChainError as error:
        return RecordLine(number, content, None, str(error))
    except ValidationError as error:
        return RecordLine(number, content, None, first_fault(error))
