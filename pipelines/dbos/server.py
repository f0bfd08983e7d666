"""The benchmark's HTTP server: a FastAPI app like that of DBOS's quick start.

PUT /workflows/NAME/ID with {"trial": …, "month": …} starts a workflow, unless that ID exists. GET /workflows/ID returns
its status, POST /workflows/ID/cancel cancels it, and GET /workflows lists all of them.
"""

from functools import partial
from typing import Any

from dbos import DBOS, SetWorkflowID, WorkflowStatus
from etl import etl
from fastapi import FastAPI, HTTPException
from guarded import QUEUE, guarded
from noop import noop
from pydantic import BaseModel

app = FastAPI()

START = {
    "etl": partial(DBOS.start_workflow, etl),
    "noop": partial(DBOS.start_workflow, noop),
    "guarded": partial(DBOS.enqueue_workflow, QUEUE, guarded),
}


class Parameters(BaseModel):
    trial: str
    month: str


@app.put("/workflows/{name}/{workflow_id}")
def start(name: str, workflow_id: str, parameters: Parameters) -> None:
    if name not in START:
        raise HTTPException(404, f"there is no workflow {name!r}")
    with SetWorkflowID(workflow_id):
        START[name](parameters.trial, parameters.month)


@app.get("/workflows/{workflow_id}")
def status(workflow_id: str) -> dict[str, Any]:
    found = DBOS.get_workflow_status(workflow_id)
    if found is None:
        raise HTTPException(404, f"there is no run {workflow_id!r}")
    return told(found)


@app.get("/workflows")
def runs(name: str | None = None) -> list[dict[str, Any]]:
    return [told(each) for each in DBOS.list_workflows(name=name)]


@app.post("/workflows/{workflow_id}/cancel")
def cancel(workflow_id: str) -> None:
    DBOS.cancel_workflow(workflow_id)


def told(run: WorkflowStatus) -> dict[str, Any]:
    trial, month = run.input["args"]
    return {
        "id": run.workflow_id,
        "name": run.name,
        "trial": trial,
        "month": month,
        "status": run.status,
        "completed_at": run.completed_at,
    }
