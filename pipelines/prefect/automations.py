"""Installs the automations that start lost flow runs again, put together from Prefect's pages.

https://docs.prefect.io/v3/advanced/detect-zombie-flows
https://docs.prefect.io/v3/concepts/event-triggers
https://docs.prefect.io/v3/concepts/automations
"""

from datetime import timedelta

from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture

FLOW_RUNS = {"prefect.resource.id": "prefect.flow-run.*"}


def run_again(why: str) -> list[ChangeFlowRunState]:
    return [ChangeFlowRunState(state=StateType.SCHEDULED, name="AwaitingRetry", message=f"runs again: {why}")]


def missing(expected: set[str], after: set[str], seconds: int) -> EventTrigger:
    return EventTrigger(
        match=FLOW_RUNS,
        for_each={"prefect.resource.id"},
        after=after,
        expect=expected,
        posture=Posture.Proactive,
        within=timedelta(seconds=seconds),
    )


AUTOMATIONS = (
    # Each event says how many processes the run has had, so this restarts a run twice, like a task with two retries.
    Automation(
        name="Restart crashed flow runs",
        trigger=EventTrigger(
            match=FLOW_RUNS | {"prefect.run-count": ["1", "2"]},
            expect={"prefect.flow-run.Crashed"},
            posture=Posture.Reactive,
        ),
        actions=run_again("it crashed"),
    ),
    # The pages mark such runs as crashed. The automation above would miss that after a restart of the server, which
    # then holds the first event of an older run back for 15 minutes. Nothing limits these restarts.
    Automation(
        name="Restart zombie flow runs",
        trigger=missing(
            expected={"prefect.flow-run.*"},
            # A run can also die between its start and its first heartbeat.
            after={"prefect.flow-run.heartbeat", "prefect.flow-run.Running"},
            seconds=90,
        ),
        actions=run_again("no heartbeat for 90 s"),
    ),
    Automation(
        name="Restart flow runs stuck in pending",
        trigger=missing(
            # Not every event: a pending run goes on to `Submitting`, which is pending, too.
            expected={
                "prefect.flow-run.Running",
                "prefect.flow-run.Crashed",
                "prefect.flow-run.Cancelling",
                "prefect.flow-run.Cancelled",
            },
            after={"prefect.flow-run.Pending"},
            seconds=60,
        ),
        actions=run_again("pending for 60 s"),
    ),
)

if __name__ == "__main__":
    for automation in AUTOMATIONS:
        try:
            Automation.read(name=automation.name)  # there already when the stack starts again over its state
        except ValueError:
            automation.create()
