"""The disk of the results fills up, or the terminal closes: recorded trials stay, and the benchmark can be resumed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from checkouts import BENCH, Checkout
from lacking import lacks

from harness.audit import audit
from harness.results.records import TrialRecord
from harness.results.result import read_result


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Give a folder a separate small disk."""
    command = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        lacks("the right to mount", done.stderr)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill a disk to the last byte."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return path


def on_a_terminal_that_goes(checkout: Checkout, *arguments: str, after: bytes) -> int:
    """Run a command in a terminal that closes once it has shown some words. Return the exit code."""
    ours, its = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", *arguments],
        cwd=checkout.folder,
        env=checkout.environment,
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    shown = b""
    try:
        while after not in shown:
            shown += os.read(ours, 4096)
        os.close(ours)
        return process.wait(300)
    except BaseException:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        raise


def test_a_full_disk_and_a_lost_terminal_cost_no_record(checkout: Checkout) -> None:
    results = checkout.folder / "results"
    with small_disk(results):
        process = checkout.start(*BENCH)
        checkout.wait_for_trials(1)
        filler = fill(results)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 1, output
        assert "cannot write a record (" in output
        assert "Free some disk space, then resume" in output
        assert "try: orchbench bench --resume" in output
        assert "Traceback" not in output
        (folder,) = checkout.results()
        kept = read_result(folder)
        assert {record.kind for record in kept.records} >= {"trial"}
        assert [record for record in kept.records if record.kind == "round"] == [], "a round that was lost was not run"
        assert audit(kept) == []
        filler.unlink()

        on_a_terminal_that_goes(checkout, "bench", "--resume", after=b"valid")
        whole = read_result(folder)
        assert whole.environment.ended_s is not None
        assert whole.records[: len(kept.records)] == kept.records
        assert [record.failure for record in whole.records if record.kind == "round"] == [""]
        assert audit(whole) == []
        trials = [record.outcome for record in whole.records if isinstance(record, TrialRecord)]
        assert set(trials) == {"valid"}
        assert f"{len(trials)} of {len(trials)} |" in (folder / "table.md").read_text()
    assert checkout.rounds() == []
