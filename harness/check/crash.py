"""Whether the crash lab comes to a verdict on a tool, whatever that is."""

from collections.abc import Iterator

from harness.check.subject import Subject
from harness.check.verdict import Check, Fault, NotAsked
from harness.experiment.crash import crashes
from harness.experiment.crash_plan import why_not


def crash(name: str) -> Check[Subject]:
    """Return the check of a scenario of the crash lab."""
    return Check(name, f"the crash lab comes to a verdict on `{name}`", lambda it: _verdict(it, name), ("restart",))


def _verdict(it: Subject, name: str) -> Iterator[Fault]:
    if reason := why_not(it.manifest, it.profile, it.ground.isolation.kind, crashes()[name]):
        raise NotAsked(reason.reason)
    record = it.crash(name)
    if record.outcome != "valid":
        what = f"crash trial `{name}` came to no verdict: {record.reason}"
        hint = "do its steps run among the processes that `serve` started, and does its driver tell each run's end?"
        yield Fault(what, hint, "\n".join(record.log))
