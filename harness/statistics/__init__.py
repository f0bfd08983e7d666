"""Computes numbers from samples: medians, intervals and ratios. Simulates which differences they can detect."""
