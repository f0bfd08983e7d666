"""Joined results: one result with the laps of several others, which stay in their own folders and are not copied.

`join.json` names the parts in order, each with the digests of its files. The result shows the first part's numbers for
everything that depends on the machine.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import first_fault
from harness.experiment.plan import PlannedRound
from harness.paths import shown
from harness.results.environment import ENVIRONMENT, Environment, Machine
from harness.results.records import RECORDS, Record, RoundRecord, TrialRecord, write_json
from harness.results.result import PLAN, JoinedPart, RecordLine, Result, ResultError, read_result

JOIN = "join.json"
_LAP = re.compile(r"^lap(\d{1,9})(?=-)")


class _NamedPart(BaseModel):
    """A part in `join.json`: its folder, relative to the joined result's folder, and the digests of its files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str
    sha256: dict[str, str]


class _JoinFile(BaseModel):
    """The shape of `join.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    parts: list[_NamedPart] = Field(min_length=2)


def read_folder(folder: Path) -> Result:
    """Read the folder of a benchmark or of a joined result. Raises `ResultError`."""
    if not (folder / JOIN).is_file():
        return read_result(folder)
    try:
        join = _JoinFile.model_validate_json((folder / JOIN).read_bytes())
    except ValidationError as error:
        raise ResultError(f"{shown(folder / JOIN)}: {first_fault(error)}") from error
    except OSError as error:
        raise ResultError(f"{shown(folder / JOIN)} cannot be read: {error.strerror}") from error
    results = [read_result(Path(os.path.normpath(folder / each.folder))) for each in join.parts]
    return _joined(folder, results, join.parts)


def write_join(folder: Path, results: Sequence[Result]) -> Result:
    """Write the joined result of two or more others into a folder, and return it."""
    named = [_NamedPart(folder=_seen_from(folder, each.folder), sha256=digests(each)) for each in results]
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / JOIN, _JoinFile(parts=named).model_dump(mode="json"))
    return _joined(folder, results, named)


def digests(result: Result) -> dict[str, str]:
    """Return the SHA-256 of each of a benchmark's files on which a report depends. Raises `ResultError`."""
    records = hashlib.sha256()
    for line in result.lines:
        records.update(line.content + b"\n")
    records.update(result.cut_short)
    try:
        environment = hashlib.sha256((result.folder / ENVIRONMENT).read_bytes()).hexdigest()
    except OSError as error:
        raise ResultError(f"{shown(result.folder / ENVIRONMENT)} cannot be read: {error.strerror}") from error
    return {ENVIRONMENT: environment, PLAN: result.plan_sha256, RECORDS: records.hexdigest()}


def machines(result: Result) -> list[Machine]:
    """Return the different machines of a result. The result shows the first one's own numbers."""
    found = [result.environment.machine]
    for part in result.parts:
        machine = part.result.environment.machine
        if all(machine.unlike(each) for each in found):
            found.append(machine)
    return found


def _joined(folder: Path, results: Sequence[Result], named: Sequence[_NamedPart]) -> Result:
    parts: list[JoinedPart] = []
    for each, own in zip(results, named, strict=True):
        parts.append(JoinedPart(each, own.folder, parts[-1].laps.stop if parts else 1, own.sha256))
    first = results[0]
    return Result(
        folder=folder,
        environment=_environment([each.environment for each in results]),
        plan=replace(first.plan, rounds=tuple(_planned(each, p) for p in parts for each in p.result.plan.rounds)),
        plan_sha256=first.plan_sha256,
        genesis=first.genesis,
        lines=tuple(line for part in parts for line in _lines(part)),
        parts=tuple(parts),
    )


def _environment(environments: Sequence[Environment]) -> Environment:
    """Return the first environment, with the laps and the time span of all."""
    ends = [each.ended_s for each in environments if each.ended_s is not None]
    return environments[0].model_copy(
        update={
            "laps": sum(each.laps for each in environments),
            "started_s": min(each.started_s for each in environments),
            "ended_s": max(ends) if len(ends) == len(environments) else None,
        }
    )


def _lines(part: JoinedPart) -> list[RecordLine]:
    file = f"{part.folder}/{RECORDS}"
    moved = [replace(line, record=_moved(line.record, part), file=file) for line in part.result.lines if line.record]
    return [line for line in moved if line.record is not None]


def _moved(record: Record, part: JoinedPart) -> Record | None:
    """Return a record of a part with the number of its lap in the joined result.

    Events keep the trial's name in their part. For records that a benchmark has only once, return the first part's
    record and `None` for the others.
    """
    by = part.first_lap - 1
    match record:
        case TrialRecord():
            names = {"round": _renamed(record.round, by), "trial": _renamed(record.trial, by)}
            return record.model_copy(update={"lap": record.lap + by, **names})
        case RoundRecord():
            return record.model_copy(update={"lap": record.lap + by, "round": _renamed(record.round, by)})
        case _:
            return None if by else record


def _planned(planned: PlannedRound, part: JoinedPart) -> PlannedRound:
    return replace(planned, lap=planned.lap + part.first_lap - 1)


def _renamed(name: str, by: int) -> str:
    return _LAP.sub(lambda found: f"lap{int(found[1]) + by}", name)


def _seen_from(folder: Path, other: Path) -> str:
    return Path(os.path.relpath(other.resolve(), folder.resolve())).as_posix()
