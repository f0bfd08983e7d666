"""What several commands do before they start a stack: take away leftovers, fetch data, build what is missing."""

from collections.abc import Sequence

from harness.cli.console import out
from harness.isolation.protocol import Isolation, Prepared
from harness.measure.landing import ensure_landing
from harness.orchestrators.manifest import Manifest
from harness.paths import LANDING


def clean_up(isolation: Isolation) -> int:
    """Remove what earlier runs left behind, say so, and return how many things there were."""
    removed = isolation.remove_leftovers()
    if removed:
        out.print(f"removed {removed} leftovers of an earlier run", highlight=False)
    return removed


def prepare(isolation: Isolation, manifests: Sequence[Manifest]) -> Prepared:
    """Fetch the data and build what is missing, saying what is being done."""
    with out.status("looking at images and data") as status:

        def say(what: str) -> None:
            status.update(what)
            if not out.is_terminal:
                out.print(what, highlight=False)

        ensure_landing(LANDING)
        return isolation.prepare(manifests, say)
