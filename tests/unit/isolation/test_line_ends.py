"""Scripts with Windows line ends are refused before anything is built."""

import subprocess
from pathlib import Path

import pytest

from harness.isolation.sources import LineEndError, demand_unix_lines, sources
from harness.orchestrators.discovery import discover


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
