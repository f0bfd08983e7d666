"""Reads this checkout's golden file, by which it defines today's scenarios."""

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from harness.errors import HarnessError, first_fault
from harness.experiment.golden import Golden
from harness.experiment.scenario import Scenario, define_scenarios
from harness.paths import PIPELINES

GOLDEN = PIPELINES / "reference" / "golden.json"


class GoldenError(HarnessError):
    """The golden file cannot be read. The message names it."""


@cache
def golden() -> Golden:
    """Return the golden file of this checkout. Raises `GoldenError`."""
    return read_golden(GOLDEN)


@cache
def scenarios() -> dict[str, Scenario]:
    """Return every scenario of a current plan, by name. Raises `GoldenError`."""
    return define_scenarios(golden())


def read_golden(path: Path) -> Golden:
    """Read a golden file. Raises `GoldenError` if it is invalid."""
    try:
        return Golden.model_validate_json(path.read_bytes())
    except OSError as error:
        raise GoldenError(f"cannot read {path}: {error.strerror}", remedy="git checkout pipelines") from error
    except ValidationError as error:
        raise GoldenError(f"{path}: {first_fault(error)}", remedy="git checkout pipelines") from error
