"""Ordinary mishaps of ordinary machines, played for real: namespaces, limits, signals, full disks, hostile leftovers.

Each test names the situation, and does what a user does in it. What takes more than some 20 s lies in `long/` and
belongs to `make conformance`.
"""
