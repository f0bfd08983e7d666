"""Servers are ranked among servers, libraries among libraries, the baseline and emulators never."""

import json
from dataclasses import replace

import pytest
from samples import once, result, round_, trial
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

WOBBLES = (0, 40, -30, 20, 0, 40, -30, 20)
TOTALS_MS = {"floor": 2600, "tool": 4000, "slow": 9000, "shelf": 3000, "double": 2700, "script": 3500}
"""`shelf` is a library, `double` an emulator, `script` a command: all are quicker than either server."""


def laps(name: str) -> list[Record]:
    """Return four laps of one warm run each, whose totals differ a little, and otherwise for each system."""
    turn = len(name) % 4
    return [
        trial(name, total_ms=TOTALS_MS[name] + wobble).model_copy(
            update={"lap": lap, "round": f"lap{lap}-{name}", "trial": f"lap{lap}-{name}-etl"}
        )
        for lap, wobble in enumerate(WOBBLES[turn : turn + 4], start=1)
    ] + [round_(name, lap=lap) for lap in range(1, 5)]


def measured(*names: str) -> Result:
    return result(*names, records=[record for name in names for record in [*once(name), *laps(name)]])


MIXED = measured("floor", "slow", "shelf", "double", "tool")
SERVERS = measured("floor", "slow", "tool")


def ranks(shown: Result) -> list[tuple[str, int | None]]:
    lineup = lineup_of(shown)
    return [(row.system.name, standing.rank if (standing := lineup.standing(row)) else None) for row in lineup.ordered]


def test_each_mode_has_a_ranking_of_its_own_and_an_emulator_none() -> None:
    assert ranks(MIXED) == [("floor", None), ("tool", 1), ("slow", 2), ("shelf", 1), ("double", None)]


def test_a_quicker_library_takes_no_rank_from_a_server() -> None:
    assert ranks(SERVERS) == [("floor", None), ("tool", 1), ("slow", 2)]


def test_a_command_is_ranked_neither_with_servers_nor_with_libraries() -> None:
    lineup = measured("floor", "shelf", "script", "tool")
    assert ranks(lineup) == [("floor", None), ("tool", 1), ("script", 1), ("shelf", 1)]
    table = render_tables(lineup_of(lineup))
    assert "[defaults](settings.md#script-defaults) (command)" in table
    assert "Servers, commands and libraries are ranked separately." in table
    assert "Script with 1.7 s among commands" in sentences(lineup_of(lineup))[0]
    assert "A command is a process per run that something else starts." in render_reading(lineup_of(lineup), "x/")
    assert "A command" not in render_reading(lineup_of(MIXED), "x/")


def test_an_emulator_alone_is_not_ranked_either() -> None:
    assert ranks(measured("floor", "double")) == [("floor", None), ("double", None)]
    assert json.loads(badge_json(lineup_of(measured("floor", "double"))))["message"] == "no ranked system"


def test_nobody_is_held_against_another_mode() -> None:
    lineup = lineup_of(MIXED)
    for row in lineup.rows:
        standing = lineup.standing(row)
        beside = {lineup.rows[other].system.mode for other in standing.inseparable} if standing else set()
        assert beside <= {row.system.mode}
    alike = result("tool", "shelf", records=[*laps("tool"), *renamed(laps("tool"), "shelf")])
    said = " ".join(sentences(lineup_of(alike)))
    assert "Too close to call" not in said
    assert "tied with" not in said


def renamed(records: list[Record], name: str) -> list[Record]:
    return [record.model_copy(update={"orchestrator": name}) for record in records]


def test_sentences_tell_of_each_mode_and_why_an_emulator_is_not_ranked() -> None:
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
def test_where_all_are_servers_nothing_is_said_of_modes(shown: str) -> None:
    assert "(server)" not in shown
    assert "**Servers**" not in shown
    assert "ranked separately" not in shown
    assert "emulator, so" not in shown


def test_the_page_holds_no_verdict_between_modes() -> None:
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


def test_programs_and_terminals_are_told_the_mode() -> None:
    systems = {each["system"]: each for each in of_result(MIXED)["systems"]}
    assert (systems["shelf"]["mode"], systems["double"]["rank"]) == ("library", None)
    names = [row.split("  ")[0] for row in fitted([*rows_of(lineup_of(MIXED))], 120)]
    modes = ["Servers", "Tool", "Slow", "Libraries", "Shelf", "Emulators, not ranked", "Double"]
    assert names == ["", "Floor", *modes]
    assert json.loads(badge_json(lineup_of(MIXED)))["message"] == "lowest overhead: Tool defaults (server), 2.2 s"


def test_what_can_be_concluded_says_so() -> None:
    page = render_reading(lineup_of(MIXED), "x/")
    assert "**Anything across deployment types.**" in page
    assert "**How fast a service is, from its emulator** (Double)" in page


def test_an_order_is_told_where_several_of_a_mode_are_tuned() -> None:
    names = ("floor", "tool", "slow", "shelf")
    records = [record for name in names for record in laps(name)]
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


def test_a_tool_without_a_delay_before_retries_says_so_with_its_page() -> None:
    lack = UnsupportedScenario(reason="a retry starts at once", docs="https://example.org/retry")
    retried = trial("tool", "retry", events=run(("load", 0, 10, 1, "failure"), ("load", 210, 220, 2, "success")))
    before = result("tool", records=[retried])
    (system,) = before.environment.systems
    lacking = replace(
        before,
        environment=before.environment.model_copy(
            update={"systems": [system.model_copy(update={"unsupported": {RETRY_DELAY: lack}})]}
        ),
    )
    (row,) = lineup_of(lacking).rows
    delays = [MEASURES[key] for key in ("retry_delay_1_s", "retry_delay_2_s", "retry_extra_s")]
    assert [measure.typical(row) for measure in delays] == [None] * 3
    assert render_tables(lineup_of(lacking)).count("[n/a: a retry starts at once](https://example.org/retry)") == 3
    assert '<a href="https://example.org/retry">n/a: a retry starts at once</a>' in render_page(lineup_of(lacking))
    assert "a retry starts at once](" not in render_tables(lineup_of(before))


def test_the_benchmarks_own_server_has_a_column_only_if_a_result_counts_it() -> None:
    (counted,) = (each for each in once("tool") if isinstance(each, CodeRecord))
    own = counted.model_copy(update={"sloc": {**counted.sloc, "server": {"server.py": 41}}})
    assert "server, lines" not in render_tables(lineup_of(result("tool", records=[counted])))
    table = render_tables(lineup_of(result("tool", records=[own])))
    assert "| deployment, lines | server, lines |" in table
    assert "| 5 | 41 |" in table


def test_a_tool_that_keeps_no_account_of_attempts_says_so_with_its_page() -> None:
    lack = UnsupportedScenario(reason="it counts attempts in its log alone", docs="https://example.org/log")
    systems = [each.model_copy(update={"unsupported": {"attempts": lack}}) for each in SERVERS.environment.systems]
    lacking = replace(SERVERS, environment=SERVERS.environment.model_copy(update={"systems": systems}))
    assert "[n/a: it counts attempts in its log alone](https://example.org/log)" in render_tables(lineup_of(lacking))
    assert '<a href="https://example.org/log">n/a: it counts attempts in its log alone</a>' in render_page(
        lineup_of(lacking)
    )
    assert "Not supported: `attempts` (it counts attempts in its log alone)" in render_settings(lacking.environment)
    assert "n/a: it keeps none |" in render_tables(lineup_of(SERVERS))
