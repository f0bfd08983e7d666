"""Ordinary mishaps of ordinary machines, played for real: namespaces, limits, signals, full disks, hostile leftovers.

Each test names the situation, and does what a user does in it. Tests over 20 s are in `long/` and belong to `make
conformance`.
"""
