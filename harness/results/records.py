"""The record types. They say nothing about how samples are made or used."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from harness.errors import Failure
from harness.experiment.crash import CrashVerdict
from harness.experiment.crash_verdict import Snapshot
from harness.experiment.golden import Output
from harness.experiment.judgement import Outcome
from harness.experiment.timeline import Event, Phases
from harness.orchestrators.driver import Attempt, RunState
from harness.results.chain import split

RECORDS = "records.jsonl"


class RecordError(Failure):
    """A record cannot be written or read. The message names file and line."""


class Base(BaseModel):
    """The fields of every record: its orchestrator and profile, and when it was made (Unix seconds)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_s: float
    orchestrator: str
    profile: str


class InRound(Base):
    """The fields of every record of a round."""

    lap: int
    round: str
    round_number: int = Field(description="The place of the round in the plan, from 1.")
    round_try: int = Field(description="1, or more if the round was interrupted and repeated.")


class InTrial(InRound):
    """The fields of every record of a trial."""

    trial: str
    trial_number: int = Field(description="The place of the trial in its planned round, from 1.")
    trial_try: int = Field(description="1, or more if the trial ended in an error and was repeated.")
    scenario: str
    outcome: str
    reason: str = ""


class CodeRecord(Base):
    """Source lines of code (pygount's SLOC) of each file, by the manifest's categories.

    `texts` has the content of the files in the category `pipeline`, so that a result's page needs no checkout.
    """

    kind: Literal["code"] = "code"
    sloc: dict[str, dict[str, int]]
    texts: dict[str, str]


class BuiltRecord(Base):
    """The image or environment that an orchestrator's stacks run from, recorded before its first round.

    `inputs_sha256` is the digest of all its inputs.
    """

    kind: Literal["built"] = "built"
    id: str
    inputs_sha256: str
    size_bytes: int


class SetupRecord(Base):
    """The cost of an install: bytes and number of the lock's wheels, and seconds from a local folder of wheels.

    If the install failed, all three are `None` and `failure` says why.
    """

    kind: Literal["setup"] = "setup"
    download_bytes: int | None
    packages: int | None
    install_s: float | None
    failure: str = ""


class UnitTestRecord(Base):
    """The cost of the pipeline's own unit test, without a server: seconds from start to exit, and memory.

    `peak_rss_bytes` is the highest of memory samples taken every `rss_period_s` seconds. Unknown figures are `None`.
    `failure` is empty if the test exits with 0 and its output is as expected.
    """

    kind: Literal["unit_test"] = "unit_test"
    test_s: float | None
    exit_status: int | None
    peak_rss_bytes: int | None
    rss_period_s: float | None
    output: Output | None
    failure: str = ""
    log: list[str] = Field(default_factory=list)


class TrialRecord(InTrial):
    """One pipeline run of one scenario, from trigger to verified end.

    `outcome`: `valid` (the tool did what the scenario demands and the output is verified), `invalid` (the output is
    wrong), `failed` (final state, attempts or attempt history are not what the scenario demands), `hung` (no final
    state within the limit), `error` (the tool's API, its driver or the harness failed, so there is no verdict and the
    trial is repeated). For the last two, `log` has the last lines of the tool's log. `state` is the final state, or
    `None`. `attempts_told` is the tool's attempt history, `None` if it keeps none. Stamps are monotonic nanoseconds of
    the host. `peak_rss_bytes` is the highest of memory samples taken every `rss_period_s` seconds, `None` if the kernel
    reports none. `cpu_s` is CPU time of the tool and its metadata database, `foreign_cpu_s` of everything outside the
    stack and the harness. `steal_s` is CPU time that a hypervisor gave to others, and `pressure_s` the time in which
    some task on the host waited for a CPU.

    `ended_told_s` (Unix) is the run's end according to the tool, or `None`. `strangers` are other trials whose events
    arrived meanwhile. `clock_step_s` is how far the wall clock diverged from the monotonic clock. `absent_s` is the
    longest time in which the harness did not run. `stack_replaced` means that the next trial has a fresh stack, because
    the run may still have been active, or because a repeated trial must be cold. `runs_told` is the tool's number of
    runs for this trial, asked after a rejected trigger. `waiting_share` is the share of its overhead in which the tool
    used less than a tenth of a core, from CPU readings every `cpu_period_s` seconds.
    """

    kind: Literal["trial"] = "trial"
    cold: bool
    outcome: Outcome
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
    absent_s: float = 0.0
    stack_replaced: bool = False
    runs_told: int | None = None
    waiting_share: float | None = None
    cpu_period_s: float | None = None
    log: list[str] = Field(default_factory=list)

    @property
    def ends_a_life(self) -> bool:
        """Whether the next trial of its round has a fresh stack."""
        return self.stack_replaced or self.outcome == "hung"


