"""Removes what harnesses that no longer run have left in the Docker engine, known by its label."""

from collections.abc import Callable, Mapping
from functools import partial

import stamina
from docker.errors import NotFound

from harness.provision.docker.engine import LABEL, OWNER, client, engine_answers, in_progress
from harness.provision.owner import Owner, this_process

_LIMIT_S = 60


def remove_labelled(stack: str | None = None) -> int:
    """Remove all of a stack, or else of harnesses that no longer run. Return the number. Raises `EngineError`."""
    label = LABEL if stack is None else f"{LABEL}={stack}"
    removed = 0
    # Each pass removes what it finds. A removal in progress is complete in a later pass.
    while removals := _removals(label):
        removed += sum(map(_remove, removals))
    return removed


def belongs_to_another(labels: Mapping[str, str] | None) -> bool:
    """Whether labels name another running harness. Labels without a harness are from an older version."""
    try:
        owner = Owner.parse((labels or {})[OWNER])
    except (KeyError, ValueError):
        return False
    return owner != this_process() and owner.alive()


def _remove(removal: Callable[[], object]) -> bool:
    """Remove a thing. Return whether it still existed."""
    with engine_answers("the Docker engine could not remove a leftover"):
        try:
            for attempt in stamina.retry_context(on=in_progress, attempts=None, timeout=_LIMIT_S, wait_initial=0.5):
                with attempt:
                    removal()
        except NotFound:
            return False
    return True


def _removals(label: str) -> list[Callable[[], object]]:
    """Return removals for everything with a label: containers, or if none is left, networks and volumes."""
    engine = client()
    filters: dict[str, str | list[str] | bool] = {"label": label}
    with engine_answers():
        containers = [
            partial(each.remove, force=True, v=True)
            for each in engine.containers.list(all=True, filters=filters, ignore_removed=True)
            if not belongs_to_another(each.labels)
        ]
        if containers:
            return [*containers]
        networks, volumes = engine.networks.list(filters=filters), engine.volumes.list(filters=filters)
    return [
        *(each.remove for each in networks if not belongs_to_another(each.attrs["Labels"])),
        *(partial(each.remove, force=True) for each in volumes if not belongs_to_another(each.attrs["Labels"])),
    ]
