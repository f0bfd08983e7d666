"""What a crash scenario does and what was observed, in plain sentences, for the matrix and for the page."""

from harness.experiment.crash import GUARDED, Act, Crash, CrashVerdict, Moment
from harness.experiment.crash_verdict import unended
from harness.experiment.timeline import attempts, rerun_steps
from harness.labs.crash.cells import WORST, Cell, outcome
from harness.orchestrators.driver import RunState
from harness.results.records import CrashRecord

_SHORT: dict[CrashVerdict, str] = {
    "false success": "FALSE OK",
    "damaged": "DAMAGED",
    "twice": "twice",
    "false failure": "false fail",
    "ran on": "ran on",
    "false alarm": "alarm",
    "stuck": "stuck",
    "held": "held",
    "failed": "failed",
    "recovered": "",
    "stopped": "stopped",
    "once": "once",
    "calm": "calm",
    "freed": "freed",
}
"""A finding's short form in a cell."""
NEXT_RUN_FAILED = "at least once, the next run was rejected, failed or hung"
"""The meaning of †."""
_FAULTS = {
    "exit": "kills its own process (SIGKILL)",
    "hang": "hangs forever",
    "hold": "sleeps for {:g} s",
    "compute": "computes for {:g} s",
    "allocate": "allocates memory until a process is killed for it",
}
_POINTS = {
    "started": "",
    "computed": "after computing, before it returns",
    "copied": "inside its transaction, right before the commit",
    "committed": "right after its commit, before the tool learns of it",
}
_ACTS: dict[Act, str] = {
    "nothing": "",
    "kill the stack": "all processes of the tool are killed (SIGKILL) and restarted {lasts} later",
    "stop the stack": "the tool is stopped gracefully (SIGTERM) and restarted {lasts} later",
    "kill the scheduler": "the scheduler process is killed (SIGKILL)",
    "pause the step": "its process is frozen (SIGSTOP) for {lasts}",
    "pause the step and its supervisor": "its process and the parent process are frozen (SIGSTOP) for {lasts}",
    "take the warehouse down": "the target database is shut down for {lasts}",
    "take the metadata down": "the metadata database is shut down for {lasts}",
    "cut off the warehouse": "the target database loses its network connection for {lasts}",
    "trigger again": "the same trigger is sent again",
    "cancel": "the run is cancelled through the tool's API",
    "crowd": "other busy processes compete for the CPUs for {lasts}",
    "fill its disk": "the disk with the tool's state is full for {lasts}",
}
_DATABASES_RUN: tuple[Act, ...] = ("kill the stack", "stop the stack")
_MOMENTS: dict[Moment, str] = {
    "fault": "During the run",
    "accepted": "Right after the tool accepts the trigger",
    "claimed": "As soon as the tool reports the run as running",
}
_SILENT = "longer than the tool's heartbeat limit (30 s if it documents none, at most 120 s)"
EXPECTED: dict[CrashVerdict, str] = {
    "recovered": "the run succeeds, and the data are correct and delivered once",
    "failed": "the run fails and delivers nothing",
    "stopped": "the run ends, its step has no process left, and nothing is delivered",
    "once": "the run succeeds and delivers the data once",
    "calm": "the run succeeds at the first attempt",
    "freed": "the next run gets the slot and succeeds",
}
MEANS: dict[CrashVerdict, str] = {
    "recovered": "reported success, data correct and delivered once",
    "failed": "reported failure, nothing delivered",
    "stopped": "reported an end, no process of the step left, nothing delivered",
    "once": "reported success, data delivered once",
    "calm": "reported success at the first attempt",
    "freed": "the next run got the slot and succeeded",
    "false success": "reported success, but the data are wrong, missing or duplicated",
    "false failure": "reported failure, but the data are correct and delivered",
    "damaged": "reported failure and left incorrect data",
    "stuck": "reported no final state",
    "ran on": "continued after it was cancelled",
    "twice": "the data were delivered twice",
    "false alarm": "the tool declared a slow run dead",
    "held": "the next run needed the slot and did not succeed",
}
_NEXT = {RunState.SUCCESS: "succeeded in", RunState.FAILED: "failed after"}


def told(crash: Crash) -> str:
    """Describe a scenario and its expected outcome in short sentences."""
    said = [_during(crash)]
    if crash.act in _DATABASES_RUN:
        said.append("Database servers keep running")
    if crash.workload == GUARDED:
        said.append("This pipeline has limits: 10 s per step and one run at a time")
    said.append(f"Expected: {EXPECTED.get(crash.wanted, MEANS[crash.wanted])}")
    return f"{'. '.join(said)}."


