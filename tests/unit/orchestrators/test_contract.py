"""The page about the contract is complete, compared with the code."""

import re
from dataclasses import fields

from systems import BASELINE

from harness.experiment.timeline import Event
from harness.isolation.places import Places, variables
from harness.orchestrators.contender import Contender
from harness.orchestrators.discovery import discover
from harness.orchestrators.driver import Cancels, Driver, FindsRuns, RunState, TriggersOnce
from harness.orchestrators.manifest import Manifest, Profile, Setting, Unsupported
from harness.paths import REPOSITORY
from reference import probe

PAGE = (REPOSITORY / "docs" / "contribute" / "contract.md").read_text()
NAMED = {word for code in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"\w+", code)}


def test_the_page_has_exactly_the_fields_of_a_manifest() -> None:
    own_tables = PAGE.partition("\n## The manifest")[2].partition("\n## Fairness")[0]
    told = set(re.findall(r"^\| `(\w+)` \|", own_tables, re.MULTILINE))
    assert told == (Manifest.model_fields.keys() | Profile.model_fields.keys()) - {"folder"}
    assert Setting.model_fields.keys() | Unsupported.model_fields.keys() <= NAMED


def test_every_variable_is_on_the_page() -> None:
    found = variables(Contender(BASELINE, "defaults"), {}, Places("", 1, "", "", "", "", metadata="a"))
    assert {name for name in found if name.startswith("ORCHBENCH_")} <= NAMED


def test_every_method_of_a_driver_is_on_the_page() -> None:
    methods = {
        name for each in (Driver, FindsRuns, Cancels, TriggersOnce) for name in vars(each) if not name.startswith("_")
    }
    assert {"ready", "cancel"} < methods <= NAMED
    assert {state.name for state in RunState} <= NAMED


def test_every_field_of_an_event_and_every_fault_is_on_the_page() -> None:
    assert {field.name for field in fields(Event)} <= NAMED
    assert probe._FAULTS.keys() | {"raise"} <= NAMED


def test_every_orchestrator_has_the_required_files() -> None:
    needed = re.findall(r"^\| `([\w.]+)` \|.*\| yes \|$", PAGE, re.MULTILINE)
    assert "serve" in needed
    for manifest in discover():
        assert [name for name in needed if not (manifest.folder / name).is_file()] == []
