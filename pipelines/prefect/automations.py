"""Installs the automations that start lost flow runs again, put together from Prefect's pages.

https://docs.prefect.io/v3/advanced/detect-zombie-flows
https://docs.prefect.io/v3/concepts/event-triggers#composite-triggers
https://docs.prefect.io/v3/concepts/automations#triggers
"""

from datetime import timedelta

from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture

FLOW_RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
# Three heartbeats at their default frequency.
SILENCE = timedelta(minutes=9)

AUTOMATIONS = (
    Automation(
        name="Crash zombie flow runs",
        trigger=EventTrigger(
            match=FLOW_RUNS,
            for_each={"prefect.resource.id"},
            # A run can also die between its start and its first heartbeat.
            after={"prefect.flow-run.heartbeat", "prefect.flow-run.Running"},
            expect={"prefect.flow-run.*"},
            posture=Posture.Proactive,
            within=SILENCE,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="no heartbeat")],
    ),
    Automation(
        name="Crash flow runs stuck in pending",
        trigger=EventTrigger(
            match=FLOW_RUNS,
            for_each={"prefect.resource.id"},
            after={"prefect.flow-run.Pending"},
            # Not every event: a run goes on to `Submitting`, which is pending, too.
            expect={"prefect.flow-run.Running", "prefect.flow-run.Crashed"},
            posture=Posture.Proactive,
            within=SILENCE,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="stuck in pending")],
    ),
    # Each event says how many processes its run has had. Three are as many as a task with two retries has attempts.
    # A run that was stuck in pending has had none.
    Automation(
        name="Restart crashed flow runs",
        trigger=EventTrigger(
            match=FLOW_RUNS | {"prefect.run-count": ["0", "1", "2"]},
            expect={"prefect.flow-run.Crashed"},
            posture=Posture.Reactive,
        ),
        actions=[ChangeFlowRunState(state=StateType.SCHEDULED, name="AwaitingRetry", message="crashed, runs again")],
    ),
)

if __name__ == "__main__":
    for automation in AUTOMATIONS:
        try:
            Automation.read(name=automation.name)  # there already when the stack starts again over its state
        except ValueError:
            automation.create()
