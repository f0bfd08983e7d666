"""The `etl` with limits for the crash lab: 10 s per task, and one task at a time across all runs."""

import etl
import luigi
from luigi.util import requires

luigi.auto_namespace(scope=__name__)

TASK_LIMIT_S = 10
# A resource that [resources] does not name has a limit of 1.
SLOT = {"guarded": 1}


class Load(etl.Load):
    worker_timeout = TASK_LIMIT_S
    resources = SLOT


@requires(Load)
class Transform(etl.Transform):
    worker_timeout = TASK_LIMIT_S
    resources = SLOT


@requires(Transform)
class Export(etl.Export):
    worker_timeout = TASK_LIMIT_S
    resources = SLOT
