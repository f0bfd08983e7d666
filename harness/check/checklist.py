"""Every check of the contract, by name, the fastest first: what each demands, and where its values come from."""

from collections.abc import Iterator

from harness.check import code, driver, folder, life, links, network, runs, second_run, secrets, stack
from harness.check.crash import crash
from harness.check.demands import AGAIN, EXHAUSTION, NOOP, RETRY, YEAR
from harness.check.lint import lint
from harness.check.lock import lock, lock_again, place_of
from harness.check.subject import Subject
from harness.check.verdict import Check, Fault, NotAsked
from harness.errors import Misuse
from harness.experiment.golden import ALL, golden
from harness.isolation.protocol import BuildError
from harness.isolation.sources import code_of
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
        yield Fault(str(error), error.remedy or "docs/contribute/contract.md has every field, with its type and unit")
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
        hint = f"{lock_again(it.manifest)}; it names what comes as source alone, for only wheels are installed"
        yield Fault(f"{place}: {error}" if place else str(error), hint, error.log)


def _image(it: Subject) -> Iterator[Fault]:
    told = it.ground.isolation.told_by_built(it.manifest)
    if not told:
        raise NotAsked("only an image has layers: docs/method/isolation.md")
    yield from secrets.in_image(told, secrets.credentials_here())


def _unit_test(it: Subject) -> Iterator[Fault]:
    if it.manifest.unit_test is None:
        raise NotAsked("its documentation tells of none")
    if it.profile != it.manifest.first_profile:
        raise NotAsked(f"it runs under {it.manifest.first_profile}")
    it.say(f"{it.manifest.name}: running its unit test")
    record = run_unit_test(it.ground.isolation, it.manifest, it.ground.envelope)
    if record.failure:
        yield Fault(f"{it.folder / 'unit_test'}: {record.failure}", "run it for 2013-01", "\n".join(record.log))


def _metadata(it: Subject) -> Iterator[Fault]:
    if not it.manifest.profiles[it.profile].metadata_database:
        raise NotAsked("this profile has no database of its own")
    code, said = it.served.stack.running.confinement().run("python", "-c", _ROWS)
    words = said.strip().splitlines()[-1:] or ["nothing"]
    if code or not words[0].isdigit() or int(words[0]) < _LEAST_ROWS:
        hint = "does the tool read the setting that holds ${METADATA}? It comes in the variable of that name"
        yield Fault(f"its metadata database is hardly used: {words[0]} rows were put into it", hint)


def _network(it: Subject) -> Iterator[Fault]:
    yield from network.network(it.ground.isolation, it.served.stack.running.confinement())


def _ready(it: Subject) -> Iterator[Fault]:
    served = it.served
    it.say(f"{it.manifest.name}: getting ready (up to {it.manifest.ready_limit_s:g} s)")
    yield from stack.ready(served.stack)


def _labels(it: Subject) -> Iterator[Fault]:
    yield from stack.labels(it.parts)


def _valid(name: str, *needs: str) -> Check[Subject]:
    what = {
        NOOP: "a run of `noop` is valid",
        YEAR: "a run of the whole year leaves the verified output",
        EXHAUSTION: "a step that always fails ends the run as failed, and nothing is exported",
    }
    return Check(name, what[name], lambda it: runs.valid(it.trial(name), it.log), needs)


