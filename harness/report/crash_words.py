"""What the crash lab did and saw, in plain words: for the matrix and for the page."""

from harness.experiment.crash import GUARDED, Crash
from harness.experiment.finding import unended
from harness.experiment.timeline import attempts, rerun_steps
from harness.report.crash_cells import outcome
from harness.results.records import CrashRecord

_FAULTS = {
    "exit": "SIGKILLs its own process",
    "hang": "hangs for ever",
    "hold": "is held for {:g} s",
    "compute": "computes for {:g} s",
    "allocate": "takes memory until something is killed for it,",
}
_POINTS = {
    "started": "at its start",
    "computed": "once it has computed, and before it returns",
    "copied": "within its transaction, right before the commit",
    "committed": "right after its commit, before the tool has heard of it",
}
_MOMENTS = {
    "fault": "meanwhile",
    "accepted": "as its trigger is accepted",
    "claimed": "as it is told to be running",
}
MEANS = {
    "recovered": "told success, with data that are right and went out once",
    "failed": "told failure, with nothing gone out",
    "stopped": "told its end, with no process of the step left and nothing gone out",
    "once": "told success, with data that went out once",
    "calm": "told success at the first attempt",
    "freed": "the next run got the slot, and succeeded",
    "false success": "told success, with data that are wrong, missing, or went out twice",
    "false failure": "told failure, with data that are right",
    "damaged": "told failure, with data that are not right",
    "stuck": "told no end",
    "ran on": "went on after it was cancelled",
    "twice": "the data went out twice",
    "false alarm": "a run that was only slow was declared dead",
    "held": "the next run, which needs its slot, did not succeed",
}


def told(crash: Crash) -> str:
    """Tell in a sentence what a scenario does, and what is wanted."""
    parts = [
        f"`{fault.step}` {_FAULTS[fault.kind].format(fault.seconds)} {_POINTS.get(fault.at, fault.at)}"
        for fault in crash.faults
    ]
    if crash.act != "nothing":
        lasts = "" if not crash.lasts_s else f", for {crash.lasts_s:g} s"
        often = "" if crash.times == 1 else f", {crash.times} times, every {crash.every_s:g} s"
        parts.append(f"{_MOMENTS[crash.moment]}: {crash.act}{lasts}{often}")
    if crash.workload == GUARDED:
        parts.append("in a pipeline of its own, with 10 s for each step at most and one run at a time")
    return f"{'; '.join(parts)}. Wanted: {crash.wanted} ({MEANS[crash.wanted]})."


def sentence(crash: Crash, record: CrashRecord) -> str:
    """Tell in plain words what was done to a run, and what was seen of it."""
    if outcome(crash, record) != record.outcome:
        return "missed, and not counted: its events show that the step was over before it could be struck"
    if record.outcome != "valid" or record.finding is None or record.later is None:
        return f"{record.outcome}: {record.reason}"
    said = [*_done(record), f"{record.finding}: {MEANS[record.finding]}"]
    said.append(_when(record))
    counts = ", ".join(f"{step} {count}" for step, count in attempts(record.events).items())
    said.append(f"attempts: {counts}")
    if reruns := rerun_steps(record.events):
        said.append(f"run again though it had succeeded: {', '.join(reruns)}")
    if len(record.runs_told) > 1:
        said.append(f"the tool knows {len(record.runs_told)} runs of it")
    if record.overlap_s:
        said.append(f"two copies of a step ran for {record.overlap_s:.1f} s")
    if record.later.output.difference and not record.later.untouched:
        said.append(f"in the warehouse: {record.later.output.difference}")
    if record.lived_on:
        said.append(f"left over: {', '.join(record.lived_on)}")
    elif lost := unended(record.events):
        said.append(f"{len(lost)} attempts never told their end")
    said.append(_next_run(record))
    return f"{'; '.join(said)}."


def _done(record: CrashRecord) -> list[str]:
    """Return what was done, and what was done again and again once, with how often."""
    once = list(dict.fromkeys(record.did))
    times = len(record.did) // max(1, len(once))
    return record.did if times < 2 or record.did != once * times else [f"{times} times: {', '.join(once)}"]


def _when(record: CrashRecord) -> str:
    first = f"told {record.told.state}" if record.told else "told its end"
    stamps = [("noticed", record.noticed_s), (first, record.told_s), ("data there", record.delivered_s)]
    known = [f"{what} after {seconds:.1f} s" for what, seconds in stamps if seconds is not None]
    return ", ".join(known) or f"nothing within {record.patience_s:g} s"


def _next_run(record: CrashRecord) -> str:
    if record.next_run and record.next_run_s is not None:
        words = f"ended {record.next_run} in {record.next_run_s:.1f} s"
    elif record.next_run_refusals is None:
        words = "was not taken, or came to no end"
    else:
        words = "came to no end"
    if record.next_run_refusals:
        words += f", and {record.next_run_refusals} of its triggers were not taken: {record.next_run_refused}"
    return f"the next run {words}"
