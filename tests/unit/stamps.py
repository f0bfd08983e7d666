"""Events of the probe for tests, placed by milliseconds."""

from harness.experiment.timeline import Event

MS = 1_000_000


def event(kind: str, step: str, at_ms: float, attempt: int = 1, outcome: str | None = None, pid: int = 1) -> Event:
    return Event(
        event=kind,
        trial="t",
        step=step,
        attempt=attempt,
        pid=pid,
        host="h",
        monotonic_ns=int(at_ms * MS),
        time_ns=int(at_ms * MS),
        outcome=outcome if kind == "ended" else None,
    )


def run(*spans: tuple[str, float, float, int, str]) -> list[Event]:
    events = []
    for step, start_ms, end_ms, attempt, outcome in spans:
        events += [event("started", step, start_ms, attempt), event("ended", step, end_ms, attempt, outcome)]
    return sorted(events, key=lambda e: e.monotonic_ns)


CLEAN = run(
    ("load", 1100, 1600, 1, "success"), ("transform", 1700, 2000, 1, "success"), ("export", 2250, 3250, 1, "success")
)
HELD = [event("started", "export", 2200), event("fault", "export", 2250), *CLEAN[5:]]
"""An export that was held but ended well."""
