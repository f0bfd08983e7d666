"""Checks that a stack has no way out of its network, using a test network that other containers can reach."""

from collections.abc import Iterator

from harness.check.outside import EVERYTHING, REACH, NoOutside, outside
from harness.check.subject import Subject
from harness.check.verdict import Fault, Lacking, NotAsked, check

_RESOLVE = "import socket; socket.getaddrinfo('example.org', 80)"
_HINT = "leave networks and dns out of compose.yaml: a stack's network has no gateway and no name server"


@check("ready")
def network(it: Subject) -> Iterator[Fault]:
    """The network has no way out.

    A stack reaches neither the outside nor this host, and resolves no name. First, an unrestricted container must reach
    everything, or the test is worthless.
    """
    isolation, confinement = it.context.isolation, it.confinement
    if isolation.unconfined("true") is None:
        raise NotAsked("only containers have their own network (docs/method/isolation.md)")
    try:
        with outside():
            reached = (isolation.unconfined("python3", "-c", REACH) or "").strip()
            if reached != EVERYTHING:
                raise Lacking(f"an unrestricted container reaches only {reached}, so the test shows nothing")
            tried = confinement.run("python3", "-c", REACH)
    except NoOutside as error:
        raise Lacking(f"cannot create a test network: {error}") from error
    yield from ways_out(tried, confinement.run("python3", "-c", _RESOLVE))


def ways_out(tried: tuple[int, str], asked: tuple[int, str]) -> Iterator[Fault]:
    """Report what a stack reached and whether it resolved a name, given exit statuses and outputs."""
    if (tried[0], tried[1].strip()) != (0, "nothing"):
        yield Fault(f"it reaches {tried[1].strip()}", _HINT)
    if asked[0] == 0 or "name resolution" not in asked[1]:
        yield Fault("it resolves outside names", _HINT)
