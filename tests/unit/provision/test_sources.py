"""The files of an orchestrator's folder that a stack gets: its code, without files for the harness or for readers."""

import subprocess
from pathlib import Path

import pytest

from harness.orchestrators.discovery import discover
from harness.provision.sources import LineEndError, demand_unix_lines, sources


def test_a_change_of_notes_rebuilds_nothing(tmp_path: Path) -> None:
    for name in ("etl.py", "NOTES.md", "driver.py", "orchestrator.toml", "requirements.in"):
        (tmp_path / name).touch()
    assert [path.name for path in sources(tmp_path)] == ["etl.py"]


def test_the_scripts_are_named_with_the_command_that_fixes_them(tmp_path: Path) -> None:
    serve, wait, notes = tmp_path / "serve", tmp_path / "wait", tmp_path / "notes"
    serve.write_bytes(b"#!/bin/sh\r\necho served\r\n")
    wait.write_bytes(b"#!/usr/bin/env python\r\n")
    notes.write_bytes(b"only words\r\n")
    with pytest.raises(LineEndError, match=r"serve has Windows line endings .* \(and 1 more\)") as raised:
        demand_unix_lines([serve, wait, notes])
    subprocess.run(raised.value.remedy, shell=True, check=True)
    demand_unix_lines([serve, wait, notes])
    assert serve.read_bytes() == b"#!/bin/sh\necho served\n"


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\necho '\r\n'\n", b"\x7fELF\r\n"])
def test_other_files_are_ignored(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    demand_unix_lines([tmp_path / "file"])
    assert (tmp_path / "file").read_bytes() == content


def test_this_checkout_has_no_such_scripts() -> None:
    for manifest in discover():
        demand_unix_lines(sources(manifest.folder))
