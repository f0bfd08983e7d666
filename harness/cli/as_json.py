"""The JSON output of a result: stable keys with units (see docs/data-formats.md)."""

from harness.cli.console import Json
from harness.labs.crash.cells import cells
from harness.report.lineup import lineup_of
from harness.report.measures import MEASURES
from harness.report.sentences import asides, sentences
from harness.report.warnings import warnings
from harness.results.result import Result


def of_result(result: Result) -> Json:
    """Return a result's numbers, by system and measure."""
    lineup = lineup_of(result)
    environment = result.environment
    return {
        "folder": str(result.folder),
        "started_s": environment.started_s,
        "ended_s": environment.ended_s,
        "preset": environment.preset,
        "laps": environment.laps,
        "isolation": environment.isolation.kind,
        "method": environment.method,
        "commit": environment.commit,
        "parts": [
            {"folder": part.folder, "laps": list(part.laps), "machine": part.result.environment.machine.model_dump()}
            for part in result.parts
        ],
        "systems": [
            {
                "system": row.system.name,
                "profile": row.profile,
                "version": row.system.version,
                "mode": row.system.mode,
                "rank": standing.rank if (standing := lineup.standing(row)) else None,
                "troubles": row.troubles,
                "measures": {
                    key: {
                        "value": sample.typical,
                        "low": sample.interval.low if sample.interval else None,
                        "high": sample.interval.high if sample.interval else None,
                        "n": sample.n,
                        "unit": measure.unit,
                    }
                    for key, measure in MEASURES.items()
                    if (sample := measure.sample(row)).n
                },
            }
            for row in lineup.ordered
        ],
        "crashes": [
            {
                "system": cell.system,
                "profile": cell.profile,
                "label": cell.title,
                "scenario": cell.scenario,
                "wanted": cell.crash.wanted,
                "findings": cell.findings,
                "noticed_s": [record.noticed_s for record in cell.records],
                "told_s": [record.told_s for record in cell.records],
                "delivered_s": [record.delivered_s for record in cell.records],
                "not_tried": cell.not_tried.reason if cell.not_tried else None,
            }
            for cell in cells([result])
        ],
        "sentences": [*sentences(lineup), *asides(lineup)],
        "warnings": warnings(lineup),
    }
