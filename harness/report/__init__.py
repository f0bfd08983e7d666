"""What people read: tables, warnings, settings and comparisons, all made from a `Result` alone."""
