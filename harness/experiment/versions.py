"""Two counters that let results live long: the format of a result's files, and the meaning of its numbers."""

FORMAT = 5
"""The shape of `environment.json`, `plan.json` and the records: `harness.results.older` reads what came before."""

METHOD = 3
"""Counts up whenever a number changes its meaning; results of different methods are never compared."""
