"""Joined results: one result with the laps of several others, which stay in their own folders and are not copied.

`join.json` names the parts in order, each with the digests of its files. The result shows the first part's numbers for
everything that depends on the machine.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from harness.errors import first_fault
from harness.experiment.plan import PlannedRound
from harness.paths import shown
from harness.results.environment import ENVIRONMENT, Environment, Machine
from harness.results.records import RECORDS, InRound, Record, write_json
from harness.results.result import PLAN, JoinedPart, RecordLine, Result, ResultError, read_result

JOIN = "join.json"


class _NamedPart(BaseModel, extra="forbid", frozen=True):
    """A part in `join.json`: its folder, relative to the joined result's folder, and the digests of its files."""

    folder: str
    sha256: dict[str, str]


class _JoinFile(BaseModel, extra="forbid", frozen=True):
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
    try:
        files = {name: (result.folder / name).read_bytes() for name in (ENVIRONMENT, PLAN, RECORDS)}
    except OSError as error:
        raise ResultError(f"{error.filename} cannot be read: {error.strerror}") from error
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def machines(result: Result) -> list[Machine]:
    """Return the different machines of a result. The result shows the first one's own numbers."""
    found = [result.environment.machine]
    for part in result.parts:
        machine = part.result.environment.machine
        if all(machine.unlike(each) for each in found):
            found.append(machine)
    return found


def _joined(folder: Path, results: Sequence[Result], named: Sequence[_NamedPart]) -> Result:
    first = results[0]
    parts: list[JoinedPart] = []
    rounds: list[PlannedRound] = []
    lines: list[RecordLine] = []
    for result, own in zip(results, named, strict=True):
        laps, number = parts[-1].laps.stop - 1 if parts else 0, len(rounds)
        parts.append(JoinedPart(result, own.folder, laps + 1, own.sha256))
        rounds += (replace(each, lap=each.lap + laps, number=each.number + number) for each in result.plan.rounds)
        lines += (
            replace(line, record=record, file=f"{own.folder}/{RECORDS}")
            for line in result.lines
            if line.record and (record := _moved(line.record, laps, number))
        )
    return Result(
        folder=folder,
        environment=_environment([each.environment for each in results]),
        plan=replace(first.plan, rounds=tuple(rounds)),
        plan_sha256=first.plan_sha256,
        genesis=first.genesis,
        lines=tuple(lines),
        parts=tuple(parts),
    )


def _environment(environments: Sequence[Environment]) -> Environment:
    """Return the first environment, with the laps and the time span of all."""
    ends = [each.ended_s for each in environments if each.ended_s is not None]
    span = {"started_s": min(each.started_s for each in environments), "ended_s": max(ends, default=None)}
    return environments[0].model_copy(update={"laps": sum(each.laps for each in environments), **span})


def _moved(record: Record, laps: int, rounds: int) -> Record | None:
    """Return a record of a part as that of so many later laps and rounds.

    Events keep the trial's name in their part. Of the records that a benchmark has only once, the first part's stay.
    """
    if not isinstance(record, InRound):
        return None if laps else record
    lap, number = record.lap + laps, record.round_number + rounds
    ids = {name: getattr(record, name) for name in ("round", "trial") if hasattr(record, name)}
    ids = {name: f"lap{lap}{each.removeprefix(f'lap{record.lap}')}" for name, each in ids.items()}
    return record.model_copy(update={"lap": lap, "round_number": number, **ids})


def _seen_from(folder: Path, other: Path) -> str:
    return Path(os.path.relpath(other.resolve(), folder.resolve())).as_posix()
