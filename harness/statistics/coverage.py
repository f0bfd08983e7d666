"""Simulates how often published intervals contain the truth, and how often a row of identical systems has a false mark.

A benchmark's laps may come from several machines. One is the machine that was measured. The others are drawn at
random: each is faster or slower, and noisier or quieter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from statistics import median

import numpy as np

from harness.statistics.ratios import paired
from harness.statistics.samples import Interval, Sample
from harness.statistics.simulation import Noise, draw, draw_laps, draw_s
from harness.statistics.standings import standings

LAPS = (3, 4, 6, 8, 12)
SPEED_SD = 0.3
"""Standard deviation of the logarithm of a machine's computing time relative to the measured machine."""
NOISE_SD = 0.4
"""The same for a machine's noise."""
_TRUTH_LAPS = 100_000
_GROUPS = 20
"""The number of groups of machines. Simulated benchmarks use them in turn."""


@dataclass(frozen=True)
class SimulatedMachine:
    """Systems in the same laps: the noise and the trials per round of each, and the variation between laps.

    `rankings` lists the systems of each row with marks.
    """

    systems: Mapping[str, tuple[Noise, int]]
    lap_sd: float
    baseline: str
    rankings: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Coverage:
    """The outcome of simulated benchmarks of one length.

    `own` and `ratio` are shares of benchmarks by system. In these, the 95% interval of the system's own number, or of
    its ratio to the baseline, contained the truth. They are `None` if no interval is published. `own_reach` and
    `ratio_reach` are the median distances from the number to the interval's upper end, as shares. `family_error` is the
    share of benchmarks of identical systems with any false mark in a row, for the worst row.
    """

    laps: int
    own: Mapping[str, float | None]
    ratio: Mapping[str, float | None]
    family_error: float | None
    own_reach: Mapping[str, float | None]
    ratio_reach: Mapping[str, float | None]


@dataclass(frozen=True)
class _Known:
    """A machine with the truths of its systems, and the same machine with identical systems."""

    machine: SimulatedMachine
    truths: Mapping[str, float]
    alike: SimulatedMachine


def coverages(machine: SimulatedMachine, simulations: int, seed: int, machines: int = 1) -> Iterator[Coverage]:
    """Simulate this many benchmarks for each length in `LAPS`. The same seed gives the same figures.

    Their laps come from this machine and `machines` - 1 others. The truth of a number is its limit for infinitely many
    laps: the mean of the logarithm of a lap's median. For a system's own number, it is the truth on this machine. For a
    ratio, it is the mean over the participating machines, weighted by their laps.
    """
    groups = _groups(machine, machines, seed)
    return (_coverage(groups, laps, simulations, seed) for laps in LAPS)


def _coverage(groups: Sequence[Sequence[_Known]], laps: int, simulations: int, seed: int) -> Coverage:
    here = groups[0][0]
    names, baseline = list(here.machine.systems), here.machine.baseline
    others = [name for name in names if name != baseline]
    random = np.random.default_rng(seed)
    own: dict[str, list[tuple[bool, float] | None]] = {name: [] for name in names}
    ratio: dict[str, list[tuple[bool, float] | None]] = {name: [] for name in others}
    for number in range(simulations):
        group = groups[number % len(groups)]
        samples = _benchmark([each.machine for each in group], laps, random)
        for name, sample in samples.items():
            own[name].append(_found(sample.typical, sample.interval, exp(here.truths[name])))
        for name in others:
            times = paired(samples[name], samples[baseline])
            truth = _ratio_truth(group, laps, name)
            ratio[name].append(_found(times.value, times.interval, truth) if times else None)
    errors: list[list[bool | None]] = [[] for _ in here.machine.rankings]
    for number in range(simulations):
        samples = _benchmark([each.alike for each in groups[number % len(groups)]], laps, random)
        for row, marked in zip(here.machine.rankings, errors, strict=True):
            marked.append(_any_mark([samples[name] for name in row]))
    return Coverage(
        laps,
        {name: _held(found) for name, found in own.items()},
        {name: _held(found) for name, found in ratio.items()},
        max((share for found in errors if (share := _share(found)) is not None), default=None),
        {name: _reach(found) for name, found in own.items()},
        {name: _reach(found) for name, found in ratio.items()},
    )


