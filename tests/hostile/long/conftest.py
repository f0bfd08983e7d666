"""Situations that take minutes."""
