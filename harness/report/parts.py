"""Describes a joined result: its parts, their machines, and the laps behind each kind of number."""

from collections.abc import Sequence

from harness.results.joined import machines
from harness.results.result import Result


def joined_note(result: Result) -> str:
    """Say which numbers come from which laps. Empty for a result that is not joined."""
    if not result.parts:
        return ""
    found, laps = machines(result), result.environment.laps
    if len(found) == 1:
        return f"Its {laps} laps come from {len(result.parts)} benchmarks on one machine."
    here = [lap for lap in range(1, laps + 1) if lap not in result.laps_elsewhere]
    return (
        f"Its {laps} laps come from {len(result.parts)} benchmarks on {len(found)} machines. Figures with a unit are "
        f"from {found[0].host} ({lap_numbers(here)}). Ranks and factors compare systems within each lap, and use all "
        "laps."
    )


def machines_line(result: Result) -> str:
    """Name each machine of a result. Most results have one."""
    return "; ".join(f"{each.host}: {each.cpus} × {each.cpu_model}" for each in machines(result))


def lap_numbers(laps: Sequence[int]) -> str:
    """Name laps by number. Consecutive laps are named by the first and the last."""
    if len(laps) == 1:
        return f"lap {laps[0]}"
    follow = laps[-1] - laps[0] == len(laps) - 1
    return f"laps {f'{laps[0]} to {laps[-1]}' if follow else ', '.join(map(str, laps))}"
