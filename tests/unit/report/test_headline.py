"""The headline: best first, ranked among all, short, and supported by the intervals."""

import re

from samples import laps, once, result, round_, trial

from harness.report.headline import HEADLINE, under_each
from harness.report.lineup import Lineup, lineup_of
from harness.report.measures import MEASURES, OVERHEAD, waiting_share
from harness.report.sentences import asides, sentences
from harness.results.records import Record, TrialRecord

FINE = {"waiting_share": 0.5, "cpu_period_s": 0.05}
SLOW_AND_QUICK = [
    *once("slow"),
    *once("floor"),
    *once("quick"),
    *laps("slow", total_ms=9000, **FINE),
    *laps("floor", total_ms=2600, **FINE),
    *laps("quick", total_ms=4000, **FINE),
]
SHOWN = result("slow", "floor", "quick", records=SLOW_AND_QUICK)


def ranks(lineup: Lineup) -> list[tuple[int | None, str]]:
    return [(standing.rank if (standing := lineup.standing(row)) else None, row.system.name) for row in lineup.ordered]


def test_systems_are_in_the_order_of_their_overhead_with_their_ranks() -> None:
    assert ranks(lineup_of(SHOWN)) == [(None, "floor"), (1, "quick"), (2, "slow")]


def test_the_overhead_is_split_into_waiting_and_computing() -> None:
    quick = lineup_of(SHOWN).ordered[1]
    waiting, computing = (MEASURES[f"etl_{part}_s"].typical(quick) for part in ("waiting", "computing"))
    assert (round(waiting, 1), round(computing, 1)) == (1.1, 1.1)
    assert round(waiting_share(quick), 2) == 0.5


def test_cells_are_short() -> None:
    cells = [under_each([row], measure) for row in lineup_of(SHOWN).rows for measure in HEADLINE]
    assert all(1 <= len(cell) <= 4 for cell in cells), cells


def test_every_interval_is_known_even_without_a_clear_order() -> None:
    samples = [OVERHEAD.sample(row) for row in lineup_of(SHOWN).ordered[1:]]
    assert [round(sample.typical, 1) for sample in samples] == [2.2, 7.2]
    assert all(sample.interval for sample in samples)


def test_a_system_without_a_number_comes_last_with_the_reason() -> None:
    records = [*laps("floor", total_ms=2600), round_("tool", failure="not ready in 9 s")]
    last = lineup_of(result("tool", "floor", records=records)).ordered[-1]
    assert last.system.name == "tool"
    assert under_each([last], OVERHEAD) == "–"
    assert last.troubles == ["1 of 1 rounds failed"]


def test_one_lap_gives_no_ranks() -> None:
    shown = lineup_of(result("floor", "tool", records=[trial("floor"), trial("tool", total_ms=9000)]))
    assert [rank for rank, _ in ranks(shown)] == [None, None]


def tuned(records: list[Record]) -> list[Record]:
    return [record.model_copy(update={"profile": "tuned"}) for record in records]


def test_sentences_state_clear_differences() -> None:
    said = sentences(lineup_of(SHOWN))
    assert said[0] == "Lowest overhead per `etl` run: Quick with 2.2 s."
    assert said[1] == "Overhead is under 1% of runs over 4 min (Quick) and 13 min (Slow)."
    assert len(said) == 2
    assert asides(lineup_of(SHOWN))[-1] == "All 12 trials ended as required, with verified output."


def test_sentences_claim_no_more_than_the_intervals_support() -> None:
    alike = [*laps("floor", total_ms=2600), *laps("tool", total_ms=4000), *laps("another", total_ms=4015)]
    said = sentences(lineup_of(result("floor", "tool", "another", records=alike)))
    assert said[0] == "Lowest overhead per `etl` run: Tool with 2.2 s (tied with Another)."
    assert "Too close to call: Tool and Another." in said


def test_a_single_tool_is_not_called_the_lowest() -> None:
    alone = [*laps("floor", total_ms=2600), *laps("tool", total_ms=4000)]
    (said, *_) = sentences(lineup_of(result("floor", "tool", records=alone)))
    assert said == "Overhead per `etl` run: Tool 2.2 s."
    shown = result("floor", "tool", records=[*alone, *tuned(laps("tool", total_ms=5000))])
    shown.environment.systems[1].profiles["tuned"] = shown.environment.systems[1].profiles["defaults"]
    (said, *_) = sentences(lineup_of(shown))
    assert said == "Overhead per `etl` run: Tool (defaults) 2.2 s, Tool (tuned) 3.2 s."


def test_one_lap_is_reported_as_too_little() -> None:
    (first, *_) = sentences(lineup_of(result("floor", "tool", records=[trial("floor"), trial("tool", total_ms=9000)])))
    assert "With so few laps, no order is certain." in first


def test_a_hang_is_reported() -> None:
    hung: TrialRecord = trial("tool", outcome="hung", total_ms=60_000)
    lineup = lineup_of(result("floor", "tool", records=[*laps("floor", total_ms=2600), hung]))
    assert sentences(lineup)[-1] == "Not every trial was valid. Tool: 1 of 1 hung."
    assert not any("All " in said for said in asides(lineup))


def test_the_narrowest_and_the_widest_interval_are_named() -> None:
    wide = [
        record.model_copy(update={"phases": trial("wide", total_ms=3000 + 1000 * record.lap).phases})
        if isinstance(record, TrialRecord)
        else record
        for record in laps("wide", total_ms=9000)
    ]
    (certainty, *_) = asides(lineup_of(result("floor", "slow", "wide", records=[*laps("slow", total_ms=9000), *wide])))
    assert re.fullmatch(
        r"95% intervals of the overhead range from −1%/\+1% for Slow to −\d\d%/\+\d+% for Wide\.", certainty
    )
