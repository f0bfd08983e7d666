"""Leftovers of a stack are hostile input: links, FIFOs, folders or too many bytes in place of plain files.

The harness may be root, and a link of the stack can point to another user's files.
"""

import ctypes
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from orchestrators.passing import PassingDriver

from harness import untrusted
from harness.experiment.judgement import MOST_ATTEMPTS
from harness.experiment.plan import PlannedTrial
from harness.isolation.exchange import Exchange
from harness.isolation.process.sweep import end_round
from harness.measure import trial, warehouse
from harness.measure.event_file import EventsError, events_size, read_all_events
from harness.measure.golden_file import scenarios
from harness.measure.stack import Stack, wait_ready
from harness.measure.trial import Place, run_trial
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.driver import Attempt
from harness.provision.commands import last_lines
from harness.provision.process.user import User
from harness.provision.run_folders import Notes
from harness.results.records import TrialRecord

pytestmark = pytest.mark.first_in("process")

SECRET = b"somebody else's\n"
IPC_CREAT, IPC_RMID, IPC_PRIVATE = 0o1000, 0, 0


@dataclass(frozen=True)
class Elsewhere:
    """A file and a folder of another user, which must not change."""

    file: Path
    folder: Path

    def is_as_it_was(self) -> bool:
        return (
            self.file.read_bytes() == SECRET
            and stat.S_IMODE(self.file.stat().st_mode) == 0o600
            and stat.S_IMODE(self.folder.stat().st_mode) == 0o700
            and (self.folder / "kept").read_bytes() == SECRET
        )


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    there = Elsewhere(tmp_path / "elsewhere", tmp_path / "folder")
    there.file.write_bytes(SECRET)
    there.file.chmod(0o600)
    there.folder.mkdir(mode=0o700)
    (there.folder / "kept").write_bytes(SECRET)
    yield there
    assert there.is_as_it_was()


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    made = Exchange(tmp_path / "exchange")
    made.folder.mkdir()
    made.fill()
    return made


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero, which never ends
    except PermissionError:
        pytest.skip("ONLY ROOT CAN MAKE A DEVICE")


def make_full_folder(path: Path) -> None:
    (path / "deep" / "down").mkdir(parents=True)
    (path / "deep" / "kept").write_bytes(b"x")


def make_socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o666)


Make = Callable[[Path, Elsewhere], Any]
ODD: dict[str, Make] = {
    "a symbolic link": lambda path, there: path.symlink_to(there.file),
    "a symbolic link to a folder": lambda path, there: path.symlink_to(there.folder),
    "a symbolic link to nowhere": lambda path, there: path.symlink_to(there.folder / "nowhere"),
    "a FIFO": lambda path, _: os.mkfifo(path),
    "a socket": lambda path, _: make_socket(path),
    "a device": lambda path, _: make_device(path),
    "a folder": lambda path, _: make_full_folder(path),
    "a file with a second name": lambda path, there: os.link(there.file, path),
}


def put(kind: str, path: Path, there: Elsewhere) -> str:
    """Replace a path with something unexpected. Return the words that must describe it."""
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    ODD[kind](path, there)
    return kind.partition(" to ")[0]


@pytest.mark.parametrize("kind", ODD)
def test_a_replaced_event_file_is_neither_read_nor_written(kind: str, exchange: Exchange, elsewhere: Elsewhere) -> None:
    words = put(kind, exchange.events, elsewhere)
    for look in (lambda: read_all_events(exchange.events), lambda: events_size(exchange.events)):
        with pytest.raises(EventsError, match=f"events.jsonl is {words}"):
            look()
    exchange.clear()
    assert read_all_events(exchange.events) == []
    assert not exchange.events.is_symlink()
    assert stat.S_IMODE(exchange.events.stat().st_mode) == 0o666


@pytest.mark.parametrize("kind", ODD)
def test_a_replaced_file_of_faults_is_reported_and_removed(kind: str, exchange: Exchange, elsewhere: Elsewhere) -> None:
    words = put(kind, exchange.faults, elsewhere)
    assert f"faults.json is {words}" in exchange.odd_faults()["faults.json"]
    exchange.set_faults([{"trial": "t"}])
    assert exchange.faults.read_text() == '[{"trial": "t"}]'
    assert exchange.odd_faults() == {}


@pytest.mark.parametrize("kind", [kind for kind in ODD if kind != "a folder"])
def test_a_replaced_output_folder_is_reported_and_removed(kind: str, exchange: Exchange, elsewhere: Elsewhere) -> None:
    put(kind, exchange.output, elsewhere)
    with pytest.raises(untrusted.OddFile, match=r"output is .*, expected a folder"):
        untrusted.names_in(exchange.output, 10)
    untrusted.make_empty(exchange.output, 0o777)
    assert list(exchange.output.iterdir()) == []
    assert stat.S_IMODE(exchange.output.lstat().st_mode) == 0o777