def _groups(machine: SimulatedMachine, machines: int, seed: int) -> list[tuple[_Known, ...]]:
    random = np.random.default_rng([seed, 2])
    here = _known(machine, seed)
    if machines == 1:
        return [(here,)]
    return [(here, *(_known(_another(machine, random), seed) for _ in range(machines - 1))) for _ in range(_GROUPS)]


def _another(machine: SimulatedMachine, random: np.random.Generator) -> SimulatedMachine:
    """Draw a machine that differs from this one only in speed and noise."""
    speed, noise = exp(random.normal(0, SPEED_SD)), exp(random.normal(0, NOISE_SD))
    systems = {name: (each.on(speed, noise), trials) for name, (each, trials) in machine.systems.items()}
    return replace(machine, systems=systems, lap_sd=machine.lap_sd * noise)


def _known(machine: SimulatedMachine, seed: int) -> _Known:
    truths = {name: _truth(machine, noise, trials, seed) for name, (noise, trials) in machine.systems.items()}
    return _Known(machine, truths, _alike(machine, truths))


def _truth(machine: SimulatedMachine, noise: Noise, trials: int, seed: int) -> float:
    random = np.random.default_rng([seed, 1])
    laps = draw_laps(machine.lap_sd, _TRUTH_LAPS, random)
    return float(np.log(np.median(draw_s(noise, laps, trials, random), axis=1)).mean())


def _ratio_truth(group: Sequence[_Known], laps: int, name: str) -> float:
    each = zip(group, _shared(laps, len(group)), strict=True)
    return exp(sum(own * (known.truths[name] - known.truths[known.machine.baseline]) for known, own in each) / laps)


def _shared(laps: int, machines: int) -> list[int]:
    """Return each machine's number of laps. They are equal, and the first machines get the remainder."""
    return [laps // machines + (place < laps % machines) for place in range(machines)]


def _benchmark(machines: Sequence[SimulatedMachine], laps: int, random: np.random.Generator) -> dict[str, Sample]:
    """Return simulated samples by system. A system's own number comes only from those of the first machine."""
    rounds: dict[str, list[Sample]] = {name: [] for name in machines[0].systems}
    first_lap = 1
    for machine, own in zip(machines, _shared(laps, len(machines)), strict=True):
        effects = draw_laps(machine.lap_sd, own, random)
        for name, (noise, trials) in machine.systems.items():
            rounds[name].append(draw(noise, effects, trials, random, first_lap))
        first_lap += own
    return {
        name: Sample(here.rounds, elsewhere=tuple(each for other in elsewhere for each in other.rounds))
        for name, (here, *elsewhere) in rounds.items()
    }


def _alike(machine: SimulatedMachine, truths: Mapping[str, float]) -> SimulatedMachine:
    """Return a machine of systems with the same noise as these, but all with the same truth."""
    systems = {name: (noise.times(exp(-truths[name])), trials) for name, (noise, trials) in machine.systems.items()}
    return replace(machine, systems=systems)


def _any_mark(samples: Sequence[Sample]) -> bool | None:
    """Say if any two are separable. `None` if none can be marked."""
    found = [each for each in standings(samples) if each is not None]
    return any(len(each.inseparable) < len(found) - 1 for each in found) if found else None


def _found(value: float | None, interval: Interval | None, truth: float) -> tuple[bool, float] | None:
    """Return if an interval contains the truth, and its reach above the number. `None` without an interval."""
    return None if interval is None or value is None else (interval.includes(truth), interval.high / value - 1)


def _held(found: Sequence[tuple[bool, float] | None]) -> float | None:
    return _share([None if each is None else each[0] for each in found])


def _reach(found: Sequence[tuple[bool, float] | None]) -> float | None:
    known = [each[1] for each in found if each is not None]
    return median(known) if known else None


def _share(found: Sequence[bool | None]) -> float | None:
    known = [each for each in found if each is not None]
    return sum(known) / len(known) if known else None
