"""From the arguments to the exit code: users never see a traceback, whatever a machine or a command does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import write_benchmark

from harness.paths import REPOSITORY

RAISE = """
import sys
from harness.cli import app, commands

@commands.app.command()
def boom():
    {statement}

sys.argv = ["orchbench", "boom"]
app.main()
"""


def python(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def orchbench(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "harness.cli", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("raise ValueError('a [/bracket] and\\nmore')", "failed ValueError: a [/bracket] and more"),
        ("open('/nowhere/file')", "failed [Errno 2] No such file or directory: '/nowhere/file'"),
        ("raise OSError(28, 'No space left on device')", "failed [Errno 28] No space left on device"),
        ("raise SystemExit(0)", "failed SystemExit: 0"),
        ("raise BaseException('a panic')", "failed BaseException: a panic"),
    ],
)
def test_an_unexpected_error_is_one_sentence_and_a_file(statement: str, sentence: str, tmp_path: Path) -> None:
    done = python(RAISE.format(statement=statement), TMPDIR=str(tmp_path))
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first == sentence
    named = re.search(r"traceback: (\S+)", second)
    assert named
    assert Path(named[1]).read_text().startswith("Traceback")


def test_the_sentence_remains_if_the_file_cannot_be_written() -> None:
    code = "import tempfile; tempfile.tempdir = '/nowhere'\n" + RAISE.format(statement="raise ValueError('why')")
    done = python(code)
    assert (done.returncode, done.stderr) == (1, "failed ValueError: why\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="NO /dev/full TO WRITE TO")
def test_the_exit_code_remains_if_nothing_can_be_printed() -> None:
    with Path("/dev/full").open("w") as full:
        code = RAISE.format(statement="raise ValueError('why')")
        done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, stderr=full, check=False)
    assert done.returncode == 1


def test_ctrl_c_in_a_command_ends_with_130() -> None:
    done = python(RAISE.format(statement="import os, signal; os.kill(os.getpid(), signal.SIGINT)"))
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
def test_other_termination_signals_act_like_ctrl_c(name: str) -> None:
    done = python(RAISE.format(statement=f"import os, signal; os.kill(os.getpid(), signal.{name})"))
    assert (done.returncode, done.stderr) == (130, "")


def test_a_terminal_that_closes_twice_does_not_interrupt_the_end() -> None:
    statement = """import os, signal
    try:
        os.kill(os.getpid(), signal.SIGHUP)
    finally:
        for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
            os.kill(os.getpid(), number)
        print("taken down")"""
    done = python(RAISE.format(statement=statement))
    assert (done.returncode, done.stdout, done.stderr) == (130, "taken down\n", "")


def test_a_ctrl_c_that_a_library_turns_into_an_error_is_one_line() -> None:
    statement = """import os, signal
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt as interrupt:
        raise ValueError("no schema: KeyboardInterrupt") from interrupt"""
    done = python(RAISE.format(statement=statement))
    assert done.returncode == 130
    (line,) = done.stderr.splitlines()
    assert line.startswith("Interrupted. Traceback: /")


@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP", "SIGQUIT"])
def test_ignored_signals_stay_ignored(name: str) -> None:
    code = f"import signal; signal.signal(signal.{name}, signal.SIG_IGN)\n"
    statement = f"import os, signal; os.kill(os.getpid(), signal.{name}); print('goes on')"
    done = python(code + RAISE.format(statement=statement))
    assert (done.returncode, done.stdout) == (0, "goes on\n")


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["list", "--settings", "plain"]])
def test_a_reader_that_exits_is_not_an_error(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", *arguments],
        cwd=REPOSITORY,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("both", [False, True])
def test_a_measurement_continues_without_a_reader(tmp_path: Path, both: bool) -> None:
    statement = f"""from harness.cli.console import out
    out.goes_on_unread = True
    for number in range(3):
        out.print(number)
    open({str(tmp_path / "measured")!r}, "w").close()"""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", RAISE.format(statement=statement)],
        cwd=REPOSITORY,
        stdout=write,
        stderr=write if both else subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, (tmp_path / "measured").exists()) == (0, True)
    if not both:
        assert done.stderr == "note: standard output was closed, and the command continues without it\n"


def test_an_exit_code_does_not_depend_on_the_reader(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "harness.cli", "audit", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.returncode == 0, done.stderr


def test_a_closed_terminal_changes_no_exit_code() -> None:
    statement = """import sys
    sys.stdin.readline()
    from harness.errors import Misuse
    raise Misuse("this is read by nobody", remedy="nor is this")"""
    controller, terminal = os.openpty()
    command = [sys.executable, "-c", RAISE.format(statement=statement)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        os.close(controller)
        process.communicate(b"\n")
    assert process.returncode == 2


ENCODINGS = [
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
]


def test_no_locale_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "results" / "sound"
    write_benchmark(folder, laps=4)
    assert orchbench("report", str(folder), LC_ALL="C.UTF-8").returncode == 0
    table = (folder / "table.md").read_bytes()
    for environment in ENCODINGS:
        (folder / "table.md").unlink()
        done = orchbench("report", str(folder), **environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert (folder / "table.md").read_bytes() == table


def test_closed_streams_are_not_an_error() -> None:
    done = subprocess.run(
        f"exec {sys.executable} -m harness.cli list <&- >&- 2>&-", shell=True, cwd=REPOSITORY, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("given", "statement", "printed"),
    [
        ({"HTTP_PROXY": "http://proxy:1"}, "print(os.environ['NO_PROXY'])", "localhost,127.0.0.1,::1"),
        ({"PGSSLMODE": "verify-full"}, "print(os.environ.get('PGSSLMODE'))", "None"),
        ({}, "print(oct(os.umask(0o077)))", "0o22"),
    ],
)
def test_the_environment_of_a_command_is_normalized(given: dict[str, str], statement: str, printed: str) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        given.setdefault(name, "")
    done = python("import os; os.umask(0o077)\n" + RAISE.format(statement=f"import os; {statement}"), **given)
    assert (done.returncode, done.stdout.strip()) == (0, printed), done.stderr


def test_no_command_shows_the_help() -> None:
    done = orchbench()
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: orchbench")
