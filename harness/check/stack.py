"""Checks of a running stack between runs: isolation, UI, and why it is not ready."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import httpx

from harness.check.verdict import Fault, NotAsked
from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.isolation import inside
from harness.isolation.confinement import Address, Confinement, Part
from harness.isolation.protocol import Running, StackError
from harness.measure.stack import Stack, wait_ready
from harness.orchestrators.manifest import MANIFEST, Manifest

_ROOT = {"", "0", "root"}
_UI_LIMIT_S = 30
_STAYS_S = 1.0
_LICENCE = """
import importlib.metadata as metadata, json, sys
told = metadata.metadata(sys.argv[1])
named = [told.get("License-Expression"), told.get("License")]
named += [each for each in told.get_all("Classifier") or () if each.startswith("License ::")]
named += told.get_all("License-File") or ()
print(json.dumps([each for each in named if each and each.strip() not in ("", "UNKNOWN")]))
"""


def ready(stack: Stack) -> Iterator[Fault]:
    """Check that it becomes ready in time and stays ready. Otherwise say why not."""
    try:
        wait_ready(stack, stack.running.started_ns)
        # A process that forks to the background may respond before its parent and the whole stack end.
        time.sleep(_STAYS_S)
        if not stack.running.alive():
            raise StackError("it became ready and then ended", log=stack.running.log())
    except StackError as error:
        hint = why_not_ready(stack.running, stack.contender.manifest)
        yield Fault(str(error), hint, error.log)


def why_not_ready(running: Running, manifest: Manifest) -> str:
    """Say what to change in a stack that is not ready."""
    try:
        told = running.inside(inside.listening) if running.alive() else None
        listening = None if told is None else [Address(host, port) for host, port in told]
    except (HarnessError, OSError):
        listening = None
    serve = manifest.folder / "serve"
    if listening is None:
        return (
            f"{serve} ended, but it must stay in the foreground, as with `exec supervisord --nodaemon`. "
            "Its last log lines are below"
        )
    return not_listening(listening, running.confinement().listens_at) or (
        f"it listens at the right address: check `ready` in {manifest.folder / 'driver.py'}, "
        f"or give it more time (`ready_limit_s` in {MANIFEST})"
    )


def not_listening(listening: Sequence[Address], wanted: Address) -> str:
    """Say what is wrong with the addresses at which a stack listens. Empty if it is reachable."""
    where = f"listen at $ORCHBENCH_HOST:$ORCHBENCH_PORT, which is {wanted}"
    at_port = [each for each in listening if each.port == wanted.port]
    if not listening:
        return f"none of its processes listens at an address: {where}"
    if not at_port:
        return f"it listens at {', '.join(map(str, listening))}: {where}"
    if all(each.loopback for each in at_port) and not wanted.loopback:
        return f"it listens at {at_port[0]}, which is unreachable from outside its container: {where}"
    return ""


def ui(stack: Stack) -> Iterator[Fault]:
    """Check that the manifest's `ui` leads to a page."""
    path = stack.contender.manifest.ui
    hint = f"set `ui` in {stack.contender.manifest.folder / MANIFEST} to the path of a page that shows runs"
    url = f"{stack.running.endpoint.url}{path}"
    try:
        answer = httpx.get(url, follow_redirects=True, timeout=_UI_LIMIT_S, trust_env=False)
    except httpx.HTTPError as error:
        yield Fault(f"GET {path}: {error}", hint)
        return
    if answer.status_code != httpx.codes.OK:
        yield Fault(f"GET {path} returned {answer.status_code}", hint)


def users(parts: Sequence[Part]) -> Iterator[Fault]:
    """Check that nothing of a stack runs as root or with extra privileges."""
    for part in parts:
        if _ROOT.intersection(part.users):
            yield Fault(f"{part.name} runs as root", "leave `user:` out of compose.yaml: images have their own user")
        for power in part.powers:
            hint = "extend the service `orchestrator` of compose/common.yaml, and remove this from compose.yaml"
            yield Fault(f"{part.name}: {power}", hint)


def limits(parts: Sequence[Part], envelope: Envelope) -> Iterator[Fault]:
    """Check that each container has the envelope's limits, if this isolation sets limits."""
    limited = [part for part in parts if part.limited]
    if not limited:
        raise NotAsked("only containers have their own limits (docs/method/isolation.md)")
    for part in limited:
        hint = "extend the service `orchestrator` of compose/common.yaml, which has the limits"
        if part.cpus != envelope.cpus:
            yield Fault(f"{part.name} can use {part.cpus or 'all'} CPUs, expected {envelope.cpus:g}", hint)
        if part.memory_bytes != envelope.memory_bytes:
            told = "more memory or swap than" if part.memory_bytes is None else f"{part.memory_bytes} bytes, expected"
            yield Fault(f"{part.name} can use {told} {envelope.memory_bytes}", hint)


def labels(parts: Sequence[Part]) -> Iterator[Fault]:
    """Check that a later start would find and remove each part of a stack."""
    hint = (
        "give it the labels `orchbench: ${ORCHBENCH_OWNER}` and `orchbench.harness: ${ORCHBENCH_HARNESS}` in "
        "compose.yaml, as compose/stack.yaml does"
    )
    for part in parts:
        if not part.labelled:
            yield Fault(f"{part.name} has no label, so nothing would remove it after a crash", hint)


def ports(parts: Sequence[Part], manifest: Manifest) -> Iterator[Fault]:
    """Check that only this host reaches a stack, except at ports that the manifest names."""
    for part in parts:
        for address in part.reached_at:
            if address.loopback or address.variable in manifest.ports:
                continue
            hint = "listen at $ORCHBENCH_HOST"
            if address.variable != "ORCHBENCH_PORT":
                hint += ", or publish it at 127.0.0.1. If the tool has no setting for that, name the port in `[ports]`"
            yield Fault(f"{part.name} can be reached from everywhere at {address}", hint)


def own_folders(confinement: Confinement) -> Iterator[Fault]:
    """Check that a stack writes only into its own folders, and not into its code unless its user owns it."""
    if not confinement.owns_code:
        code, said = confinement.run("sh", "-c", "touch written-by-check && rm written-by-check")
        if code == 0:
            yield Fault("its code folder is writable", f"check its owner: {said.strip() or 'touch worked'}")
    for path in confinement.strays():
        hint = "keep it in $ORCHBENCH_STATE, which is fresh for each stack and outlives its restart"
        yield Fault(f"it writes {path}, which is outside its folders", hint)


def licence(manifest: Manifest, confinement: Confinement) -> Iterator[Fault]:
    """Check that the package names its licence or contains its text (PEP 639)."""
    code, said = confinement.run("python", "-c", _LICENCE, manifest.package)
    named: list[str] = []
    with suppress(ValueError):
        named = json.loads(said.strip().splitlines()[-1]) if code == 0 and said.strip() else []
    if not named:
        hint = f"is {manifest.package!r} the right package in {manifest.folder / MANIFEST}?"
        yield Fault(f"{manifest.package} {manifest.version} names no licence", hint, "" if code == 0 else said)
