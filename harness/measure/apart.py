"""Work in a process of its own: what it takes in memory goes with it, and does not stay with the harness."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def apart() -> ProcessPoolExecutor:
    """Return one process to submit work to. It is spawned: a fork would copy the harness with its open connections."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))
