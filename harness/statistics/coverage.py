"""How often the published intervals hold the truth, and how often a row of alike systems holds a false mark."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp

import numpy as np

from harness.statistics.ratios import paired
from harness.statistics.samples import Interval, Sample
from harness.statistics.simulation import Noise, draw, draw_laps, draw_s
from harness.statistics.standings import standings

LAPS = (3, 4, 6, 8)
_TRUTH_LAPS = 100_000


@dataclass(frozen=True)
class Machine:
    """Systems side by side in the same laps: the noise of each, the trials of its rounds, and how laps differ.

    `rankings` names for each row in which systems are marked who stands in it.
    """

    systems: Mapping[str, tuple[Noise, int]]
    lap_sd: float
    baseline: str
    rankings: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Coverage:
    """What became of so many simulated benchmarks of one length.

    `own` and `ratio` hold for each system the share of benchmarks in which the 95 % interval of its own number, and of
    its ratio to the baseline, held the truth; `None` where no interval is published. `family_error` is the share of
    benchmarks of alike systems with any false mark in a row, the greatest of all rows.
    """

    laps: int
    own: Mapping[str, float | None]
    ratio: Mapping[str, float | None]
    family_error: float | None


def coverages(machine: Machine, simulations: int, seed: int) -> Iterator[Coverage]:
    """Simulate so many benchmarks of this machine for each length of `LAPS`; the same seed gives the same figures.

    The truth of a number is what endlessly many laps would give: the mean of the logarithm of a lap's median.
    """
    truths = {name: _truth(machine, noise, trials, seed) for name, (noise, trials) in machine.systems.items()}
    alike = _alike(machine, truths)
    others = [name for name in machine.systems if name != machine.baseline]
    for laps in LAPS:
        random = np.random.default_rng(seed)
        own: dict[str, list[bool | None]] = {name: [] for name in machine.systems}
        ratio: dict[str, list[bool | None]] = {name: [] for name in others}
        for _ in range(simulations):
            samples = _benchmark(machine, laps, random)
            for name, sample in samples.items():
                own[name].append(_holds(sample.interval, exp(truths[name])))
            for name in others:
                times = paired(samples[name], samples[machine.baseline])
                truth = exp(truths[name] - truths[machine.baseline])
                ratio[name].append(_holds(times.interval, truth) if times else None)
        errors: list[list[bool | None]] = [[] for _ in machine.rankings]
        for _ in range(simulations):
            samples = _benchmark(alike, laps, random)
            for row, found in zip(machine.rankings, errors, strict=True):
                found.append(_any_mark([samples[name] for name in row]))
        yield Coverage(
            laps,
            {name: _share(found) for name, found in own.items()},
            {name: _share(found) for name, found in ratio.items()},
            max((share for found in errors if (share := _share(found)) is not None), default=None),
        )


def _truth(machine: Machine, noise: Noise, trials: int, seed: int) -> float:
    random = np.random.default_rng([seed, 1])
    laps = draw_laps(machine.lap_sd, _TRUTH_LAPS, random)
    return float(np.log(np.median(draw_s(noise, laps, trials, random), axis=1)).mean())


def _benchmark(machine: Machine, laps: int, random: np.random.Generator) -> dict[str, Sample]:
    effects = draw_laps(machine.lap_sd, laps, random)
    return {name: draw(noise, effects, trials, random) for name, (noise, trials) in machine.systems.items()}


def _alike(machine: Machine, truths: Mapping[str, float]) -> Machine:
    """Return a machine of systems that scatter as these do, each about the same truth."""
    systems = {name: (noise.times(exp(-truths[name])), trials) for name, (noise, trials) in machine.systems.items()}
    return replace(machine, systems=systems)


def _any_mark(samples: Sequence[Sample]) -> bool | None:
    """Whether any two come out separable; `None` where none may be marked."""
    found = [each for each in standings(samples) if each is not None]
    return any(len(each.inseparable) < len(found) - 1 for each in found) if found else None


def _holds(interval: Interval | None, truth: float) -> bool | None:
    return None if interval is None else interval.includes(truth)


def _share(found: Sequence[bool | None]) -> float | None:
    known = [each for each in found if each is not None]
    return sum(known) / len(known) if known else None
