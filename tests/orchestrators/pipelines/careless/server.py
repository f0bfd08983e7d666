"""Serves like the baseline, but breaks demands that do not affect its runs.

It imports a module of the etl for each workload, ignores SIGTERM, and listens on every interface. With $SERVE set to
`elsewhere` it listens at the port after its own.
"""

import os
import signal
from http.server import ThreadingHTTPServer

import polars  # noqa: F401
from baseline_server import Handler

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    port = int(os.environ["ORCHBENCH_PORT"]) + (os.environ["SERVE"] == "elsewhere")
    ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()