@pytest.mark.parametrize("kind", ODD)
def test_links_in_the_output_folder_are_removed_but_not_their_targets(
    kind: str, exchange: Exchange, elsewhere: Elsewhere
) -> None:
    ODD[kind](exchange.output / "flight-all.parquet", elsewhere)
    (exchange.output / "in").mkdir()
    exchange.output.chmod(0o700)
    ODD[kind](exchange.output / "in" / "there", elsewhere)
    untrusted.make_empty(exchange.output, 0o777)
    assert list(exchange.output.iterdir()) == []
    assert stat.S_IMODE(exchange.output.stat().st_mode) == 0o777


def test_a_folder_that_is_too_deep_for_any_path_is_removed(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    folder = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    untrusted.remove(top)
    assert not top.exists()


def test_folders_without_permissions_are_removed(tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / "shut" / "within").mkdir(parents=True)
    (top / "shut" / "within" / "file").touch()
    (top / "shut" / "within").chmod(0)
    (top / "shut").chmod(0)
    untrusted.remove(top)
    assert not top.exists()


def test_a_name_that_is_not_text_can_be_reported(exchange: Exchange) -> None:
    (exchange.output / os.fsdecode(b"\xff")).touch()
    assert untrusted.names_in(exchange.output, 10) == {r"\xff": untrusted.FILE}


def test_too_many_events_are_not_read(exchange: Exchange) -> None:
    with exchange.events.open("r+b") as file:
        file.truncate(8 << 30)
    before = time.process_time()
    for look in (lambda: read_all_events(exchange.events), lambda: events_size(exchange.events)):
        with pytest.raises(EventsError, match=r"events.jsonl has 8,589,934,592 bytes, expected at most 262,144"):
            look()
    assert time.process_time() - before < 1


def test_lines_of_a_log_stay_short() -> None:
    assert last_lines(b"one\ntwo\n") == "one\ntwo"
    assert len(last_lines(b"x" * (30 << 20))) < 2000
    assert len(last_lines(b"\n".join([b"x" * 5000] * 100))) < 40_000


def segment() -> tuple[int, bytes]:
    """Make a segment of shared memory that nothing is attached to. Return its id, and its line of a pid file."""
    made = ctypes.CDLL(None).shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0o600)
    assert made >= 0
    return made, b"%d %d" % (segments()[made], made)


