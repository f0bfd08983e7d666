"""Servers are ranked among servers and libraries among libraries. The baseline and emulators are not ranked."""

import json
from dataclasses import replace

import pytest
from samples import laps, once, result, trial
from stamps import run

from harness.cli.as_json import of_result
from harness.labs.latency.terminal import fitted, rows_of
from harness.orchestrators.manifest import RETRY_DELAY
from harness.publish.conclusions import render_reading
from harness.publish.first_screen import render_headline
from harness.report.lineup import lineup_of
from harness.report.machine_readable import badge_json
from harness.report.markdown import render_tables
from harness.report.measures import MEASURES
from harness.report.page.data import page_data
from harness.report.page.render import render_page
from harness.report.sentences import asides, sentences
from harness.report.settings import render_settings
from harness.results.environment import UnsupportedScenario
from harness.results.records import CodeRecord, Record
from harness.results.result import Result

TOTALS_MS = {"floor": 2600, "tool": 4000, "slow": 9000, "shelf": 3000, "double": 2700, "script": 3500}
"""`script` is a command, `shelf` a library, `double` an emulator, and all are faster than either server."""


def measured(*names: str) -> Result:
    return result(*names, records=[record for name in names for record in [*once(name), *laps(name, TOTALS_MS[name])]])


MIXED = measured("floor", "slow", "shelf", "double", "tool")
SERVERS = measured("floor", "slow", "tool")


def ranks(shown: Result) -> list[tuple[str, int | None]]:
    lineup = lineup_of(shown)
    return [(row.system.name, standing.rank if (standing := lineup.standing(row)) else None) for row in lineup.ordered]


def test_each_mode_has_a_separate_ranking_and_an_emulator_has_none() -> None:
    assert ranks(MIXED) == [("floor", None), ("tool", 1), ("slow", 2), ("shelf", 1), ("double", None)]


def test_a_faster_library_takes_no_rank_from_a_server() -> None:
    assert ranks(SERVERS) == [("floor", None), ("tool", 1), ("slow", 2)]


def test_a_command_is_ranked_neither_with_servers_nor_with_libraries() -> None:
    shown = measured("floor", "shelf", "script", "tool")
    assert ranks(shown) == [("floor", None), ("tool", 1), ("script", 1), ("shelf", 1)]
    table = render_tables(lineup_of(shown))
    assert "[defaults](settings.md#script-defaults) (command)" in table
    assert "Servers, commands and libraries are ranked separately." in table
    assert "Script with 1.7 s among commands" in sentences(lineup_of(shown))[0]
    assert "A command is a process per run" in render_reading(lineup_of(shown), "x/")
    assert "A command is a process per run" not in render_reading(lineup_of(MIXED), "x/")


def test_a_single_emulator_is_not_ranked_either() -> None:
    assert ranks(measured("floor", "double")) == [("floor", None), ("double", None)]
    assert json.loads(badge_json(lineup_of(measured("floor", "double"))))["message"] == "no ranked system"


def test_no_system_is_compared_with_another_mode() -> None:
    lineup = lineup_of(MIXED)
    for row in lineup.rows:
        standing = lineup.standing(row)
        beside = {lineup.rows[other].system.mode for other in standing.inseparable} if standing else set()
        assert beside <= {row.system.mode}
    alike = result("tool", "shelf", records=[*laps("tool", 4000), *renamed(laps("tool", 4000), "shelf")])
    said = " ".join(sentences(lineup_of(alike)))
    assert "Too close to call" not in said
    assert "tied with" not in said


def renamed(records: list[Record], name: str) -> list[Record]:
    return [record.model_copy(update={"orchestrator": name}) for record in records]


def test_sentences_name_each_mode_and_say_why_an_emulator_is_not_ranked() -> None:
    assert sentences(lineup_of(MIXED))[0] == (
        "Lowest overhead per `etl` run: Tool with 2.2 s among servers and Shelf with 1.2 s among libraries."
    )
    assert ("Double is an emulator: its figures say nothing about the real service, so it is not ranked.") in asides(
        lineup_of(MIXED)
    )


def test_every_table_names_the_mode_and_gives_an_emulator_no_rank() -> None:
    table = render_tables(lineup_of(MIXED))
    assert "[Shelf](../../pipelines/shelf/NOTES.md) [defaults](settings.md#shelf-defaults) (library)" in table
    run = next(line for line in table.splitlines() if line.startswith("| [Double]"))
    assert "| not ranked |" in run
    assert "Servers and libraries are ranked separately. Emulators are not ranked." in table


@pytest.mark.parametrize(
    "shown",
    [
        render_headline(lineup_of(SERVERS)),
        render_tables(lineup_of(SERVERS)),
        render_page(lineup_of(SERVERS)),
        render_reading(lineup_of(SERVERS), "x/"),
    ],
)
def test_if_all_are_servers_nothing_is_said_about_modes(shown: str) -> None:
    assert "(server)" not in shown
    assert "**Servers**" not in shown
    assert "ranked separately" not in shown
    assert "emulator, so" not in shown


