"""What `doctor` asks before stacks can run as processes."""

import sys

from uv import find_uv_bin

from harness.errors import HarnessError
from harness.isolation.process import groups
from harness.isolation.process.interpreter import find_interpreter
from harness.isolation.process.user import serving_user
from harness.isolation.protocol import Finding
from harness.isolation.swap import unlimited_swap


def examine() -> list[Finding]:
    """Look for Linux, a user to run stacks as, and a Python of the locks' version."""
    if sys.platform != "linux":
        return [Finding("missing", f"processes need Linux: {sys.platform} has no subreaper", "use containers")]
    try:
        user = serving_user()
        python = find_interpreter(user, find_uv_bin(), say=lambda _: None)
    except HarnessError as error:
        return [Finding("missing", str(error), error.remedy)]
    limits = (
        Finding("ok", "processes: limits and counters by control groups")
        if groups.available()
        else Finding("warning", "processes: no control group may be made, so memory is not limited and seldom sampled")
    )
    if groups.available() and not groups.limit_swap():
        limits = unlimited_swap("processes: swap cannot be limited")
    return [Finding("ok", f"processes: as user {user.name}, Python {python.version} at {python.path}"), limits]
