"""Benchmarks: one loop, and a folder for each kind with its plan, its round and its report."""
