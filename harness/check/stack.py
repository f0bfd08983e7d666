"""Checks of a stack between runs: build, readiness, UI, isolation, and why it is not ready."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import httpx

from harness.check.lock import lock_again, place_of
from harness.check.subject import Subject
from harness.check.verdict import Fault, NotAsked, check
from harness.errors import HarnessError
from harness.isolation import inside
from harness.isolation.confinement import Address
from harness.isolation.protocol import Running, StackError
from harness.measure.stack import wait_ready
from harness.measure.unit_test import run_unit_test
from harness.orchestrators.manifest import MANIFEST, Manifest
from harness.provision.built import BuildError

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
_ROWS = """
import os, psycopg
with psycopg.connect(os.environ["ORCHBENCH_METADATA"], connect_timeout=5) as connection:
    print(connection.execute("SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables").fetchone()[0])
"""
_LEAST_ROWS = 10


@check("lock")
def build(it: Subject) -> Iterator[Fault]:
    """The stack is built from the lock."""
    try:
        assert it.built
    except BuildError as error:
        place = place_of(it.manifest, str(error))
        hint = f"{lock_again(it.manifest)} (it names packages without wheels, because only wheels are installed)"
        yield Fault(f"{place}: {error}" if place else str(error), hint, error.log)


@check("build")
def unit_test(it: Subject) -> Iterator[Fault]:
    """The unit test passes without a server."""
    if it.manifest.unit_test is None:
        raise NotAsked("the tool documents no unit test")
    if it.contender.profile != it.manifest.shared_profile:
        raise NotAsked(f"it runs only with profile {it.manifest.shared_profile}")
    it.say("running the unit test")
    record = run_unit_test(it.context.isolation, it.manifest, it.context.envelope)
    if record.failure:
        yield Fault(f"{it.folder / 'unit_test'}: {record.failure}", "run it for 2013-01", "\n".join(record.log))


@check("build", "driver")
def ready(it: Subject) -> Iterator[Fault]:
    """The stack becomes ready."""
    running = it.stack.running
    it.say(f"starting (up to {it.manifest.ready_limit_s:g} s)")
    try:
        wait_ready(it.stack, running.started_ns)
        # A process that forks to the background may respond before its parent and the whole stack end.
        time.sleep(_STAYS_S)
        if not running.alive():
            raise StackError("it became ready and then ended", log=running.log())
    except StackError as error:
        yield Fault(str(error), why_not_ready(running, it.manifest), error.log)


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


@check("ready")
def ui(it: Subject) -> Iterator[Fault]:
    """The UI shows a page."""
    path = it.manifest.ui
    hint = f"set `ui` in {it.folder / MANIFEST} to the path of a page that shows runs"
    url = f"{it.stack.running.endpoint.url}{path}"
    try:
        answer = httpx.get(url, follow_redirects=True, timeout=_UI_LIMIT_S, trust_env=False)
    except httpx.HTTPError as error:
        yield Fault(f"GET {path}: {error}", hint)
        return
    if answer.status_code != httpx.codes.OK:
        yield Fault(f"GET {path} returned {answer.status_code}", hint)


@check("ready")
def user(it: Subject) -> Iterator[Fault]:
    """Nothing runs as root."""
    for part in it.parts:
        if _ROOT.intersection(part.users):
            yield Fault(f"{part.name} runs as root", "leave `user:` out of compose.yaml: images have their own user")
        for power in part.powers:
            hint = "extend the service `orchestrator` of compose/common.yaml, and remove this from compose.yaml"
            yield Fault(f"{part.name}: {power}", hint)


@check("ready")
def limits(it: Subject) -> Iterator[Fault]:
    """Each container has its limits."""
    envelope = it.context.envelope
    limited = [part for part in it.parts if part.limited]
    if not limited:
        raise NotAsked("only containers have their own limits (docs/method/isolation.md)")
    for part in limited:
        hint = "extend the service `orchestrator` of compose/common.yaml, which has the limits"
        if part.cpus != envelope.cpus:
            yield Fault(f"{part.name} can use {part.cpus or 'all'} CPUs, expected {envelope.cpus:g}", hint)
        if part.memory_bytes != envelope.memory_bytes:
            told = "more memory or swap than" if part.memory_bytes is None else f"{part.memory_bytes} bytes, expected"
            yield Fault(f"{part.name} can use {told} {envelope.memory_bytes}", hint)


@check("ready")
def labels(it: Subject) -> Iterator[Fault]:
    """Each part of the stack can be found and removed."""
    hint = (
        "give it the labels `orchbench: ${ORCHBENCH_OWNER}` and `orchbench.harness: ${ORCHBENCH_HARNESS}` in "
        "compose.yaml, as compose/stack.yaml does"
    )
    for part in it.parts:
        if not part.labelled:
            yield Fault(f"{part.name} has no label, so nothing would remove it after a crash", hint)


@check("ready")
def ports(it: Subject) -> Iterator[Fault]:
    """Only this host can reach it."""
    for part in it.parts:
        for address in part.reached_at:
            if address.loopback or address.variable in it.manifest.ports:
                continue
            hint = "listen at $ORCHBENCH_HOST"
            if address.variable != "ORCHBENCH_PORT":
                hint += ", or publish it at 127.0.0.1. If the tool has no setting for that, name the port in `[ports]`"
            yield Fault(f"{part.name} can be reached from everywhere at {address}", hint)


@check("ready")
def own_folders(it: Subject) -> Iterator[Fault]:
    """It writes only into its own folders."""
    confinement = it.confinement
    if not confinement.owns_code:
        code, said = confinement.run("sh", "-c", "touch written-by-check && rm written-by-check")
        if code == 0:
            yield Fault("its code folder is writable", f"check its owner: {said.strip() or 'touch worked'}")
    for path in confinement.strays():
        hint = "keep it in $ORCHBENCH_STATE, which is fresh for each stack and outlives its restart"
        yield Fault(f"it writes {path}, which is outside its folders", hint)


@check("ready")
def metadata(it: Subject) -> Iterator[Fault]:
    """The metadata database is used."""
    if not it.contender.settings.metadata_database:
        raise NotAsked("this profile has no separate metadata database")
    code, said = it.confinement.run("python", "-c", _ROWS)
    words = said.strip().splitlines()[-1:] or ["nothing"]
    if code or not words[0].isdigit() or int(words[0]) < _LEAST_ROWS:
        hint = "does the tool read the setting that contains ${METADATA}? The variable of that name has its value"
        yield Fault(f"the metadata database is hardly used: it has {words[0]} inserted rows", hint)


@check("ready")
def licence(it: Subject) -> Iterator[Fault]:
    """The package names its licence."""
    manifest = it.manifest
    code, said = it.confinement.run("python", "-c", _LICENCE, manifest.package)
    named: list[str] = []
    with suppress(ValueError):
        named = json.loads(said.strip().splitlines()[-1]) if code == 0 and said.strip() else []
    if not named:
        hint = f"is {manifest.package!r} the right package in {manifest.folder / MANIFEST}?"
        yield Fault(f"{manifest.package} {manifest.version} names no licence", hint, "" if code == 0 else said)
