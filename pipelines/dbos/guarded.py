"""The `etl` workflow with a limit of 10 s per step attempt, and a queue that runs one workflow at a time.

DBOS has time limits only for async steps. Their work is blocking, so each step hands it to a thread.
"""

import asyncio

from dbos import DBOS
from etl import store, stored

QUEUE = "guarded"


@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0, timeout_seconds=10)
async def guarded_load(trial: str, month: str) -> str:
    from reference import steps

    return await asyncio.to_thread(lambda: store(steps.load(trial, month), "loaded"))


@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0, timeout_seconds=10)
async def guarded_transform(trial: str, loaded: str) -> str:
    from reference import steps

    return await asyncio.to_thread(lambda: store(steps.transform(trial, stored(loaded)), "transformed"))


@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0, timeout_seconds=10)
async def guarded_export(trial: str, month: str, transformed: str) -> dict[str, int]:
    from reference import steps

    return await asyncio.to_thread(lambda: steps.export(trial, month, stored(transformed)))


@DBOS.workflow()
async def guarded(trial: str, month: str = "all") -> dict[str, int]:
    loaded = await guarded_load(trial, month)
    transformed = await guarded_transform(trial, loaded)
    return await guarded_export(trial, month, transformed)