def _during(crash: Crash) -> str:
    faults = " and ".join(
        f"`{fault.step}` {_FAULTS[fault.kind].format(fault.seconds)} {_POINTS.get(fault.at, fault.at)}".strip()
        for fault in crash.faults
    )
    if crash.act == "nothing":
        return faults
    lasts = _SILENT if crash.lasts_s is None else f"{crash.lasts_s:g} s"
    act = _ACTS[crash.act].format(lasts=lasts)
    if crash.times > 1:
        act += f", {crash.times} times, every {crash.every_s:g} s"
    return f"{f'While {faults}' if faults else _MOMENTS[crash.moment]}, {act}"


def sentence(crash: Crash, record: CrashRecord) -> str:
    """Describe what was done to a run and what was observed."""
    if outcome(crash, record) != record.outcome:
        return "Missed and not counted: its events show that the step had ended before the fault could hit it."
    if record.outcome != "valid" or record.finding is None or record.later is None:
        return _capital(f"{record.outcome}: {record.reason}")
    said = [*_done(record), f"{record.finding}: {MEANS[record.finding]}", *_when(record)]
    counts = ", ".join(f"{step} {count}" for step, count in attempts(record.events).items())
    said.append(f"attempts: {counts}")
    if reruns := rerun_steps(record.events):
        said.append(f"finished steps that ran again: {', '.join(reruns)}")
    if len(record.runs_told) > 1:
        said.append(f"the tool lists {len(record.runs_told)} runs")
    if record.overlap_s:
        said.append(f"two copies of a step ran in parallel for {record.overlap_s:.1f} s")
    if record.later.output.difference and not record.later.untouched:
        said.append(f"the data check found: {record.later.output.difference}")
    if record.lived_on:
        said.append(f"still running: {', '.join(record.lived_on)}")
    elif lost := len(unended(record.events)):
        said.append(f"{lost} attempt{'s' if lost > 1 else ''} never reported an end")
    said += _next_run(record)
    return f"{'. '.join(map(_capital, said))}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _done(record: CrashRecord) -> list[str]:
    """Return what was done, and what was done repeatedly only once, with its count."""
    once = list(dict.fromkeys(record.did))
    times = len(record.did) // max(1, len(once))
    return record.did if times < 2 or record.did != once * times else [f"{times} times: {', '.join(once)}"]


def _when(record: CrashRecord) -> list[str]:
    end = f"{record.told.state} reported" if record.told else "end reported"
    stamps = [("detected", record.noticed_s), ("data delivered", record.delivered_s), (end, record.told_s)]
    known = sorted(((seconds, words) for words, seconds in stamps if seconds is not None), key=lambda each: each[0])
    said = [", ".join(f"{words} after {seconds:.1f} s" for seconds, words in known)] if known else []
    return said if record.told_s is not None else [*said, f"watched for {record.patience_s:g} s"]


def _next_run(record: CrashRecord) -> list[str]:
    if record.next_run and record.next_run_s is not None:
        said = [f"the next run {_NEXT[record.next_run]} {record.next_run_s:.1f} s"]
    elif record.next_run_refusals is None:
        said = ["the next run was rejected or hung"]
    else:
        said = ["the next run hung"]
    if count := record.next_run_refusals:
        said.append(f"the tool rejected {count} of its triggers: {record.next_run_refused}")
    return said


def short(cell: Cell) -> str:
    """Return a cell's verdict in at most 12 characters. † marks `next_run_failed`, and ↻ marks `reran`."""
    valid, finding = cell.valid, cell.worst
    if finding is None:
        return cell.findings[-1] if cell.records else "–"
    marks = f"{'†' if cell.next_run_failed else ''}{'↻' if cell.reran else ''}"
    if 0 < cell.as_wanted < len(valid):
        # A mixed cell must not hide the worst finding.
        lies = len(cell.with_finding(WORST))
        return f"{lies}/{len(valid)} {_SHORT[finding]}" if lies else f"{cell.as_wanted} of {len(valid)} ✓{marks}"
    if finding == "stuck":
        return f"✗ > {max(record.patience_s for record in valid):.0f} s"
    mark = "✓" if cell.as_wanted else "✗"
    if finding == "recovered" and cell.recovered_s is not None:
        return f"{mark} {_seconds(cell.recovered_s)}{marks}"
    return f"{f'{mark} {_SHORT[finding]}'.strip()}{marks}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
