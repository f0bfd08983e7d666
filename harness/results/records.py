"""The shapes of records: what is told of each sample, and nothing of how it comes about or what is made of it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from harness.errors import Failure
from harness.experiment.crash import Finding
from harness.experiment.finding import Look
from harness.experiment.golden import Output
from harness.experiment.judgement import Outcome
from harness.experiment.timeline import Event, Phases
from harness.orchestrators.driver import Attempt, RunState
from harness.results.chain import split

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
    """Source lines of code (pygount's SLOC) of each file, by the manifest's categories.

    `texts` holds what the files of the category `pipeline` say, so that a page of a result changes with no checkout.
    """

    kind: Literal["code"] = "code"
    sloc: dict[str, dict[str, int]]
    texts: dict[str, str] = Field(default_factory=dict)


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


class UnitTestRecord(Base):
    """What the pipeline's own unit test takes, without a server: seconds from its start to its exit, and memory.

    `peak_rss_bytes` is the greatest of memory samples that are `rss_period_s` seconds apart. What is not known is
    `None`; `failure` is empty where the test exits with 0 and its output is the expected one.
    """

    kind: Literal["unit_test"] = "unit_test"
    test_s: float | None
    exit_status: int | None
    peak_rss_bytes: int | None
    rss_period_s: float | None
    output: Output | None
    failure: str = ""
    log: list[str] = Field(default_factory=list)


class TrialRecord(Base):
    """One pipeline run of one scenario, from trigger to verified end.

    `outcome`: `valid` (the orchestrator did what the scenario demands and the output is verified), `invalid` (the
    output is wrong), `failed` (final state, attempts or its account of them are not what the scenario demands), `hung`
    (no final state within the limit), `error` (its API, its driver or the harness failed: that is no verdict, and the
    trial is tried again). For the last two, `log` holds the last lines of the orchestrator's log. A second try has the
    name of the first with `-try2` behind it. `state` is the final state, `None` without one. `attempts_told` is `None`
    where the orchestrator keeps no account. Stamps are monotonic nanoseconds of the host. `peak_rss_bytes` is the
    greatest of memory samples that are `rss_period_s` seconds apart, `None` where the kernel tells none. `cpu_s` is CPU
    time of the orchestrator with its metadata database, `foreign_cpu_s` of everything outside the stack and the
    harness, `steal_s` what a hypervisor gave to others, and `pressure_s` the time in which some task on the host waited
    for a CPU.

    `ended_told_s` (Unix) is the run's end by the tool's own record, `None` where that keeps none. `strangers` are other
    trials of which events came meanwhile. `clock_step_s` is how far the wall clock parted from the monotonic one.
    `absent_s` is the longest stretch in which the harness did not run. `stack_replaced` tells that the next trial has a
    fresh stack: the run could still have been at work, or the trial was cold, and is to be cold again. `runs_told` is
    how many runs of this trial the tool knows, asked where a trigger was refused. `waiting_share` is the share of its
    overhead in which the orchestrator used less than a tenth of a core, told from CPU readings that are `cpu_period_s`
    seconds apart.
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


class CrashRecord(Base):
    """One run that went through a crash scenario, and what is left of it.

    `outcome`: `valid` (the fault struck, and all was observed), `missed` (its window was over first, in every one of
    `misses` tries), `hung` (a run that was missed went on beyond its time limit and the patience), `error` (the API or
    the driver failed in another way than the fault explains, or the harness did not run for `absent_s`; it is tried
    again, as a trial is). `finding` is what is left, by
    `harness.experiment.finding`; `None` unless valid. `ran_as` is the name under which its events stand.

    `did` says what was done from outside, in order, each with what proves it; the first of it was done `did_s` seconds
    after `struck_ns` (`None` for nothing, and in older records). Stamps are monotonic nanoseconds;
    `struck_ns` is when the fault struck, or the first of what was done. Seconds count from there: `noticed_s` until the
    tool told an end or started an attempt, `told_s` until it first told an end, `delivered_s` until the data had gone
    out, each `None` for never. `told` is what stood in the warehouse at the first told end (`None` without one), and
    `later` once nothing more was to come, or `patience_s` after the last thing that was done.

    `alive_until_ns` tells of attempts without an end, by step, number and process, when that was last seen alive;
    `lived_on` are those that still lived at the later look. `runs_told` are the tool's runs of this trial.
    `next_run` is how a run right after it ended, in `next_run_s` seconds: `None` where no final state came. Its trigger
    is sent until it is taken, or its time is over: `next_run_refusals` of them were not, the last with the answer
    `next_run_refused` (`None` in older records, for which it was sent once).
    `beside` is how many other stacks ran at the same time. `log` holds what the stack wrote shortly after the fault, up
    to the end, and behind that where the next run did not end well.
    """

    kind: Literal["crash"] = "crash"
    lap: int
    round: str
    trial: str
    scenario: str
    outcome: Literal["valid", "missed", "hung", "error"]
    reason: str = ""
    finding: Finding | None = None
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
    told: Look | None = None
    later: Look | None = None
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
        """The patience that ran out without an end."""
        return self.patience_s if self.finding == "stuck" else 0.0


class RoundRecord(Base):
    """One stack's life. `failure` is empty when every trial of the plan was run; `log` explains a failure.

    `clock_step_s` is how far the wall clock parted from the monotonic one during the round.

    `state_bytes` is by how much the tool's state folder and metadata database grew over the `state_runs` trials of its
    (last) life, and `transactions` how many that database saw meanwhile: `None` without one, and all three where the
    round did not come to its rest.
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


def parse(line: bytes) -> Record:
    """Read one line, without converting any value: a number in quotes is none.

    Raises `ChainError` when it carries no link, and pydantic's `ValidationError`.
    """
    return _ADAPTER.validate_json(split(line)[0], strict=True)


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
        if trial.outcome == "error" and trial.stack_replaced:
            # What was tried again with a fresh stack was no way to the first success.
            continue
        spent_s += (trial.finished_ns - trial.sent_ns) / 1e9
        if trial.outcome == "valid":
            return spent_s
    return None


def write_json(path: Path, content: object) -> None:
    """Write a JSON file whole or not at all."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    temporary.replace(path)
