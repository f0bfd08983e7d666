"""Links between committed documents: each leads to a committed file, and to an existing heading."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.paths import REPOSITORY
from harness.publish.site.document import read_document

_LINK = re.compile(r'<(?:a|img|source)\s[^>]*?(?:href|src|srcset)="([^"]+)"')
_ID = re.compile(r'\sid="([^"]+)"')
_LISTED = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
COMMITTED = [path for path in _LISTED.stdout.split("\0") if path]
DOCUMENTS = [path for path in COMMITTED if path.endswith(".md")]


def html_of(path: str) -> str:
    return read_document((REPOSITORY / path).read_text()).html


@pytest.mark.parametrize("path", DOCUMENTS)
def test_it_leads_to_a_committed_target(path: str) -> None:
    folders = {str(parent) for each in COMMITTED for parent in Path(each).parents}
    dead = []
    for link in _LINK.findall(html_of(path)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = os.path.normpath(Path(path).parent / name) if name else path
        there = target in COMMITTED or target in folders
        if not there or (anchor and target.endswith(".md") and anchor not in _ID.findall(html_of(target))):
            dead.append(link)
    assert dead == []
