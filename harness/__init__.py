"""orchbench: measure workflow orchestrators from outside, with one reference pipeline."""