def segments() -> dict[int, int]:
    """Return the key of each segment of this machine, by its id."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {int(line.split()[1]): int(line.split()[0]) for line in lines}


@pytest.mark.parametrize("whose", ["another's", "its own"])
def test_only_a_segment_of_the_stacks_user_is_freed(tmp_path: Path, whose: str) -> None:
    made, line = segment()
    try:
        data = tmp_path / "a" / "postgres-warehouse"
        data.mkdir(parents=True)
        (data / "postmaster.pid").write_bytes(b"\n".join([b"1", b"", b"", b"", b"", b"", line, b"ready"]))
        uid = os.geteuid() if whose == "its own" else os.geteuid() + 1
        end_round(tmp_path / "a", User("stack", uid, uid))
        assert (made in segments()) == (whose == "another's")
    finally:
        ctypes.CDLL(None).shmctl(made, IPC_RMID, None)


@pytest.mark.parametrize("kind", [*ODD, "garbage"])
def test_a_replaced_pid_file_keeps_no_round_from_ending(kind: str, tmp_path: Path, elsewhere: Elsewhere) -> None:
    data = tmp_path / "a" / "postgres-warehouse"
    data.mkdir(parents=True)
    if kind == "garbage":
        (data / "postmaster.pid").write_bytes(b"\xff x\n" * 10)
    else:
        ODD[kind](data / "postmaster.pid", elsewhere)
    end_round(tmp_path / "a", User("me", os.getuid(), os.getgid()))
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("kind", [*ODD, "garbage"])
def test_replaced_notes_of_a_round_are_ignored(kind: str, tmp_path: Path, elsewhere: Elsewhere) -> None:
    notes = Notes.of(tmp_path / "a")
    if kind == "garbage":
        notes.path.write_bytes(b"\xff x\n" * 10)
    else:
        ODD[kind](notes.path, elsewhere)
    assert notes.read() == []


def run(stack: Stack, name: str) -> TrialRecord:
    planned = PlannedTrial("noop", cold=False, phase_offset_s=0)
    return run_trial(stack, Place(1, "leftovers", name), planned, scenarios()["noop"], None)


def inside(stack: Stack, script: str, *arguments: str) -> int:
    """Run a script as the stack's user, with the stack's variables."""
    code, _said = stack.running.confinement().run("sh", "-c", script, "sh", *arguments)
    return code


class Meddler(PassingDriver):
    """Does something once a run has ended."""

    def __init__(self, driver: Any, meddle: Callable[[], Any]) -> None:
        super().__init__(driver)
        self._meddle = meddle

    def attempts(self, run: str) -> Any:
        told = self._driver.attempts(run)
        return self._meddle() or told


@pytest.mark.parametrize("variable", ["ORCHBENCH_OUTPUT", "ORCHBENCH_EVENTS", "ORCHBENCH_FAULTS"])
def test_a_link_in_the_exchange_invalidates_its_trial_but_not_the_next(
    stack: Stack, variable: str, elsewhere: Elsewhere
) -> None:
    target = elsewhere.folder if variable == "ORCHBENCH_OUTPUT" else elsewhere.file
    code = None

    def link() -> None:
        nonlocal code
        code = inside(stack, f'rm -rf "${variable}"; ln -sT "$1" "${variable}"', str(target))

    meddled = run(replace(stack, driver=BoundedDriver(Meddler(stack.driver.driver, link))), f"meddled-{variable}")
    if code == 0:
        assert meddled.outcome == "invalid", meddled.reason
        assert "is a symbolic link" in meddled.reason
    else:
        assert stack.running.exchange.folder.stat().st_mode & stat.S_ISVTX, "another user may not even do that"
    following = run(stack, f"following-{variable}")
    assert (following.outcome, following.reason) == ("valid", "")


def test_too_many_events_invalidate_a_trial_and_its_record_stays_small(stack: Stack) -> None:
    def write_much() -> None:
        inside(stack, 'truncate -s 150M "$ORCHBENCH_EVENTS"')

    record = run(replace(stack, driver=BoundedDriver(Meddler(stack.driver.driver, write_much))), "much")
    assert record.outcome == "invalid", record.reason
    assert "events.jsonl has 157,286,400 bytes, expected at most 262,144" in record.reason
    assert len(record.model_dump_json()) < 10_000


def test_too_many_attempts_fail_a_trial_and_its_record_stays_small(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "ACCOUNT_LIMIT_S", 0.5)
    account = [Attempt("load" * 1000, number, succeeded=True) for number in range(100_000)]
    record = run(replace(stack, driver=BoundedDriver(Meddler(stack.driver.driver, lambda: account))), "account")
    assert record.outcome == "failed", record.reason
    assert record.reason == f"the tool reports more than {MOST_ATTEMPTS} attempts"
    assert len(record.model_dump_json()) < 50_000


def test_a_file_that_is_too_large_is_not_read_as_parquet(stack: Stack) -> None:
    output = stack.running.exchange.output
    warehouse.reset(stack.running.warehouse, output)
    inside(stack, 'truncate -s 8G "$ORCHBENCH_OUTPUT/flight-2013-01.parquet"')
    found = warehouse.verify(stack.running.warehouse.own_url, output, "2013-01").difference
    assert "flight-2013-01.parquet: cannot be read: flight-2013-01.parquet has 8,589,934,592 bytes" in found
    warehouse.reset(stack.running.warehouse, output)


def test_a_log_that_became_a_link_is_not_written_by_the_next_start(
    isolation, stack: Stack, elsewhere: Elsewhere
) -> None:
    if isolation.kind != "process":
        pytest.skip("the log of a container is the engine's")
    running = stack.running
    running.kill()
    log = running.exchange.folder.parent / "serve.log"
    log.unlink()
    log.symlink_to(elsewhere.file)
    with pytest.raises(untrusted.OddFile, match=r"serve.log is a symbolic link"):
        running.start()
    assert "serve.log is a symbolic link" in running.log()
    log.unlink()
    wait_ready(stack, running.start())


def test_a_rounds_user_can_not_write_into_the_folder_of_the_round(isolation, stack: Stack) -> None:
    if isolation.kind != "process":
        pytest.skip("a container sees its exchange folder alone")
    if os.geteuid() != 0:
        pytest.skip("ONLY ROOT HAS ANOTHER USER TO SERVE STACKS")
    folder = stack.running.exchange.folder.parent
    for name in ("serve.log", "supervisor.py", "exchange", "state", "postgres-warehouse"):
        assert inside(stack, 'mv "$1" "$1.old"', str(folder / name)) != 0
    assert inside(stack, 'touch "$1"', str(folder / "inside.py.new")) != 0
    assert inside(stack, 'touch "$ORCHBENCH_STATE/mine" "$HOME/mine" "$TMPDIR/mine"') == 0
