"""Every check of the contract by name, fastest first, with its demand and the source of its values."""

from collections.abc import Iterator

from harness.check import code, driver, folder, lifecycle, links, network, runs, second_run, secrets, stack
from harness.check.crash import crash
from harness.check.demands import AGAIN, EXHAUSTION, NOOP, RETRY, YEAR
from harness.check.lint import lint
from harness.check.lock import lock, lock_again, place_of
from harness.check.subject import Subject
from harness.check.verdict import Check, Fault, NotAsked
from harness.errors import Misuse
from harness.experiment.golden import ALL
from harness.isolation.protocol import BuildError
from harness.isolation.sources import code_of
from harness.measure.golden_file import golden
from harness.measure.unit_test import run_unit_test
from harness.orchestrators.manifest import ManifestError

_ROWS = """
import os, psycopg
with psycopg.connect(os.environ["ORCHBENCH_METADATA"], connect_timeout=5) as connection:
    print(connection.execute("SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables").fetchone()[0])
"""
_LEAST_ROWS = 10


def _manifest(it: Subject) -> Iterator[Fault]:
    try:
        assert it.manifest
    except ManifestError as error:
        yield Fault(str(error), error.remedy or "see docs/contribute/contract.md for every field, its type and unit")
        return
    yield from folder.unit_test_files(it.manifest)
    yield from code.patterns(it.manifest)
    yield from folder.unsupported(it.manifest)


def _secrets(it: Subject) -> Iterator[Fault]:
    yield from secrets.in_code(it.manifest, code_of(it.manifest))


def _build(it: Subject) -> Iterator[Fault]:
    try:
        assert it.built
    except BuildError as error:
        place = place_of(it.manifest, str(error))
        hint = f"{lock_again(it.manifest)} (it names packages without wheels, because only wheels are installed)"
        yield Fault(f"{place}: {error}" if place else str(error), hint, error.log)


def _image(it: Subject) -> Iterator[Fault]:
    told = it.ground.isolation.told_by_built(it.manifest)
    if not told:
        raise NotAsked("only images have layers (docs/method/isolation.md)")
    yield from secrets.in_image(told, secrets.credentials_here())


def _unit_test(it: Subject) -> Iterator[Fault]:
    if it.manifest.unit_test is None:
        raise NotAsked("the tool documents no unit test")
    if it.contender.profile != it.manifest.first_profile:
        raise NotAsked(f"it runs only with profile {it.manifest.first_profile}")
    it.say(f"{it.manifest.name}: running the unit test")
    record = run_unit_test(it.ground.isolation, it.manifest, it.ground.envelope)
    if record.failure:
        yield Fault(f"{it.folder / 'unit_test'}: {record.failure}", "run it for 2013-01", "\n".join(record.log))


def _metadata(it: Subject) -> Iterator[Fault]:
    if not it.contender.settings.metadata_database:
        raise NotAsked("this profile has no separate metadata database")
    code, said = it.served.stack.running.confinement().run("python", "-c", _ROWS)
    words = said.strip().splitlines()[-1:] or ["nothing"]
    if code or not words[0].isdigit() or int(words[0]) < _LEAST_ROWS:
        hint = "does the tool read the setting that contains ${METADATA}? The variable of that name has its value"
        yield Fault(f"the metadata database is hardly used: it has {words[0]} inserted rows", hint)


def _network(it: Subject) -> Iterator[Fault]:
    yield from network.network(it.ground.isolation, it.served.stack.running.confinement())


def _ready(it: Subject) -> Iterator[Fault]:
    served = it.served
    it.say(f"{it.manifest.name}: starting (up to {it.manifest.ready_limit_s:g} s)")
    yield from stack.ready(served.stack)


def _labels(it: Subject) -> Iterator[Fault]:
    yield from stack.labels(it.parts)


def _valid(name: str, *needs: str) -> Check[Subject]:
    what = {
        NOOP: "a run of `noop` is valid",
        YEAR: "a run of the whole year leaves verified output",
        EXHAUSTION: "a step that always fails makes the run fail without an export",
    }
    return Check(name, what[name], lambda it: runs.valid(it.trial(name), it.log), needs)


