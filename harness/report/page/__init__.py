"""The page of a result: one file, which needs no network."""
