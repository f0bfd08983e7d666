"""What `doctor` asks before stacks can run as processes."""

import sys
from collections.abc import Callable

from harness.errors import HarnessError
from harness.isolation.process import groups
from harness.isolation.process.ground import Ground
from harness.isolation.process.interpreter import Interpreter
from harness.isolation.protocol import Finding, unlimited_swap


def examine(find: Callable[[], tuple[Ground, Interpreter]]) -> list[Finding]:
    """Look for Linux, a user to run stacks as, a place for their programs, and a Python of the locks' version."""
    if sys.platform != "linux":
        return [Finding("missing", f"processes need Linux, because {sys.platform} has no subreaper", "use containers")]
    try:
        ground, python = find()
    except HarnessError as error:
        return [Finding("missing", str(error), error.remedy)]
    limits = (
        Finding("ok", "processes: limits and counters use control groups")
        if groups.available()
        else Finding("warning", "processes: without control groups, memory is not limited and rarely sampled")
    )
    if groups.available() and not groups.limit_swap():
        limits = unlimited_swap("processes: swap cannot be limited")
    return [
        Finding("ok", f"processes: as user {ground.user.name}, Python {python.version} at {python.path}"),
        Finding("ok", f"processes: stacks are stored in {ground.folder}"),
        limits,
    ]
