"""Measuring: one trial, one round, a whole benchmark, and everything that is read from the machine meanwhile."""
