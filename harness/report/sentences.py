"""What the headline says in words: never more than the intervals carry."""

from collections.abc import Sequence

from harness.report.column import Column
from harness.report.crash_cells import Cell, gravely, tally
from harness.report.figures import factor, short
from harness.report.headline import ORDER, headline, troubles
from harness.report.pairs import gains, undecided
from harness.report.ranking import EMULATOR, GROUPS, modes_of, standing_of

_MOST_PAIRS = 4


def sentences(everyone: Sequence[Column]) -> list[str]:
    """Return some sentences: who adds least, what tuning buys, what is not known, who is unranked, what went wrong."""
    said = [*_least(everyone), _tuning(everyone), _alike(everyone), _not_ranked(everyone), _troubles(everyone)]
    return [sentence for sentence in said if sentence]


def after_crashes(every: Sequence[Cell]) -> str:
    """Say what the crash lab found of tools that a user must know of first; empty where nothing was tried of any."""
    of_tools = [cell for cell in every if cell.tool]
    titles = list(dict.fromkeys(cell.title for cell in of_tools if cell.valid))
    if not titles:
        return ""
    good, tried = (sum(numbers) for numbers in zip(*(tally(of_tools, title) for title in titles), strict=True))
    said = f"When something dies, {good} of {tried} cells come out as a user would want"
    if hurt := sum(cell.hurt and cell.as_wanted_each_time for cell in of_tools):
        said += f", though in {hurt} of them the next run did not end well"
    others = any(cell.valid for cell in every if not cell.tool)
    uncounted = " The baseline and emulators are not among them." if others else ""
    if lies := gravely(of_tools, "false success"):
        told = "; ".join(f"in `{scenario}` by {_list(titles)}" for scenario, titles in lies.items())
        return f"{said}; success was told of data that are wrong, missing, or went out twice {told}.{uncounted}"
    return f"{said}; no system told success of data that are wrong, missing, or went out twice.{uncounted}"


def _least(everyone: Sequence[Column]) -> list[str]:
    """Say for each mode that is ranked who adds least."""
    ordered = [line.column for line in headline(everyone) if ORDER.sample(line.column).n]
    tools = [column for column in ordered if not column.system.baseline]
    if not tools:
        return ["No tool has a number yet."]
    modes = modes_of(everyone)
    of_modes = {mode: [each for each in tools if each.system.mode == mode] for mode in modes if mode != EMULATOR}
    return [
        f"{f'Of the {GROUPS[mode]}, ' if len(modes) > 1 else ''}{_least_of(ranked, everyone)}"
        for mode, ranked in of_modes.items()
        if ranked
    ]


def _least_of(tools: Sequence[Column], everyone: Sequence[Column]) -> str:
    first = tools[0]
    if len({each.system.name for each in everyone if not each.system.baseline}) == 1:
        # Who is alone is the least of nobody.
        told = [f"{each.name} adds {short(ORDER.sample(each).typical or 0, 's')}" for each in tools]
        unsure = standing_of(first, everyone, ORDER.sample) is None
        return f"{_list(told)} to a run of `etl`{', by too few laps to say how far off that is' if unsure else ''}."
    said = f"{first.name} adds least to a run of `etl`: {short(ORDER.sample(first).typical or 0, 's')}"
    standing = standing_of(first, everyone, ORDER.sample)
    if standing is None:
        return f"{said}, by too few laps to be sure of any order."
    rivals = [everyone[other] for other in standing.inseparable]
    if rivals:
        return f"{said}, though {_list([rival.name for rival in rivals])} cannot be told from it."
    return f"{said}, clearly less than any other." if len(tools) > 1 else f"{said}."


def _tuning(everyone: Sequence[Column]) -> str:
    """Say by how many times less each tool adds when tuned, where the interval is clear of 1."""
    of_each = gains(everyone, ORDER.sample)
    clear = [f"{tuned.system.title} {factor(times)}" for tuned, times in of_each if times.separable]
    unclear = [tuned.system.title for tuned, times in of_each if not times.separable]
    if not of_each:
        return ""
    if not clear:
        return f"Tuning changes nothing that is clear for {_list(unclear)}."
    rest = f"; for {_list(unclear)} no change is clear" if unclear else ""
    return f"Tuned, they add less by these factors: {', '.join(clear)}{rest}."


def _alike(everyone: Sequence[Column]) -> str:
    pairs = [f"{one.name} and {other.name}" for one, other in undecided(everyone, everyone, ORDER.sample)]
    if not pairs:
        return ""
    shown = pairs[:_MOST_PAIRS]
    rest = len(pairs) - len(shown)
    more = f", and of {rest} more pair{'s' if rest > 1 else ''}" if rest else ""
    return f"Which adds less is not known of {'; '.join(shown)}{more}."


def _not_ranked(everyone: Sequence[Column]) -> str:
    emulators = list(dict.fromkeys(each.system.title for each in everyone if each.system.mode == EMULATOR))
    if not emulators:
        return ""
    what = "is an emulator" if len(emulators) == 1 else "are emulators"
    return (
        f"Not ranked: {_list(emulators)} {what}, so the figures are those of a program that stands in for a service, "
        "and say nothing of the service's own."
    )


def _troubles(everyone: Sequence[Column]) -> str:
    said = [f"{column.name}: {', '.join(troubles(column))}" for column in everyone if troubles(column)]
    if not said:
        return "Every trial of every system came out valid."
    return f"Not every trial came out valid: {'; '.join(said)}."


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
