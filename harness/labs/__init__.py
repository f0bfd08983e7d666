"""The kinds of benchmark: one folder each."""
