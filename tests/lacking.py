"""Tests that cannot run on this machine: a loud skip, but a failure in CI, where a skip would hide them."""

import os
from typing import NoReturn

import pytest


def lacks(what: str, why: object) -> NoReturn:
    """End a test that cannot run here."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have {what}: {why}")
    pytest.skip(f"NOT RUN WITHOUT {what}: {why}")
