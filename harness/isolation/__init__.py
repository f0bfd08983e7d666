"""Isolates a stack from everything else on the machine: a protocol and its implementations."""
