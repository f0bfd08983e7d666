"""Speaks Mage's HTTP API: API triggers, pipeline runs, and the logs that contain the attempts."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from harness.orchestrators.driver import ApiError, Attempt, Endpoint, Refused, RunState, RunStatus
from harness.orchestrators.loopback import client

WORKLOADS = ("etl", "noop", "guarded")
RECENT = 20

STATES = {
    "initial": RunState.QUEUED,
    "running": RunState.RUNNING,
    "completed": RunState.SUCCESS,
    "failed": RunState.FAILED,
    "cancelled": RunState.FAILED,
}

LOG_ENTRY = re.compile(r"^\d{4}-\d\d-\d\dT[\d:]+ ({.*})$", re.MULTILINE)
FAILED_ATTEMPT = re.compile(r"^Exception thrown when attempting to run .*, attempt \d+ of \d+$")


class Driver:
    """Drives the project `flights` as served by `mage start`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = client(f"{endpoint.url.rstrip('/')}/api/")
        self._trigger_paths: dict[str, str] = {}

    def ready(self) -> bool:
        """Whether the scheduler is alive and has loaded each pipeline's API trigger from its file."""
        try:
            [status] = self._request("GET", "statuses")["statuses"]
            self._trigger_paths = {workload: self._trigger_path(workload) for workload in WORKLOADS}
        except (ApiError, ValueError):  # no tables yet, or no trigger
            return False
        return bool(status["scheduler_status"] == "running")

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        path = self._trigger_paths.get(workload) or self._trigger_path(workload)
        try:
            answer = self._request("POST", path, json={"pipeline_run": {"variables": dict(parameters)}})
        except ApiError as error:
            # Mage answers 200 to everything. A lock, which undoes the request, only shows in SQLite's message.
            if "database is locked" in str(error):
                raise Refused(str(error)) from error
            raise
        return str(answer["pipeline_run"]["id"])

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Search the latest runs for those that were started with this trial."""
        wanted = {"pipeline_uuid": workload, "_limit": RECENT}
        latest = self._request("GET", "pipeline_runs", params=wanted)["pipeline_runs"]
        found = [str(run["id"]) for run in latest if (run["variables"] or {}).get("trial") == trial]
        return list(reversed(found))

    def state(self, run: str) -> RunStatus:
        """Translate the run's status. Its end is stamped by the same transaction."""
        pipeline_run = self._run(run)
        ended = pipeline_run["completed_at"]
        return RunStatus(STATES[pipeline_run["status"]], _epoch_s(ended) if ended else None)

    def cancel(self, run: str) -> None:
        """Set the run's status to cancelled, as the UI's button does."""
        self._request("PUT", f"pipeline_runs/{run}", json={"pipeline_run": {"status": "cancelled"}})

    def attempts(self, run: str) -> Sequence[Attempt]:
        """Read the attempts from the log of each block, because the API does not count them.

        Mage retries inside one execution of a block. It logs when the execution starts, when an attempt fails, and when
        the execution finishes. The log lacks the start of every attempt after an execution's first, and the end of an
        execution whose process was killed. If the process was killed in the retry delay or in the attempt after a
        failed one, the log lacks that attempt.
        """
        pipeline = self._run(run)["pipeline_uuid"]
        answer = self._request("GET", f"pipelines/{pipeline}/logs", params={"pipeline_run_id[]": run})
        logs = [log for part in answer["logs"] for log in part["block_run_logs"]]
        return [attempt for log in logs for attempt in _attempts(log["content"])]

    def _trigger_path(self, workload: str) -> str:
        [schedule] = self._request("GET", f"pipelines/{workload}/pipeline_schedules")["pipeline_schedules"]
        return f"pipeline_schedules/{schedule['id']}/pipeline_runs/{schedule['token']}"

    def _run(self, run: str) -> dict[str, Any]:
        pipeline_run: dict[str, Any] = self._request("GET", f"pipeline_runs/{run}")["pipeline_run"]
        return pipeline_run

    def _request(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        response = self._http.request(method, path, **content)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        if "error" in answer:  # with the HTTP status 200
            raise ApiError(f"{method} {path}: {answer['error']}")
        return answer


def _epoch_s(stamp: str) -> float:
    """Read a time that Mage writes in UTC, with or without an offset."""
    told = datetime.fromisoformat(stamp)
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def _attempts(log: str) -> Iterator[Attempt]:
    """Yield the attempts in one block's log. Each line is a time and a JSON object, with bare tracebacks in between."""
    number, started, executing = 0, None, False
    for line in LOG_ENTRY.finditer(log):
        entry = json.loads(line[1])
        step, message, now = entry["block_uuid"].removeprefix("noop_"), entry["message"], entry["timestamp"]
        if message.startswith("Start executing block"):
            if executing:
                number += 1
                yield Attempt(step, number, succeeded=False, started_s=started)
            started, executing = now, True
        elif FAILED_ATTEMPT.match(message):
            number += 1
            yield Attempt(step, number, succeeded=False, started_s=started, ended_s=now)
            started = None
        elif message.startswith("Failed to execute block"):
            executing = False
        elif message.startswith("Finish executing block"):
            number += 1
            yield Attempt(step, number, succeeded=True, started_s=started, ended_s=now)
            started, executing = None, False
