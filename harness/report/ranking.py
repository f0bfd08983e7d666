"""Which systems are ranked together: those of one mode, without the baseline and emulators."""

from collections.abc import Callable, Sequence
from functools import cache

from harness.orchestrators.manifest import MODES, Mode
from harness.report.column import Column
from harness.results.environment import modes_among
from harness.statistics.samples import Sample
from harness.statistics.standings import Standing, standings

EMULATOR: Mode = "emulator"
GROUPS: dict[Mode, str] = {"server": "servers", "library": "libraries", "emulator": "emulators, not ranked"}
"""What the systems of a mode are called together."""


def modes_of(everyone: Sequence[Column]) -> list[Mode]:
    """Return the modes of these columns, in the order in which they are shown; the baseline's does not count."""
    return modes_among(column.system for column in everyone)


def group(column: Column, everyone: Sequence[Column]) -> str:
    """Return the heading of a column's group; empty for the baseline, and if there is only one mode."""
    return "" if column.system.baseline or len(modes_of(everyone)) < 2 else GROUPS[column.system.mode]


def place(column: Column, everyone: Sequence[Column]) -> int:
    """Return the place of a column's group among all groups: the baseline comes first, emulators last."""
    return 1 + MODES.index(column.system.mode) if group(column, everyone) else 0


def label(column: Column, everyone: Sequence[Column]) -> str:
    """Name a column, with its mode if there are several."""
    return f"{column.name} ({column.system.mode})" if group(column, everyone) else column.name


def spoken(column: Column, everyone: Sequence[Column]) -> str:
    """Name a column in a sentence: with its profile only if its tool has several."""
    several = sum(each.system.name == column.system.name for each in everyone) > 1
    return f"{column.system.title} ({column.profile})" if several else column.system.title


def modes_note(everyone: Sequence[Column]) -> str:
    """Say that modes are ranked separately, if there is more than one."""
    modes = modes_of(everyone)
    if len(modes) < 2:
        return ""
    ranked = [GROUPS[mode] for mode in modes if mode != EMULATOR]
    said = f"{' and '.join(ranked).capitalize()} are ranked separately. " if len(ranked) > 1 else ""
    return f"{said}Emulators are not ranked. " if EMULATOR in modes else said


def rankings(everyone: Sequence[Column]) -> list[list[int]]:
    """Return for each ranking the indices of its columns.

    The baseline is in none: what it adds to itself is the clock's last milliseconds, of which nothing is a multiple.
    """
    return [
        [index for index, each in enumerate(everyone) if each.system.mode == mode and not each.system.baseline]
        for mode in modes_of(everyone)
        if mode != EMULATOR
    ]


def ranking_numbers(everyone: Sequence[Column]) -> list[int | None]:
    """Return for each column which of the `rankings` it is in; `None` for who is in none."""
    numbers = {index: number for number, together in enumerate(rankings(everyone)) for index in together}
    return [numbers.get(index) for index in range(len(everyone))]


def standing_of(column: Column, everyone: Sequence[Column], sample: Callable[[Column], Sample]) -> Standing | None:
    """Return where a column stands by what `sample` takes out of each; `None` with too few laps or no ranking."""
    return standings_of(tuple(everyone), sample)[everyone.index(column)]


@cache
def standings_of(everyone: tuple[Column, ...], sample: Callable[[Column], Sample]) -> list[Standing | None]:
    """Return where each column stands in its ranking; the indices in a standing are those of `everyone`."""
    found: list[Standing | None] = [None] * len(everyone)
    for together in rankings(everyone):
        for index, standing in zip(together, standings([sample(everyone[each]) for each in together]), strict=True):
            if standing is not None:
                found[index] = Standing(standing.rank, tuple(together[other] for other in standing.inseparable))
    return found
