"""Two version counters: the format of a result's files, and the meaning of its numbers."""

FORMAT = 4
"""The format of `environment.json`, `plan.json` and the records. Files without the field have format 1."""

FORMATS_READ = range(2, FORMAT + 1)
"""Give a new audit rule the first format it applies to (see `harness.results.trial_laws`)."""

METHOD = 3
"""Increases when a number changes its meaning. Results of different methods are never compared."""
