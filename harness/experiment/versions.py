"""Two version counters: the format of a result's files, and the meaning of its numbers."""

FORMAT = 6
"""The format of `environment.json`, `plan.json` and the records. `harness.results.older` reads earlier formats."""

METHOD = 3
"""Increases when a number changes its meaning. Results of different methods are never compared."""
