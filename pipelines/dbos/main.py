"""Serves the workflows as DBOS's quick start does: a FastAPI app in the process that runs the workflows."""

import os

import uvicorn
from dbos import DBOS, DBOSConfig
from guarded import QUEUE
from server import app

if __name__ == "__main__":
    config: DBOSConfig = {
        "name": "flights",
        "system_database_url": os.environ.get("DBOS_SYSTEM_DATABASE_URL"),
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(QUEUE, global_concurrency=1)
    uvicorn.run(app, host=os.environ["ORCHBENCH_HOST"], port=int(os.environ["ORCHBENCH_PORT"]))