FILES: tuple[Check[Subject], ...] = (
    Check("files", "every file is there that a stack needs", lambda it: folder.files(it.folder)),
    Check("manifest", "it says what it must, field by field", _manifest),
    Check("links", "each link names a page of documentation", lambda it: links.links(it.manifest), ("manifest",)),
    Check("code", "each file is counted once, or nowhere", lambda it: code.code(it.manifest), ("manifest",)),
    Check("lock", "everything is pinned and hashed", lambda it: lock(it.manifest), ("manifest",)),
    Check("driver", "its class fulfils the protocol", lambda it: driver.driver(it.manifest), ("manifest",)),
    Check("secrets", "no password lies in its code", _secrets, ("manifest",)),
    Check("notes", "its notes lead to what is there", lambda it: folder.notes(it.folder), ("files",)),
    Check("lint", "its Python passes ruff, as `make lint` asks", lambda it: lint(it.folder)),
)
"""Those that look at files alone, and take neither an engine nor the machine."""
STACKS: tuple[Check[Subject], ...] = (
    Check("build", "what it runs from is made of its lock", _build, ("lock",)),
    Check("image", "no secret lies in a layer", _image, ("build",)),
    Check("unit-test", "its own test passes without a server", _unit_test, ("build",)),
    Check("ready", "its stack gets ready", _ready, ("build", "driver")),
    Check("ui", "a person finds a page", lambda it: stack.ui(it.served.stack), ("ready",)),
    Check("user", "nothing runs as root", lambda it: stack.users(it.parts), ("ready",)),
    Check("ports", "nobody but this host reaches it", lambda it: stack.ports(it.parts, it.manifest), ("ready",)),
    Check("limits", "each part has its limits", lambda it: stack.limits(it.parts, it.ground.envelope), ("ready",)),
    Check("labels", "each part can be found and removed", _labels, ("ready",)),
    Check(
        "licence",
        "its package names its licence",
        lambda it: stack.licence(it.manifest, it.served.stack.running.confinement()),
        ("ready",),
    ),
    Check("scheduler", "the program that schedules is there", lambda it: life.scheduler(it.served.stack), ("ready",)),
    Check("network", "there is no way out of its network", _network, ("ready",)),
    _valid(NOOP, "ready"),
    Check(
        "found-by-trial",
        "a run is found by its trial",
        lambda it: runs.found_by_trial(it.served.stack, it.trial(NOOP), it.run_of(NOOP)),
        (NOOP,),
    ),
    Check(
        "fail-once",
        "a step that fails once is tried again",
        lambda it: runs.failed_once(it.trial(RETRY), it.poll_period_s, it.log),
        ("ready",),
    ),
    Check(
        "fail-twice",
        "a step that fails twice is tried twice again, and the run is valid",
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
        "the crash lab's faults reach every step",
        lambda it: second_run.points_reached(it.again),
        ("second-run",),
    ),
    _valid(EXHAUSTION, "ready"),
    Check(
        "constant-delay",
        "the second wait is as long as the first",
        lambda it: runs.constant_delay([it.trial(RETRY), it.trial(EXHAUSTION)]),
        ("ready",),
    ),
    _valid(YEAR, "ready"),
    Check("attempts", "its account of attempts is true", lambda it: runs.account(it.trial(RETRY)), ("ready",)),
    Check("own-end", "its own record of the end is true", lambda it: runs.own_end(it.records), ("ready",)),
    Check("answers", "its driver answers in time, in the protocol's types", lambda it: it.answers(), ("ready",)),
    Check("counters", "memory and CPU are read", lambda it: runs.counters(it.trial(YEAR)), (YEAR,)),
    Check("metadata", "its metadata database is really used", _metadata, ("ready",)),
    Check(
        "own-folders",
        "it writes into its own folders alone",
        lambda it: stack.own_folders(it.served.stack.running.confinement()),
        ("ready",),
    ),
    Check("restart", "killed, it serves again", lambda it: life.serves_again(it.restart), ("ready", NOOP)),
    Check(
        "noop-imports",
        "noop imports nothing of the etl",
        lambda it: [*runs.valid(it.trial(AGAIN), it.log), *runs.imports(it.trial(AGAIN), it.manifest)],
        ("restart",),
    ),
    Check(
        "remembers",
        "after a restart it knows its runs",
        lambda it: life.remembers(it.restart, must=it.must_remember),
        ("restart",),
    ),
    crash("task-killed"),
    crash("cancelled"),
    Check("stop", "it ends when it is asked to", lambda it: life.stops(it.served.stack), ("ready",)),
    Check("clean-up", "nothing is left of it", lambda it: it.taken_down(), ("ready",)),
)
"""Those that look at a stack. What they find may be chance, so what fails is looked at twice."""
_LAST: tuple[Check[Subject], ...] = (
    Check("pages", "no link leads to a page that is gone", lambda it: links.pages(it.manifest), ("manifest",)),
    Check("filled-in", "nothing is left to be filled in", lambda it: folder.filled_in(it.folder)),
)
"""Last, though they take no stack: one needs a network, and a folder that `new` wrote runs before it is filled in."""
CHECKS = (*FILES, *STACKS, *_LAST)


def until(name: str | None) -> tuple[Check[Subject], ...]:
    """Return the checks up to the one of a name; all without one. Raises `Misuse` for a name that there is not."""
    names = [check.name for check in CHECKS]
    if name is None:
        return CHECKS
    if name not in names:
        raise Misuse(f"no check {name!r}; there are: {', '.join(names)}")
    return CHECKS[: names.index(name) + 1]
