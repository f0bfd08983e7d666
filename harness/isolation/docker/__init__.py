"""Stacks in containers of a Docker engine. Only this room knows Docker."""
