"""Checks that the failure tests give a verdict on a tool, whatever it is."""

from collections.abc import Iterator

from harness.check.subject import Subject
from harness.check.verdict import Check, Fault, NotAsked
from harness.experiment.crash import crashes
from harness.experiment.crash_plan import why_not
from harness.orchestrators.loading import capabilities


def crash(name: str) -> Check[Subject]:
    """Return the check of one crash scenario."""
    return Check(name, f"the crash scenario `{name}` gives a verdict", lambda it: _verdict(it, name), ("restart",))


def _verdict(it: Subject, name: str) -> Iterator[Fault]:
    can = capabilities([it.manifest])
    if reason := why_not(it.contender, it.ground.isolation.kind, crashes()[name], can):
        raise NotAsked(reason.reason)
    record = it.crash(name)
    if record.outcome != "valid":
        what = f"the crash scenario `{name}` gave no verdict: {record.reason}"
        hint = "do the steps run in processes that `serve` started, and does the driver report each run's end?"
        yield Fault(what, hint, "\n".join(record.log))
