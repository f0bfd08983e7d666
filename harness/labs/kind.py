"""What distinguishes one kind of benchmark from another: one value per kind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup

from harness.experiment.crash import NotTried
from harness.experiment.plan import Plan
from harness.measure.round import Round
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import Manifest
from harness.results.records import CrashRecord, TrialRecord
from harness.results.result import Result

AnyTrial = TrialRecord | CrashRecord
System = tuple[str, str]
"""An orchestrator and its profile."""


class Preset(Protocol):
    """How much to measure. Each kind has its own presets."""

    @property
    def name(self) -> str:
        """Its name on the command line and in the environment."""

    @property
    def laps(self) -> int:
        """The default number of laps."""

    @property
    def profiles(self) -> Sequence[str]:
        """The profiles that it measures if none are named. Empty means all."""

    def plan(self, manifests: Sequence[Manifest], isolation: str, laps: int, seed: int) -> Plan:
        """Return a plan for this kind of isolation. Raises `Misuse` if it would be empty."""


@dataclass(frozen=True)
class TrialLine:
    """How progress shows a finished trial: what it was, its verdict in a colour, and the reason.

    `moves_s` is how far it moves the bar, in expected seconds.
    """

    what: str
    verdict: str
    colour: str
    reason: str
    moves_s: float
    log: Sequence[str] = ()


@dataclass(frozen=True)
class Interim:
    """A line for each system after a round, under one heading."""

    head: str
    rows: Mapping[System, str]


@dataclass(frozen=True)
class Summary:
    """A result in a terminal: rows of a table, which never wrap, and sentences."""

    rows: Sequence[str]
    sentences: Sequence[str]


@dataclass(frozen=True)
class Kind:
    """A kind of benchmark.

    Attributes:
        name: The name that a plan has for it.
        round: Runs a planned round and makes its records.
        estimate: From earlier results, manifests and a plan to the expected seconds of each planned round by its id.
        not_tried: From a contender, an isolation and a plan to the planned scenarios that do not apply, and why.
        shares_cpus: Whether parallel rounds may share CPUs, because no timing can be disturbed.
        first_file: The file of a result that a reader opens first.
        files: Every generated file of a result, by name, the first file first.
        page: The page of a result on the site, from the failures of tools as HTML and the path to the site.
        trial_line: How progress shows a finished trial of a plan.
        interim: The lines of an unfinished result in so many characters.
        summary: A result in so many characters.
        why_not_joined: Why `join` refuses its results. Empty if it does not.
        why_not_published: Why no result of it can be the published one. Empty if it can.

    """

    name: str
    round: type[Round[TrialRecord]] | type[Round[CrashRecord]]
    estimate: Callable[[Sequence[Result], Mapping[str, Manifest], Plan], dict[str, float]]
    not_tried: Callable[[Contender, str, Plan], dict[str, NotTried]]
    shares_cpus: bool
    first_file: str
    files: Callable[[Result], Iterator[tuple[str, bytes]]]
    page: Callable[[Result, Markup | None, str], str]
    trial_line: Callable[[Plan, AnyTrial], TrialLine]
    interim: Callable[[Result, int], Interim]
    summary: Callable[[Result, int], Summary]
    why_not_joined: str = ""
    why_not_published: str = ""
