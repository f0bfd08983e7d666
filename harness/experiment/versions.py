"""Two counters that let results live long: the format of a result's files, and the meaning of its numbers."""

FORMAT = 4
"""The shape of `environment.json`, `plan.json` and the records. Files without the field are format 1."""

FORMATS_READ = range(2, FORMAT + 1)
"""A rule that the audit gains later holds from the format on in which it came: see `harness.results.trial_laws`."""

METHOD = 3
"""Counts up whenever a number changes its meaning; results of different methods are never compared."""
