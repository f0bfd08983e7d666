"""Questions about results: what changed between two, and which differences one can detect."""
