"""Demands on a stack that is up, between runs: how it is held, what it shows, and why it is not ready."""

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
    """Look that it gets ready in time and stays, and say why not as far as its processes tell."""
    try:
        wait_ready(stack, stack.running.started_ns)
        # What forks away answers before the first process has ended, and everything with it.
        time.sleep(_STAYS_S)
        if not stack.running.alive():
            raise StackError("it got ready, and it ended after that", log=stack.running.log())
    except StackError as error:
        hint = why_not_ready(stack.running, stack.manifest)
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
            f"{serve} ended: it must stay in the foreground, as with `exec supervisord --nodaemon`; "
            "what it wrote last stands below"
        )
    return not_listening(listening, running.confinement().listens_at) or (
        f"it listens where it must: look at {manifest.folder / 'driver.py'}, what `ready` asks for, "
        f"or give it more time (`ready_limit_s` in {MANIFEST})"
    )


def not_listening(listening: Sequence[Address], wanted: Address) -> str:
    """Say what is wrong with the addresses at which a stack listens; empty where it can be reached as it must."""
    where = f"listen at $ORCHBENCH_HOST:$ORCHBENCH_PORT, here {wanted}"
    at_port = [each for each in listening if each.port == wanted.port]
    if not listening:
        return f"no process of it listens anywhere: {where}"
    if not at_port:
        return f"it listens at {', '.join(map(str, listening))}: {where}"
    if all(each.loopback for each in at_port) and not wanted.loopback:
        return f"it listens at {at_port[0]}, which nobody outside of its container reaches: {where}"
    return ""


def ui(stack: Stack) -> Iterator[Fault]:
    """Look that a person who follows the manifest's `ui` finds a page."""
    path = stack.manifest.ui
    hint = f"correct `ui` in {stack.manifest.folder / MANIFEST}: the path of a page that shows runs"
    url = f"{stack.running.endpoint.url}{path}"
    try:
        answer = httpx.get(url, follow_redirects=True, timeout=_UI_LIMIT_S, trust_env=False)
    except httpx.HTTPError as error:
        yield Fault(f"GET {path}: {error}", hint)
        return
    if answer.status_code != httpx.codes.OK:
        yield Fault(f"GET {path} is answered with {answer.status_code}", hint)


def users(parts: Sequence[Part]) -> Iterator[Fault]:
    """Look that nothing of a stack runs as root, and nothing may do more than a process of its own may."""
    for part in parts:
        if _ROOT.intersection(part.users):
            yield Fault(
                f"{part.name} runs as root", "leave `user:` out of compose.yaml: images have a user of their own"
            )
        for power in part.powers:
            hint = "extend the service `orchestrator` of compose/common.yaml, and take that out of compose.yaml"
            yield Fault(f"{part.name}: {power}", hint)


def limits(parts: Sequence[Part], envelope: Envelope) -> Iterator[Fault]:
    """Look that each container has the envelope's limits, where this isolation sets any."""
    limited = [part for part in parts if part.limited]
    if not limited:
        raise NotAsked("only a container has limits of its own: docs/method/isolation.md")
    for part in limited:
        hint = "extend the service `orchestrator` of compose/common.yaml: it has the limits"
        if part.cpus != envelope.cpus:
            yield Fault(f"{part.name} may use {part.cpus or 'all'} CPUs, expected {envelope.cpus:g}", hint)
        if part.memory_bytes != envelope.memory_bytes:
            told = "more memory or swap than" if part.memory_bytes is None else f"{part.memory_bytes} bytes, expected"
            yield Fault(f"{part.name} may use {told} {envelope.memory_bytes}", hint)


def labels(parts: Sequence[Part]) -> Iterator[Fault]:
    """Look that a later start would find each part of a stack, and remove it."""
    hint = (
        "give it the labels `orchbench: ${ORCHBENCH_OWNER}` and `orchbench.harness: ${ORCHBENCH_HARNESS}` in "
        "compose.yaml, as compose/stack.yaml does"
    )
    for part in parts:
        if not part.labelled:
            yield Fault(f"{part.name} has no label: what is left of it after a crash is nobody's", hint)


def ports(parts: Sequence[Part], manifest: Manifest) -> Iterator[Fault]:
    """Look that nobody but this host reaches a stack; a port that the manifest names may have no setting for it."""
    for part in parts:
        for address in part.reached_at:
            if address.loopback or address.variable in manifest.ports:
                continue
            hint = "listen at $ORCHBENCH_HOST"
            if address.variable != "ORCHBENCH_PORT":
                hint += ", or publish it at 127.0.0.1; a tool without a setting for that names the port in `[ports]`"
            yield Fault(f"{part.name} can be reached at {address}, from everywhere", hint)


def own_folders(confinement: Confinement) -> Iterator[Fault]:
    """Look that a stack cannot write its code, unless it is its user's own, and writes only into its own folders."""
    if not confinement.owns_code:
        code, said = confinement.run("sh", "-c", "touch written-by-check && rm written-by-check")
        if code == 0:
            yield Fault("its code folder can be written", f"see who owns it: {said.strip() or 'touch worked'}")
    for path in confinement.strays():
        hint = "keep it in $ORCHBENCH_STATE, which is fresh for each stack and outlives its restart"
        yield Fault(f"it writes {path}, outside of its folders", hint)


def licence(manifest: Manifest, confinement: Confinement) -> Iterator[Fault]:
    """Look that the package names its licence, or holds its text (PEP 639)."""
    code, said = confinement.run("python", "-c", _LICENCE, manifest.package)
    named: list[str] = []
    with suppress(ValueError):
        named = json.loads(said.strip().splitlines()[-1]) if code == 0 and said.strip() else []
    if not named:
        hint = f"is {manifest.package!r} the package that {manifest.folder / MANIFEST} means?"
        yield Fault(f"{manifest.package} {manifest.version} names no licence", hint, "" if code == 0 else said)
