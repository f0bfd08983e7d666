"""What the page's script is given: every system, measure, verdict and trial, as plain JSON values.

Verdicts are computed here, by the statistics of this project; the script looks them up and counts.
"""

import random
from collections.abc import Sequence
from typing import Any

from harness.report.column import Column
from harness.report.headline import ORDER, troubles
from harness.report.measures import Measure
from harness.report.ranking import group, label, place, ranking_numbers, standings_of
from harness.report.topics import TOPICS, Entry, full_heading
from harness.results.records import TrialRecord
from harness.results.result import Result
from harness.statistics.ratios import paired
from harness.statistics.samples import Sample

MOST_POINTS = 3000
"""How many trials a page holds at most: of more, so many are drawn, and the page says so."""

_NEXT_TO_NOTHING = 5
"""A number with fewer than this in its last decimal has no meaningful multiples."""

Json = dict[str, Any]


def page_data(result: Result, everyone: Sequence[Column]) -> Json:
    """Return everything that the script works with."""
    places = {each.record.trial: each.place for each in result.lines if isinstance(each.record, TrialRecord)}
    trials = [(index, trial) for index, column in enumerate(everyone) for trial in column.trials]
    shown = trials
    if len(trials) > MOST_POINTS:
        kept = set(random.Random(0).sample(range(len(trials)), MOST_POINTS))  # noqa: S311
        shown = [each for index, each in enumerate(trials) if index in kept]
    return {
        "order": ORDER.key,
        "systems": [_system(index, column, everyone) for index, column in enumerate(everyone)],
        "entries": {entry.key: _entry(entry, everyone) for topic in TOPICS for entry in topic.entries},
        "trials": [_trial(index, trial, places[trial.trial]) for index, trial in shown],
        "trials_of_all": len(trials),
    }


def _system(index: int, column: Column, everyone: Sequence[Column]) -> Json:
    return {
        "name": label(column, everyone),
        "tool": column.system.name,
        "troubles": list(troubles(column)),
        "group": group(column, everyone),
        "place": place(column, everyone),
        "ranking": ranking_numbers(everyone)[index],
    }


def _entry(entry: Entry, everyone: Sequence[Column]) -> Json:
    """Return a measure's numbers and verdicts, or only the heading of a fact."""
    if not isinstance(entry, Measure):
        return {"heading": full_heading(entry)}
    samples = [entry.sample(column) for column in everyone]
    ratios = {} if entry.once else _ratios(samples, _NEXT_TO_NOTHING * 10**-entry.decimals)
    placed = standings_of(tuple(everyone), entry.sample)
    ranking = ranking_numbers(everyone)
    return {
        "heading": full_heading(entry),
        "unit": entry.unit,
        "values": [_rounded(sample.typical) for sample in samples],
        # Which systems are separably lower than each; `null` where laps are too few to tell, or it is not ranked.
        "lower": [
            None
            if standing is None
            else [
                other
                for other, beside in enumerate(placed)
                if beside is not None
                and other != index
                and ranking[index] == ranking[other]
                and other not in standing.inseparable
                and _below(samples[other], samples[index])
            ]
            for index, standing in enumerate(placed)
        ],
        "ratios": ratios,
    }


def _below(one: Sample, other: Sample) -> bool:
    below, above = one.everywhere.typical, other.everywhere.typical
    return below is not None and above is not None and below < above


def _ratios(samples: Sequence[Sample], least: float) -> Json:
    """Return for each pair, as "first/second", how many times the second is the first, with its interval if known.

    A multiple of a number below `least` says nothing.
    """
    told = {}
    for first, a in enumerate(samples):
        for second, b in enumerate(samples[:first]):
            if min(a.typical or 0.0, b.typical or 0.0) < least:
                continue
            ratio = paired(a, b)
            if ratio is not None:
                ends = [ratio.interval.low, ratio.interval.high] if ratio.interval else []
                told[f"{first}/{second}"] = [float(f"{value:.4g}") for value in (ratio.value, *ends)]
    return told


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
