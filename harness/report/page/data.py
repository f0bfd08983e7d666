"""The data of the page's script: every system, measure, verdict and trial as plain JSON values.

This project's statistics compute the verdicts. The script only looks them up and counts them.
"""

import random
from typing import Any

from harness.report.lineup import Lineup
from harness.report.measures import OVERHEAD, Measure
from harness.report.topics import TOPICS, Entry, full_heading
from harness.results.records import TrialRecord
from harness.statistics.ratios import paired

MOST_POINTS = 3000
"""The maximum number of trials on a page. Of more trials, the page has a sample of this size and says so."""
_NEXT_TO_NOTHING = 5
"""A number with fewer than this in its last decimal has no meaningful multiples."""
Json = dict[str, Any]


def page_data(lineup: Lineup) -> Json:
    """Return everything that the script needs."""
    places = {line.record.trial: line.place for line in lineup.result.lines if isinstance(line.record, TrialRecord)}
    trials = [(row.index, trial) for row in lineup.rows for trial in row.trials]
    shown = trials
    if len(trials) > MOST_POINTS:
        kept = set(random.Random(0).sample(range(len(trials)), MOST_POINTS))  # noqa: S311
        shown = [each for index, each in enumerate(trials) if index in kept]
    rankings = list(dict.fromkeys(row.ranking for row in lineup.rows if row.ranking))
    return {
        "order": OVERHEAD.key,
        "systems": [
            {
                "name": row.label,
                "tool": row.system.name,
                "troubles": row.troubles,
                "group": row.group,
                "place": row.place,
                "ranking": rankings.index(row.ranking) if row.ranking else None,
            }
            for row in lineup.rows
        ],
        "entries": {entry.key: _entry(entry, lineup) for topic in TOPICS for entry in topic.entries},
        "trials": [_trial(index, trial, places[trial.trial]) for index, trial in shown],
        "trials_of_all": len(trials),
    }


def _entry(entry: Entry, lineup: Lineup) -> Json:
    """Return the heading of a fact or measure, and a measure's numbers and verdicts."""
    if not isinstance(entry, Measure):
        return {"heading": full_heading(entry)}
    return {
        "heading": full_heading(entry),
        "unit": entry.unit,
        "values": [_rounded(entry.typical(row)) for row in lineup.rows],
        "lower": _lower(entry, lineup),
        "ratios": {} if entry.once else _ratios(entry, lineup),
    }


def _lower(measure: Measure, lineup: Lineup) -> list[list[int] | None]:
    """Return for each row the rows that are significantly lower. `None` with too few laps, or if it is not ranked."""
    numbers = [measure.sample(row).everywhere.typical or 0.0 for row in lineup.rows]
    placed = lineup.standings(measure)
    return [
        None
        if standing is None
        else [
            other.index
            for other in lineup.rows
            if other.ranking == row.ranking
            and placed[other.index] is not None
            and other.index not in standing.inseparable
            and numbers[other.index] < numbers[row.index]
        ]
        for row, standing in zip(lineup.rows, placed, strict=True)
    ]


def _ratios(measure: Measure, lineup: Lineup) -> Json:
    """Return each pair's ratio with its interval, by their indices as "first/second". Tiny numbers have no ratios."""
    least = _NEXT_TO_NOTHING * 10**-measure.decimals
    known = [row for row in lineup.rows if (measure.typical(row) or 0.0) >= least]
    found = {}
    for number, a in enumerate(known):
        for b in known[:number]:
            ratio = paired(measure.sample(a), measure.sample(b))
            if ratio is not None:
                ends = [ratio.interval.low, ratio.interval.high] if ratio.interval else []
                found[f"{a.index}/{b.index}"] = [float(f"{value:.4g}") for value in (ratio.value, *ends)]
    return found


def _trial(index: int, trial: TrialRecord, place_of_record: str) -> Json:
    phases = trial.phases
    return {
        "i": index,
        "scenario": trial.scenario,
        "lap": trial.lap,
        "round": trial.round,
        "trial": trial.trial,
        "cold": trial.cold,
        "outcome": trial.outcome,
        "reason": trial.reason,
        "record": place_of_record,
        **({name: _rounded(value) for name, value in phases} if phases else {}),
        "cpu_s": _rounded(trial.cpu_s),
        "peak_rss_mb": None if trial.peak_rss_bytes is None else round(trial.peak_rss_bytes / 1e6, 1),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
