"""The report of one result: tables, figures, page and data files, all made from a `Result` alone."""
