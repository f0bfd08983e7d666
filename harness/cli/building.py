"""The command `build`: builds images and environments in advance."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer

from harness.cli.console import out
from harness.cli.names import Isolated, IsolationName, Waits, listed
from harness.cli.preparation import alone, choose, clean_up, prepare, said
from harness.cli.time_left import minutes
from harness.machine.checkout_owner import demand_own_checkout
from harness.orchestrators.discovery import discover, named


def build(
    names: Annotated[
        list[str] | None, typer.Argument(help="Build only these orchestrators. Default: all.", show_default=False)
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="COUNT", help="Number of parallel builds.")] = 1,
    isolation: Isolated = IsolationName.AUTO,
    wait: Waits = False,
) -> None:
    """Build missing images and environments, so that no benchmark waits for them."""
    manifests = named(listed(names)) if names else discover()
    demand_own_checkout()
    with alone(wait=wait):
        held = choose(isolation)
        build_s = held.expected_build_s(manifests)
        if build_s:
            out.print(f"Building takes about {minutes(build_s / jobs)}.", highlight=False)
        clean_up(held)
        prepare(held)
        with said() as say, ThreadPoolExecutor(jobs) as builders:
            begun = [builders.submit(held.prepare, manifest, say) for manifest in manifests]
            # Build as many as possible before a failure ends the command.
            failed = [error for each in begun if (error := each.exception())]
    if failed:
        raise failed[0]
    out.print(f"Built {', '.join(manifest.name for manifest in manifests)}", highlight=False)
