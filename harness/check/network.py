"""A stack has no way out of its network: tried, from within, on a network made for it that others do reach."""

from collections.abc import Iterator

from harness.check.outside import EVERYTHING, REACH, NoOutside, outside
from harness.check.verdict import Fault, Lacking, NotAsked
from harness.isolation.confinement import Confinement
from harness.isolation.protocol import Isolation

_RESOLVE = "import socket; socket.getaddrinfo('example.org', 80)"
_HINT = "leave networks and dns out of compose.yaml: the stack's own network has neither a gateway nor a name server"


def network(isolation: Isolation, confinement: Confinement) -> Iterator[Fault]:
    """Look that neither what is outside nor this host is reached, and no name found.

    What is not held apart must reach all of it, or nothing is learned: that is tried first.
    """
    if isolation.unconfined("true") is None:
        raise NotAsked("only a container has a network of its own: docs/method/isolation.md")
    try:
        with outside():
            reached = (isolation.unconfined("python3", "-c", REACH) or "").strip()
            if reached != EVERYTHING:
                raise Lacking(f"a container that has a way out reaches {reached}, so nothing can be learned")
            tried = confinement.run("python3", "-c", REACH)
    except NoOutside as error:
        raise Lacking(f"no network can be made here to be reached: {error}") from error
    yield from ways_out(tried, confinement.run("python3", "-c", _RESOLVE))


def ways_out(tried: tuple[int, str], asked: tuple[int, str]) -> Iterator[Fault]:
    """Say what a stack reached that tried, and whether it found a name: each an exit status and what was printed."""
    if (tried[0], tried[1].strip()) != (0, "nothing"):
        yield Fault(f"it reaches {tried[1].strip()}", _HINT)
    if asked[0] == 0 or "name resolution" not in asked[1]:
        yield Fault("it finds names of the world outside", _HINT)
