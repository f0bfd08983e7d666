"""The append-only store of samples: one JSON object a line, chained to the one before, on the disk as it is made.

Knows the shapes of records and nothing of how they come about or what is computed from them.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from harness.errors import Failure
from harness.experiment.golden import Output
from harness.experiment.judgement import Outcome
from harness.experiment.timeline import Event, Phases
from harness.orchestrators.driver import Attempt, RunState
from harness.results.chain import ChainError, chained, split

RECORDS = "records.jsonl"


class RecordError(Failure):
    """A record cannot be written or read; the message names file and line."""


class Base(BaseModel):
    """What every record says: whose it is, and when it was made (Unix seconds)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_s: float
    orchestrator: str
    profile: str


class CodeRecord(Base):
    """Source lines of code (pygount's SLOC) of each file, by the manifest's categories."""

    kind: Literal["code"] = "code"
    sloc: dict[str, dict[str, int]]


class BuiltRecord(Base):
    """What an orchestrator's stacks run from, an image or an environment, as it was before its first round.

    `inputs_sha256` is the digest of all that went into it, `None` where it is not known.
    """

    kind: Literal["built"] = "built"
    id: str
    inputs_sha256: str | None
    size_bytes: int


class SetupRecord(Base):
    """What it takes to install: bytes and number of the lock's wheels, and seconds from a local folder of them.

    All three are `None` where the install failed, and `failure` says why.
    """

    kind: Literal["setup"] = "setup"
    download_bytes: int | None
    packages: int | None
    install_s: float | None
    failure: str = ""


class TrialRecord(Base):
    """One pipeline run of one scenario, from trigger to verified end.

    `outcome`: `valid` (the orchestrator did what the scenario demands and the output is verified), `invalid` (the
    output is wrong), `failed` (final state, attempts or its account of them are not what the scenario demands), `hung`
    (no final state within the limit), `error` (its API or its driver failed). For the last two, `log` holds the last
    lines of the orchestrator's log. `state` is the final state, `None` without one. `attempts_told` is `None` where the
    orchestrator keeps no account. Stamps are monotonic nanoseconds of the host. `peak_rss_bytes` is the greatest of
    memory samples that are `rss_period_s` seconds apart. `cpu_s` is CPU time of the orchestrator
    with its metadata database, `foreign_cpu_s` of everything outside the stack and the harness, `steal_s` what a
    hypervisor gave to others, and `pressure_s` the time in which some task on the host waited for a CPU.

    `ended_told_s` (Unix) is the run's end by the tool's own record, `None` where that keeps none. `strangers` are other
    trials of which events came meanwhile. `clock_step_s` is how far the wall clock parted from the monotonic one.
    """

    kind: Literal["trial"] = "trial"
    lap: int
    round: str
    trial: str
    scenario: str
    cold: bool
    outcome: Outcome
    reason: str = ""
    state: RunState | None
    refusals: int
    phase_offset_s: float
    poll_resolution_s: float
    sent_ns: int
    accepted_ns: int
    finished_ns: int
    phases: Phases | None
    events: list[Event]
    attempts_told: list[Attempt] | None
    output: Output
    peak_rss_bytes: int | None
    rss_period_s: float | None
    cpu_s: float | None
    foreign_cpu_s: float | None
    steal_s: float | None
    pressure_s: float | None
    ended_told_s: float | None = None
    strangers: list[str] = Field(default_factory=list)
    clock_step_s: float = 0.0
    log: list[str] = Field(default_factory=list)


class RoundRecord(Base):
    """One stack's life. `failure` is empty when every trial of the plan was run; `log` explains a failure.

    `clock_step_s` is how far the wall clock parted from the monotonic one during the round.
    """

    kind: Literal["round"] = "round"
    lap: int
    round: str
    ready_s: float | None
    first_success_s: float | None
    idle_rss_bytes: int | None
    idle_cpu_cores: float | None
    rest_s: float
    duration_s: float
    clock_step_s: float = 0.0
    failure: str = ""
    log: list[str] = Field(default_factory=list)


Record = Annotated[CodeRecord | BuiltRecord | SetupRecord | TrialRecord | RoundRecord, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[Record] = TypeAdapter(Record)


class Store:
    """Appends records to a benchmark's folder; a line is on the disk before the call returns.

    `genesis` is what the first record is chained to: the digest of the benchmark's environment.
    """

    def __init__(self, folder: Path, genesis: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / RECORDS
        lines = _cut_partial_line(self._path)
        try:
            self._link = split(lines[-1])[1] if lines else genesis
            self.latest_s = parse(lines[-1]).at_s if lines else 0.0
        except (ChainError, ValidationError) as error:
            raise RecordError(f"{self._path}: its last record cannot be read, so none can follow it") from error
        """When the last record was made. A clock that is set back stands still here until it has caught up."""

    def append(self, record: Record) -> None:
        """Write one record durably.

        Raises `RecordError` when the disk is full or the file cannot be written; lines before it stay whole.
        """
        self.latest_s = max(self.latest_s, record.at_s)
        stamped = record.model_copy(update={"at_s": self.latest_s})
        line = chained(self._link, stamped.model_dump_json().encode())
        try:
            with self._path.open("ab", buffering=0) as file:
                before = file.tell()
                try:
                    if file.write(line + b"\n") != len(line) + 1:
                        raise OSError("short write: is the disk full?")
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(before)
                    raise
        except OSError as error:
            raise RecordError(
                f"{self._path}: this record could not be written ({error}); make room on the disk, then go on",
                remedy="orchbench bench --resume",
            ) from error
        self._link = split(line)[1]


def parse(line: bytes) -> Record:
    """Read one line. Raises `ChainError` when it carries no link, and pydantic's `ValidationError`."""
    return _ADAPTER.validate_json(split(line)[0])


def schema() -> dict[str, object]:
    """Return the JSON schema of a record, without its link."""
    return _ADAPTER.json_schema()


def first_success_s(ready_s: float | None, trials: Iterable[TrialRecord]) -> float | None:
    """Return the seconds to ready and through every trial up to the first valid one; `None` without one.

    The harness's own waits between trials are not the orchestrator's, and are left out.
    """
    spent_s = ready_s
    for trial in trials:
        if spent_s is None:
            return None
        spent_s += (trial.finished_ns - trial.sent_ns) / 1e9
        if trial.outcome == "valid":
            return spent_s
    return None


def write_json(path: Path, content: object) -> None:
    """Write a JSON file whole or not at all."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    temporary.replace(path)


def _cut_partial_line(path: Path) -> list[bytes]:
    """Cut a last line that a crash left without its end, and return the whole ones before it."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    if lines[-1]:
        os.truncate(path, path.stat().st_size - len(lines[-1]))
    return lines[:-1]