class CrashRecord(InTrial):
    """One run that went through a crash scenario, and its result.

    `outcome`: `valid` (the fault hit, and the whole run was observed), `missed` (the fault came too late in each of
    `misses` tries), `hung` (a missed run exceeded its time limit and the timeout), `error` (the API or the driver
    failed in a way that the fault does not explain, or the harness did not run for `absent_s`). A trial with an error
    is repeated. `finding` is the verdict by `harness.experiment.crash_verdict`, `None` unless valid. `ran_as` is the
    trial name in its events.

    `did` lists the acts in order, each with its proof. The first act happened `did_s` seconds after `struck_ns` (`None`
    without an act, and in older records). Stamps are monotonic nanoseconds. `struck_ns` is when the fault hit, or the
    first act. Seconds count from there, and `None` means never. `noticed_s` is the time until the tool reported an end
    or started an attempt, `told_s` until it first reported an end, and `delivered_s` until the data were delivered.
    `told` is the state of the warehouse at the first reported end, or `None`. `later` is its state when the run was
    settled, or `patience_s` after the last act.

    `alive_until_ns` says when an attempt without an end was last seen alive, by step, number and process. `lived_on`
    are attempts that were still alive at the later look. `runs_told` are the tool's runs of this trial. `next_run` is
    the final state of a run right after it, which took `next_run_s` seconds, or `None`. Its trigger is repeated until
    the tool accepts it or the time is over. `next_run_refusals` counts rejected triggers, and `next_run_refused` is the
    last response (`None` in older records, which sent it once). `beside` is the number of parallel stacks. `log` has
    the stack's output shortly after the fault, up to the end, and after it if the next run did not succeed.
    """

    kind: Literal["crash"] = "crash"
    outcome: Literal["valid", "missed", "hung", "error"]
    finding: CrashVerdict | None = None
    ran_as: str
    misses: int = 0
    patience_s: float
    beside: int = 0
    absent_s: float = 0.0
    did: list[str] = Field(default_factory=list)
    did_s: float | None = None
    sent_ns: int = 0
    struck_ns: int = 0
    noticed_s: float | None = None
    told_s: float | None = None
    delivered_s: float | None = None
    told: Snapshot | None = None
    later: Snapshot | None = None
    runs_told: list[str] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)
    alive_until_ns: dict[str, int] = Field(default_factory=dict)
    lived_on: list[str] = Field(default_factory=list)
    overlap_s: float = 0.0
    next_run: RunState | None = None
    next_run_s: float | None = None
    next_run_refusals: int | None = None
    next_run_refused: str = ""
    log: list[str] = Field(default_factory=list)

    @property
    def waited_in_vain_s(self) -> float:
        """The time that was waited without an end."""
        return self.patience_s if self.finding == "stuck" else 0.0


class RoundRecord(InRound):
    """One round of a stack. `failure` is empty if every planned trial was run. `log` explains a failure.

    `clock_step_s` is how far the wall clock diverged from the monotonic clock during the round.

    `state_bytes` is the growth of the tool's state folder and metadata database over `state_runs` trials since the
    stack last started. `transactions` is that database's number of transactions, `None` without a database. All three
    are `None` if the round ended before its idle measurement.
    """

    kind: Literal["round"] = "round"
    ready_s: float | None
    first_success_s: float | None
    idle_rss_bytes: int | None
    idle_cpu_cores: float | None
    rest_s: float
    duration_s: float
    clock_step_s: float = 0.0
    state_runs: int | None = None
    state_bytes: int | None = None
    transactions: int | None = None
    failure: str = ""
    log: list[str] = Field(default_factory=list)


Record = Annotated[
    CodeRecord | BuiltRecord | SetupRecord | UnitTestRecord | TrialRecord | CrashRecord | RoundRecord,
    Field(discriminator="kind"),
]
_ADAPTER: TypeAdapter[Record] = TypeAdapter(Record)


def parse(line: bytes, convert: Callable[[bytes], bytes] = bytes) -> Record:
    """Read one line, without converting any value: a number in quotes is none. `convert` adds what an older one lacks.

    Raises `ChainError` if it has no link, and pydantic's `ValidationError`.
    """
    return _ADAPTER.validate_json(convert(split(line)[0]), strict=True)


def schema() -> dict[str, object]:
    """Return the JSON schema of a record, without its link."""
    return _ADAPTER.json_schema()


def first_success_s(ready_s: float | None, trials: Iterable[TrialRecord]) -> float | None:
    """Return the startup time plus every trial up to the first valid one, or `None` without a valid one.

    The harness's own waits between trials are left out.
    """
    spent_s = ready_s
    for trial in trials:
        if spent_s is None:
            return None
        if trial.outcome == "error" and trial.stack_replaced:
            # A trial that was repeated with a fresh stack does not count.
            continue
        spent_s += (trial.finished_ns - trial.sent_ns) / 1e9
        if trial.outcome == "valid":
            return spent_s
    return None


def write_json(path: Path, content: object) -> None:
    """Write a JSON file atomically."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    temporary.replace(path)