FILES: tuple[Check[Subject], ...] = (
    Check("files", "every file that a stack needs exists", lambda it: folder.files(it.folder)),
    Check("manifest", "every field of the manifest is valid", _manifest),
    Check("links", "each link is a documentation page", lambda it: links.links(it.manifest), ("manifest",)),
    Check("code", "each file counts in one category at most", lambda it: code.code(it.manifest), ("manifest",)),
    Check("lock", "everything is pinned and hashed", lambda it: lock(it.manifest), ("manifest",)),
    Check("driver", "the driver class implements the protocol", lambda it: driver.driver(it.manifest), ("manifest",)),
    Check("secrets", "the code contains no password", _secrets, ("manifest",)),
    Check("notes", "the links of NOTES.md work", lambda it: folder.notes(it.folder), ("files",)),
    Check("lint", "the Python code passes ruff, as in `make lint`", lambda it: lint(it.folder)),
)
"""Checks that only read files and need neither Docker nor the machine."""
STACKS: tuple[Check[Subject], ...] = (
    Check("build", "the stack is built from the lock", _build, ("lock",)),
    Check("image", "no image layer contains a secret", _image, ("build",)),
    Check("unit-test", "the unit test passes without a server", _unit_test, ("build",)),
    Check("ready", "the stack becomes ready", _ready, ("build", "driver")),
    Check("ui", "the UI shows a page", lambda it: stack.ui(it.served.stack), ("ready",)),
    Check("user", "nothing runs as root", lambda it: stack.users(it.parts), ("ready",)),
    Check("ports", "only this host can reach it", lambda it: stack.ports(it.parts, it.manifest), ("ready",)),
    Check("limits", "each container has its limits", lambda it: stack.limits(it.parts, it.ground.envelope), ("ready",)),
    Check("labels", "each part of the stack can be found and removed", _labels, ("ready",)),
    Check(
        "licence",
        "the package names its licence",
        lambda it: stack.licence(it.manifest, it.served.stack.running.confinement()),
        ("ready",),
    ),
    Check("scheduler", "the scheduler program exists", lambda it: lifecycle.scheduler(it.served.stack), ("ready",)),
    Check("network", "the network has no way out", _network, ("ready",)),
    _valid(NOOP, "ready"),
    Check(
        "found-by-trial",
        "a run can be found by its trial",
        lambda it: runs.found_by_trial(it.served.stack, it.trial(NOOP), it.run_of(NOOP)),
        (NOOP,),
    ),
    Check(
        "fail-once",
        "a step that fails once is retried",
        lambda it: runs.failed_once(it.trial(RETRY), it.poll_period_s, it.log),
        ("ready",),
    ),
    Check(
        "fail-twice",
        "a step that fails twice is retried twice, and the run is valid",
        lambda it: runs.failed_twice(it.trial(RETRY), it.poll_period_s, it.log),
        ("ready",),
    ),
    Check(
        "month",
        "a run of one month leaves that month's output",
        lambda it: runs.month(it.trial(RETRY), golden().partitions[ALL]["flight"].rows),
        ("ready",),
    ),
    Check("second-run", "a second run changes nothing", lambda it: second_run.changes_nothing(it.again), ("month",)),
    Check(
        "fault-points",
        "injected faults reach every step",
        lambda it: second_run.points_reached(it.again),
        ("second-run",),
    ),
    _valid(EXHAUSTION, "ready"),
    Check(
        "constant-delay",
        "the second retry delay is as long as the first",
        lambda it: runs.constant_delay([it.trial(RETRY), it.trial(EXHAUSTION)]),
        ("ready",),
    ),
    _valid(YEAR, "ready"),
    Check("attempts", "the attempt history is correct", lambda it: runs.account(it.trial(RETRY)), ("ready",)),
    Check("own-end", "the reported end of a run is correct", lambda it: runs.own_end(it.records), ("ready",)),
    Check("answers", "the driver responds in time, with the protocol's types", lambda it: it.answers(), ("ready",)),
    Check("counters", "memory and CPU are measured", lambda it: runs.counters(it.trial(YEAR)), (YEAR,)),
    Check("metadata", "the metadata database is used", _metadata, ("ready",)),
    Check(
        "own-folders",
        "it writes only into its own folders",
        lambda it: stack.own_folders(it.served.stack.running.confinement()),
        ("ready",),
    ),
    Check(
        "restart", "it serves again after it is killed", lambda it: lifecycle.serves_again(it.restart), ("ready", NOOP)
    ),
    Check(
        "noop-imports",
        "noop imports no modules of the etl",
        lambda it: [*runs.valid(it.trial(AGAIN), it.log), *runs.imports(it.trial(AGAIN), it.manifest)],
        ("restart",),
    ),
    Check(
        "remembers",
        "it remembers its runs after a restart",
        lambda it: lifecycle.remembers(it.restart, must=it.must_remember),
        ("restart",),
    ),
    crash("task-killed"),
    crash("cancelled"),
    Check("stop", "it stops when asked to", lambda it: lifecycle.stops(it.served.stack), ("ready",)),
    Check("clean-up", "it leaves nothing behind", lambda it: it.taken_down(), ("ready",)),
)
"""Checks of a running stack. A failure may be chance, so it is checked twice."""
_LAST: tuple[Check[Subject], ...] = (
    Check("pages", "no link is dead", lambda it: links.pages(it.manifest), ("manifest",)),
    Check("filled-in", "no placeholder is left", lambda it: folder.filled_in(it.folder)),
)
"""Last, although they need no stack: one needs a network, and a folder from `new` runs before it is filled in."""
CHECKS = (*FILES, *STACKS, *_LAST)


def until(name: str | None) -> tuple[Check[Subject], ...]:
    """Return the checks up to a name, or all without a name. Raises `Misuse` for an unknown name."""
    names = [check.name for check in CHECKS]
    if name is None:
        return CHECKS
    if name not in names:
        raise Misuse(f"unknown check {name!r}. Choose from: {', '.join(names)}")
    return CHECKS[: names.index(name) + 1]
