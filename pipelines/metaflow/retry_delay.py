"""The wait before a retry, because local runs ignore Metaflow's `minutes_between_retries`."""

import time

from metaflow import current, user_step_decorator


@user_step_decorator
def retry_delay(step_name, flow, inputs=None, attributes=None):
    if current.retry_count:
        time.sleep(attributes["seconds"])
    yield
