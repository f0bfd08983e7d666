"""Analysis: compares two results, and simulates which differences a result can detect."""
