"""How long a benchmark will take: learned from earlier records of this checkout, else the manifests' own words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

from harness.orchestrator import Manifest
from harness.plan import PlannedRound, expected_s
from harness.records import RECORDS, RecordError, read_records

Whose = tuple[str, str]
"""An orchestrator and its profile."""


def rounds_s(results: Path, manifests: Mapping[str, Manifest], plan: Sequence[PlannedRound]) -> dict[Whose, float]:
    """Return the expected seconds of one round of each orchestrator and profile in the plan."""
    durations: dict[tuple[str, str, int], list[float]] = {}
    for path in sorted(results.glob(f"*/{RECORDS}")):
        # A record that cannot be read is no reason not to start; `report` names it.
        with suppress(RecordError):
            records = read_records(path.parent)
            trials = Counter(record.round for record in records if record.kind == "trial")
            for record in records:
                if record.kind == "round" and not record.failure:
                    alike = (record.orchestrator, record.profile, trials[record.round])
                    durations.setdefault(alike, []).append(record.duration_s)
    expected = {}
    for planned in plan:
        learned = durations.get((planned.orchestrator, planned.profile, len(planned.trials)))
        said = expected_s(manifests[planned.orchestrator], planned)
        expected[planned.orchestrator, planned.profile] = median(learned) if learned else said
    return expected
