"""Files of older formats are read like today's, and not changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks import edit_environment, write_benchmark

from harness.audit import audit
from harness.report.write import generated
from harness.results.environment import ENVIRONMENT
from harness.results.result import read_environment, read_result


def make_older(content: dict[str, Any], written_in: int) -> None:
    """Remove the fields that environments of an older format lacked."""
    content.update(format=written_in, carried_from=None)
    del content["choice"]
    for system in content["systems"]:
        del system["mode"], system["unsupported"], system["code_sha256"]
        for profile in system["profiles"].values():
            del profile["not_tried"]


@pytest.fixture(params=[2, 3])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    write_benchmark(tmp_path)
    edit_environment(tmp_path, lambda content: make_older(content, request.param))
    return tmp_path


def test_missing_values_are_those_that_applied_then(older: Path) -> None:
    environment = read_environment(older)
    assert environment.choice is None
    assert {(system.mode, len(system.unsupported)) for system in environment.systems} == {("server", 0)}
    assert all(not each.not_tried for system in environment.systems for each in system.profiles.values())


def test_it_passes_the_audit_has_a_report_and_keeps_its_bytes(older: Path) -> None:
    before = (older / ENVIRONMENT).read_bytes()
    result = read_result(older)
    assert audit(result) == []
    assert dict(generated(result))["table.md"]
    assert (older / ENVIRONMENT).read_bytes() == before


def test_a_file_that_lacks_more_than_its_format_is_refused(older: Path) -> None:
    content = json.loads((older / ENVIRONMENT).read_text())
    del content["systems"][1]["version"]
    (older / ENVIRONMENT).write_text(json.dumps(content))
    with pytest.raises(Exception, match=r"systems\.1\.version: Field required"):
        read_environment(older)
