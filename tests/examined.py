"""One subject under the checks, or a round of the crash lab, on a second stack where a run hung in the first.

That a run of a tool never ends is measured, and told in the tables; docs/mage-hangs.md tells of one whose cause is
known. A folder that is at fault hangs each time.
"""

import warnings
from collections.abc import Callable, Sequence

from harness.check.examination import Examination
from harness.check.subject import Subject
from harness.check.verdict import Check, Verdict
from harness.experiment.plan import PlannedRound
from harness.measure.side_by_side import Recorded
from harness.results.records import CrashRecord


class Examined:
    """A subject that `begin` makes, which takes down the one before; a second one is made at the first hung run."""

    def __init__(self, checks: Sequence[Check[Subject]], begin: Callable[[], Subject]) -> None:
        self._checks = checks
        self._begin = begin
        self._begin_anew()
        self._is_second = False

    def verdict(self, name: str) -> Verdict:
        """Look at a demand, once for all that need it."""
        came_to = self._examination.verdict(name)
        if self._is_second or not self.subject.hung:
            return came_to
        warnings.warn(f"{self.subject.folder.name} {self.subject.profile}: `{self.subject.hung}` hung", stacklevel=2)
        self._begin_anew()
        self._is_second = True
        return self._examination.verdict(name)

    def _begin_anew(self) -> None:
        self.subject = self._begin()
        self._examination = Examination(self._checks, self.subject, self.subject.folder)


def run_hung_anew(
    planned: Sequence[PlannedRound], run: Callable[[Sequence[PlannedRound]], list[Recorded]]
) -> list[Recorded]:
    """Run rounds of the crash lab, and once more as a whole those in which a run hung that its fault had missed."""
    records = run(planned)
    hung = {each.round: each for each in records if isinstance(each, CrashRecord) and each.outcome == "hung"}
    if not hung:
        return records
    for each in hung.values():
        warnings.warn(f"{each.orchestrator} {each.profile}, {each.scenario}: {each.reason}", stacklevel=2)
    return [each for each in records if each.round not in hung] + run([each for each in planned if each.id in hung])
