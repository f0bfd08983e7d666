"""Benchmarks that are killed, interrupted, resumed or refused, with the whole command line."""

import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkouts import Checkout, copy_checkout
from orchestrators.assembled import BASELINE, assemble
from situations import containers

from harness.isolation.docker.isolation import Containers
from harness.isolation.protocol import Isolation
from harness.labs.report_files import write_table
from harness.machine.host_lock import exclusive
from harness.results.environment import ENVIRONMENT
from harness.results.result import read_result

pytestmark = [pytest.mark.integration, pytest.mark.first_in("process")]


@dataclass(frozen=True)
class Bench:
    """The command line in a copy of this checkout, and a function that finds its leftovers on this machine."""

    checkout: Checkout
    arguments: tuple[str, ...]
    leftovers: Callable[[], list[str]]


@pytest.fixture
def bench(tmp_path: Path, isolation: Isolation, build) -> Bench:
    build(BASELINE)
    kind = isolation.kind
    arguments = ("bench", "--preset", "smoke", "--only", BASELINE.name, "--seed", "1", "--isolation", kind)
    checkout = copy_checkout(tmp_path)
    return Bench(checkout, arguments, containers if isinstance(isolation, Containers) else checkout.rounds)


def test_killed_interrupted_and_resumed_it_ends_with_a_full_table(bench: Bench) -> None:
    checkout = bench.checkout
    readme = checkout.folder / "README.md"
    published = readme.read_bytes()
    process = checkout.start(*bench.arguments)
    checkout.wait_for_trials(1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert bench.leftovers(), "a killed harness cannot clean up; if it could, this test would show nothing"

    before = checkout.trials()
    process = checkout.start("bench", "--resume", *bench.arguments[-2:])
    checkout.wait_for_trials(before + 1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Removed " in output
    assert "orchbench bench --resume" in output
    assert "Traceback" not in output
    assert bench.leftovers() == []

    (folder,) = checkout.results()
    kept = [record for record in read_result(folder).records if record.kind == "trial"]
    assert len(kept) >= 2
    assert len({record.round for record in kept}) == len({record.trial.rsplit("-", 2)[0] for record in kept})

    with on_another_machine(folder):
        code, output = checkout.run("bench", "--resume", *bench.arguments[-2:])
    assert code == 2
    assert "cannot be resumed: it was measured on another machine" in output.replace("\n", " ")

    code, output = checkout.run("bench", "--resume", *bench.arguments[-2:])
    assert code == 0, output
    assert bench.leftovers() == []
    assert all(record in read_result(folder).records for record in kept), "a record was lost"

    table = (folder / "table.md").read_bytes()
    (folder / "table.md").unlink()
    write_table(folder)
    assert (folder / "table.md").read_bytes() == table
    body = table.partition(b"<details>")[0]
    rows = [line for line in body.splitlines() if line.startswith(b"| ") and not line.startswith((b"| |", b"| **"))]
    assert len(rows) > 10
    assert [row for row in rows if b"| |" in row] == [], "a cell is empty"
    assert readme.read_bytes() == published, "a benchmark writes into its own folder only"


@contextmanager
def on_another_machine(folder: Path) -> Iterator[None]:
    """Make a benchmark's environment name another processor for a while."""
    path = folder / ENVIRONMENT
    mine = path.read_text()
    other = json.loads(mine)
    other["machine"]["cpu_model"] = "another"
    path.write_text(json.dumps(other))
    yield
    path.write_text(mine)


def test_only_the_stack_that_never_gets_ready_fails_and_its_log_is_shown(bench: Bench) -> None:
    checkout = bench.checkout
    mute = assemble("mute", checkout.folder / "pipelines")
    code, output = checkout.run(*bench.arguments, "--only", mute.name)
    assert code == 1, output
    assert "not ready after 12 s" in output
    assert "this server never listens" in output
    (folder,) = checkout.results()
    rounds = {each.orchestrator: each for each in read_result(folder).records if each.kind == "round"}
    assert rounds[BASELINE.name].failure == ""
    assert rounds[mute.name].failure.startswith("not ready after 12 s (last error from the driver's `ready`: ")
    assert any("this server never listens" in line for line in rounds[mute.name].log)
    assert "failed: not ready after 12 s" in (folder / "table.md").read_text()
    assert bench.leftovers() == []


def test_a_second_harness_is_refused(bench: Bench) -> None:
    checkout = bench.checkout
    with exclusive():
        code, output = checkout.run(*bench.arguments)
    assert code == 2
    assert "another orchbench is running" in output


def test_a_used_port_is_not_taken(serve) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serve(BASELINE, port=port) as stack:
            assert not stack.running.endpoint.url.endswith(f":{port}")
