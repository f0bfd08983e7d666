"""Follows the tutorial literally: writes its files and runs its commands in a copy of this checkout."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from checkouts import Checkout
from markdown_it import MarkdownIt

from harness.measure.golden_file import scenarios
from harness.paths import REPOSITORY
from harness.results.result import read_result

pytestmark = pytest.mark.conformance
PAGE = REPOSITORY / "docs" / "contribute" / "add-a-tool.md"
MOST_COMMANDS = 10
LIMIT_S = 300
BY_HAND = "by hand"
"""Marks commands that are not run here, because they take as long as the whole suite."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the words after that, and its lines."""

    language: str
    about: str
    text: str


def blocks() -> Iterator[Block]:
    for token in MarkdownIt().parse(PAGE.read_text()):
        if token.type == "fence":
            language, _, about = token.info.partition(" ")
            yield Block(language, about, token.content)


def follow(block: Block, checkout: Checkout) -> None:
    """Write a block's file, or run its commands and compare their output with the lines that it shows."""
    if block.about == BY_HAND:
        return
    if block.language != "console":
        (checkout.folder / block.about).parent.mkdir(exist_ok=True)
        (checkout.folder / block.about).write_text(block.text)
        return
    commands = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
    shown = [line for line in block.text.splitlines() if not line.startswith("$ ")]
    printed = ""
    for command in commands:
        code, output = run(command, checkout)
        fails = block.about == "fails" and command == commands[-1]
        assert (code == 0) != fails, f"{command}\n{output}"
        printed += " ".join(output.split())
    assert [line for line in shown if " ".join(line.split()) not in printed] == [], printed


def run(command: str, checkout: Checkout) -> tuple[int, str]:
    programs = checkout.folder.parent / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "orchbench").write_text(f'#!/bin/sh\nexec {sys.executable} -m harness.cli "$@"\n')
    (programs / "orchbench").chmod(0o755)
    begun = time.monotonic()
    process = subprocess.Popen(
        # As a reader types it, except for the preset.
        command.replace("--preset quick", "--preset smoke"),
        shell=True,
        cwd=checkout.folder,
        env={**checkout.environment, "PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        raise AssertionError(f"`{command}` did not end in {LIMIT_S} s:\n{output}") from None
    print(f"{time.monotonic() - begun:5.1f} s  {command}")
    return process.returncode, output


def test_the_tutorial_leads_to_a_row_in_the_table(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / "pipelines" / "huey", ignore_errors=True)
    before = {path.name for path in (checkout.folder / "pipelines").iterdir()}
    for block in blocks():
        follow(block, checkout)
    assert {path.name for path in (checkout.folder / "pipelines").iterdir()} - before == {"huey"}
    (folder,) = checkout.results()
    checkout.demand_green("huey")
    trials = [each for each in read_result(folder).records if each.kind == "trial" and each.orchestrator == "huey"]
    # The preset for tests runs the cold `etl` and the failures. `noop` was checked before.
    assert {trial.scenario for trial in trials} == scenarios().keys() - {"noop"}
    assert [(trial.scenario, trial.outcome, trial.reason) for trial in trials if trial.outcome != "valid"] == []


def test_it_takes_few_commands() -> None:
    consoles = [block.text for block in blocks() if block.language == "console" and block.about != BY_HAND]
    commands = [line for text in consoles for line in text.splitlines()]
    assert sum(line.startswith("$ ") for line in commands) <= MOST_COMMANDS
