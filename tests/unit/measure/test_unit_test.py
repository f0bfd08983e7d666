"""A pipeline's own unit test is the same run for each choice of profiles."""

from contextlib import AbstractContextManager

import pytest

from harness.experiment.envelope import Envelope
from harness.isolation.protocol import UNIT_TEST, StackError
from harness.measure.unit_test import run_unit_test
from harness.orchestrators.contender import Contender
from harness.orchestrators.discovery import chosen


class Refusing:
    """An isolation that starts nothing, and records the program."""

    def launch(self, contender: Contender, _envelope: Envelope, *, program: str) -> AbstractContextManager[object]:
        self.asked = (contender.profile in contender.manifest.profiles, contender.profile, program)
        raise StackError("no")


@pytest.mark.parametrize("profiles", [[], ["tuned"]])
def test_it_runs_under_defaults_for_every_choice_of_profiles(profiles: list[str]) -> None:
    manifest = next(each for each in chosen([], profiles) if not each.baseline)
    isolation = Refusing()
    record = run_unit_test(isolation, manifest, Envelope())  # type: ignore[arg-type]
    assert isolation.asked == (True, "defaults", UNIT_TEST)
    assert (record.profile, record.failure) == (manifest.shared_profile, "no")
