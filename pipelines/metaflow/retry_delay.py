"""The wait before a retry: of Metaflow's own `minutes_between_retries`, local runs take no notice."""

import time

from metaflow import current, user_step_decorator


@user_step_decorator
def retry_delay(step_name, flow, inputs=None, attributes=None):
    if current.retry_count:
        time.sleep(attributes["seconds"])
    yield
