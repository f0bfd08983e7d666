"""Stacks in containers of a Docker engine."""