def test_the_page_has_no_verdict_between_modes() -> None:
    rows = lineup_of(MIXED).rows
    data = page_data(lineup_of(MIXED))
    names = [row.system.name for row in rows]
    assert [each["name"] for each in data["systems"]] == [row.label for row in rows]
    assert rows[-1].label == "Double defaults (emulator)"
    lower = dict(zip(names, data["entries"]["etl_total_s"]["lower"], strict=True))
    told = {name: None if below is None else {names[other] for other in below} for name, below in lower.items()}
    assert told == {
        "floor": None,
        "tool": set(),
        "slow": {"tool"},
        "shelf": set(),
        "double": None,
    }
    rankings = {each["tool"]: each["ranking"] for each in data["systems"]}
    assert rankings == {"floor": None, "tool": 0, "slow": 0, "shelf": 1, "double": None}


def test_programs_and_terminals_get_the_mode() -> None:
    systems = {each["system"]: each for each in of_result(MIXED)["systems"]}
    assert (systems["shelf"]["mode"], systems["double"]["rank"]) == ("library", None)
    names = [row.split("  ")[0] for row in fitted([*rows_of(lineup_of(MIXED))], 120)]
    modes = ["Servers", "Tool", "Slow", "Libraries", "Shelf", "Emulators, not ranked", "Double"]
    assert names == ["", "Floor", *modes]
    assert json.loads(badge_json(lineup_of(MIXED)))["message"] == "lowest overhead: Tool defaults (server), 2.2 s"


def test_the_conclusions_say_so() -> None:
    page = render_reading(lineup_of(MIXED), "x/")
    assert "**Anything across deployment types.**" in page
    assert "**How fast a service is, from its emulator** (Double)" in page


def test_an_order_is_stated_if_several_of_a_mode_are_tuned() -> None:
    names = ("floor", "tool", "slow", "shelf")
    records = [record for name in names for record in laps(name, TOTALS_MS[name])]
    alone = result(*names, records=[record.model_copy(update={"profile": "tuned"}) for record in records])
    both = [
        system.model_copy(update={"profiles": dict.fromkeys(("defaults", "tuned"), system.profiles["defaults"])})
        for system in alone.environment.systems
    ]
    page = render_reading(
        lineup_of(replace(alone, environment=alone.environment.model_copy(update={"systems": both}))), "x/"
    )
    assert "as follows. Servers: Tool, Slow." in page
    assert "Libraries:" not in page


def test_a_tool_without_a_retry_delay_says_so_with_its_page() -> None:
    lack = UnsupportedScenario(reason="a retry starts at once", docs="https://example.org/retry")
    spans = run(("load", 1100, 1200, 1, "failure"), ("load", 1400, 1500, 2, "success"))
    before = result("tool", records=[trial("tool", "retry", events=spans)])
    (system,) = before.environment.systems
    systems = [system.model_copy(update={"unsupported": {RETRY_DELAY: lack}})]
    lacking = lineup_of(replace(before, environment=before.environment.model_copy(update={"systems": systems})))
    delays = [MEASURES[key] for key in ("retry_delay_1_s", "retry_delay_2_s", "retry_extra_s")]
    assert [measure.typical(row) for measure in delays for row in lacking.rows] == [None] * 3
    assert render_tables(lacking).count("[n/a: a retry starts at once](https://example.org/retry)") == 3
    assert '<a href="https://example.org/retry">n/a: a retry starts at once</a>' in render_page(lacking)
    assert "a retry starts at once" not in render_tables(lineup_of(before))


def test_the_lines_of_our_own_server_have_a_column_only_in_results_that_count_them() -> None:
    (counted,) = (each for each in once("tool") if isinstance(each, CodeRecord))
    apart = counted.model_copy(update={"sloc": {**counted.sloc, "server": {"server.py": 41}}})
    assert "server, lines" not in render_tables(lineup_of(result("tool", records=[counted])))
    table = render_tables(lineup_of(result("tool", records=[apart])))
    assert "| deployment, lines | server, lines |" in table
    assert "| 5 | 41 |" in table


def test_a_tool_without_an_attempt_history_says_so_with_its_page() -> None:
    lack = UnsupportedScenario(reason="it counts attempts in its log alone", docs="https://example.org/log")
    systems = [each.model_copy(update={"unsupported": {"attempts": lack}}) for each in SERVERS.environment.systems]
    lacking = replace(SERVERS, environment=SERVERS.environment.model_copy(update={"systems": systems}))
    assert "[n/a: it counts attempts in its log alone](https://example.org/log)" in render_tables(lineup_of(lacking))
    assert '<a href="https://example.org/log">n/a: it counts attempts in its log alone</a>' in render_page(
        lineup_of(lacking)
    )
    assert "Not supported: `attempts` (it counts attempts in its log alone)" in render_settings(lacking.environment)
    assert "n/a: it keeps none |" in render_tables(lineup_of(SERVERS))
