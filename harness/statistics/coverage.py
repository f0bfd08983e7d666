"""Simulates how often published intervals contain the truth, and how often a row of identical systems has a false mark.

A benchmark's laps may come from several machines. One is the machine that was measured. The others are drawn at
random: each is faster or slower, and noisier or quieter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from statistics import fmean, median

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

_Truths = Mapping[str, float]
"""The limit of each system's typical value for infinitely many laps, as a logarithm."""
_Group = Sequence[tuple["SimulatedMachine", _Truths]]
_Found = tuple[bool, float]
"""Whether an interval contains the truth, and its reach above the number, as a share."""


@dataclass(frozen=True)
class SimulatedMachine:
    """Systems in the same laps: the noise and the trials per round of each, and the variation between laps.

    `rankings` lists the systems of each row with marks.
    """

    systems: Mapping[str, tuple[Noise, int]]
    lap_sd: float
    baseline: str
    rankings: Sequence[Sequence[str]]

    def another(self, random: np.random.Generator) -> "SimulatedMachine":
        """Draw a machine that differs from this one only in speed and noise."""
        speed, noise = exp(random.normal(0, SPEED_SD)), exp(random.normal(0, NOISE_SD))
        systems = {name: (each.on(speed, noise), trials) for name, (each, trials) in self.systems.items()}
        return replace(self, systems=systems, lap_sd=self.lap_sd * noise)

    def truths(self, seed: int) -> _Truths:
        """Return the mean of the logarithm of a lap's median for each system, over very many laps."""
        found = {}
        for name, (noise, trials) in self.systems.items():
            random = np.random.default_rng([seed, 1])
            laps = draw_laps(self.lap_sd, _TRUTH_LAPS, random)
            found[name] = float(np.log(np.median(draw_s(noise, laps, trials, random), axis=1)).mean())
        return found

    def alike(self, truths: _Truths) -> "SimulatedMachine":
        """Return a machine of systems with the same noise as these, but all with the same truth."""
        systems = {name: (noise.times(exp(-truths[name])), trials) for name, (noise, trials) in self.systems.items()}
        return replace(self, systems=systems)


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


def coverages(machine: SimulatedMachine, simulations: int, seed: int, machines: int = 1) -> Iterator[Coverage]:
    """Simulate this many benchmarks for each length in `LAPS`. The same seed gives the same figures.

    Their laps come from this machine and `machines` - 1 others. For a system's own number, the truth is that on this
    machine. For a ratio, it is the mean over the participating machines, weighted by their laps.
    """
    random = np.random.default_rng([seed, 2])
    here = (machine, machine.truths(seed))
    groups: list[_Group] = []
    for _ in range(_GROUPS if machines > 1 else 1):
        others = [machine.another(random) for _ in range(machines - 1)]
        groups.append([here, *((other, other.truths(seed)) for other in others)])
    return (_coverage(groups, laps, simulations, seed) for laps in LAPS)


def _coverage(groups: Sequence[_Group], laps: int, simulations: int, seed: int) -> Coverage:
    random = np.random.default_rng(seed)
    machine, truths = groups[0][0]
    own: dict[str, list[_Found]] = {name: [] for name in machine.systems}
    ratio: dict[str, list[_Found]] = {name: [] for name in machine.systems if name != machine.baseline}
    for number in range(simulations):
        group = groups[number % len(groups)]
        samples = _benchmark([each for each, _ in group], laps, random)
        for name, sample in samples.items():
            own[name] += _found(sample.typical, sample.interval, exp(truths[name]))
        for name, found in ratio.items():
            if times := paired(samples[name], samples[machine.baseline]):
                found += _found(times.value, times.interval, _ratio_truth(group, laps, name))
    errors: list[list[bool]] = [[] for _ in machine.rankings]
    for number in range(simulations):
        alike = [each.alike(own_truths) for each, own_truths in groups[number % len(groups)]]
        samples = _benchmark(alike, laps, random)
        for row, marked in zip(machine.rankings, errors, strict=True):
            marked += _any_mark([samples[name] for name in row])
    return Coverage(
        laps,
        own=_shares(own),
        ratio=_shares(ratio),
        family_error=max((fmean(marked) for marked in errors if marked), default=None),
        own_reach=_reaches(own),
        ratio_reach=_reaches(ratio),
    )


def _ratio_truth(group: _Group, laps: int, name: str) -> float:
    shared = zip(group, _shared(laps, len(group)), strict=True)
    return exp(sum(own * (truths[name] - truths[machine.baseline]) for (machine, truths), own in shared) / laps)


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


def _any_mark(samples: Sequence[Sample]) -> list[bool]:
    """Say if any two are separable. Empty if none can be marked."""
    known = [each for each in standings(samples) if each is not None]
    return [any(len(each.inseparable) < len(known) - 1 for each in known)] if known else []


def _found(value: float | None, interval: Interval | None, truth: float) -> list[_Found]:
    """Return what one benchmark found. Empty without an interval."""
    return [] if interval is None or value is None else [(interval.includes(truth), interval.high / value - 1)]


def _shares(found: Mapping[str, Sequence[_Found]]) -> dict[str, float | None]:
    return {name: fmean(held for held, _ in own) if own else None for name, own in found.items()}


def _reaches(found: Mapping[str, Sequence[_Found]]) -> dict[str, float | None]:
    return {name: median(reach for _, reach in own) if own else None for name, own in found.items()}
