"""Rules between the plan and the records: nothing is missing, and nothing is unplanned."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from harness.audit.faults import NOTHING, Located, Objection, Records, RoundRecords, rounds_of
from harness.experiment.envelope import Pinning
from harness.experiment.judgement import TRIES
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial, planned_id, trial_id, try_id
from harness.orchestrators.manifest import standing_for_all
from harness.results.environment import ENVIRONMENT, Environment
from harness.results.records import RECORDS, CrashRecord, RoundRecord, TrialRecord
from harness.results.result import PLAN, Result

_MAY_FOLLOW_A_TRIAL = ("setup", "unit_test")
"""Records that are made once, possibly after an orchestrator's first round."""


def check_plan_hash(result: Result) -> Iterator[Objection]:
    """Check that the plan is the environment's, with every system in every lap."""
    environment, plan = result.environment, result.plan
    if result.plan_sha256 != environment.plan_sha256:
        yield Objection(PLAN, f"its hash is not the one in {ENVIRONMENT}, so one of the two files was changed")
    everyone = {(system.name, profile) for system in environment.systems for profile in system.profiles}
    laps = [[*rounds] for _, rounds in groupby(plan.rounds, key=lambda planned: planned.lap)]
    if [rounds[0].lap for rounds in laps] != [n + 1 for n in range(len(laps))] or len(laps) != environment.laps:
        yield Objection(PLAN, f"its laps are not 1 to {environment.laps}, as in {ENVIRONMENT}")
    for each in plan.rounds:
        if unknown := {trial.scenario for trial in each.trials} - plan.trial_scenarios:
            yield Objection(
                PLAN, f"{each.id} names scenarios that the plan does not define: {', '.join(sorted(unknown))}"
            )
    # Rounds that run alone are a separate part at the end of each lap.
    for _, rounds in groupby(plan.rounds, key=lambda planned: (planned.lap, planned.alone)):
        part = [*rounds]
        taking_part = [(planned.orchestrator, planned.profile) for planned in part]
        expected = everyone if plan.has_whole_laps else everyone & {*taking_part}
        if len(taking_part) != len(expected) or {*taking_part} != expected:
            yield Objection(PLAN, f"lap {part[0].lap} does not have each system of {ENVIRONMENT} once")


def measured_once(environment: Environment, plan: Plan, records: Records) -> Iterator[Objection]:
    """Check that single records appear once, and that a stack's image is known before its first trial.

    Code is counted once per profile. The build, the install and, if planned, the unit test are recorded once per
    orchestrator.
    """
    profiles: dict[str, set[str]] = defaultdict(set)
    for planned in plan.rounds:
        profiles[planned.orchestrator].add(planned.profile)
    expected = {("code", name, profile) for name, own in profiles.items() for profile in own}
    tested = {system.name for system in environment.systems if system.unit_test}
    expected |= {
        (kind, name, standing_for_all(own))
        for kind in plan.once
        for name, own in profiles.items()
        if kind != "unit_test" or name in tested
    }
    seen: Counter[tuple[str, str, str]] = Counter()
    measured: set[str] = set()
    went_well: set[str] = set()
    for located in records:
        record = located.record
        if isinstance(record, TrialRecord | CrashRecord):
            measured.add(record.orchestrator)
            continue
        if isinstance(record, RoundRecord):
            if not record.failure:
                went_well.add(record.orchestrator)
            continue
        key = (record.kind, record.orchestrator, record.profile)
        seen[key] += 1
        if key not in expected:
            yield located.fault("the plan has no such record")
        elif seen[key] > 1:
            yield located.fault("it appears a second time")
        elif record.orchestrator in measured and record.kind not in _MAY_FOLLOW_A_TRIAL:
            yield located.fault("it comes after the first trial of its orchestrator")
    for kind, orchestrator, profile in sorted(expected - seen.keys()):
        # Some records follow a successful round, so a tool without one does not have them.
        due = measured if kind not in _MAY_FOLLOW_A_TRIAL else went_well if environment.ended_s is not None else set()
        if orchestrator in due:
            yield Objection(RECORDS, f"the {kind} record of {orchestrator} {profile} is missing", NOTHING)


def rounds_follow(environment: Environment, plan: Plan, records: Records) -> Iterator[Objection]:
    """Check that every planned round ran once, in order, with its trials, and that no other round ran."""
    lives = rounds_of(records)
    known = {planned.id: index for index, planned in enumerate(plan.rounds)}
    tries: dict[str, list[RoundRecords]] = defaultdict(list)
    for life in lives:
        tries[planned_id(life.round)].append(life)
    begun = max((known[base] for base in tries if base in known), default=-1)
    for base in tries.keys() - known.keys():
        for life in tries[base]:
            yield life.fault(f"the plan has no round {life.round}")
    yield from _order(known, lives, records, environment.pinning)
    # Of the rounds that began earlier, as many can still run as there are parallel rounds. They may have no record yet.
    going_on = [each for each in plan.rounds[: max(begun, 0)] if not any(life.ends for life in tries.get(each.id, []))]
    too_many = going_on if len(going_on) >= environment.pinning.jobs else []
    for planned in plan.rounds:
        over = environment.ended_s is not None or planned in too_many
        yield from _tries(planned, tries.get(planned.id, []), over=over)


def _order(
    known: dict[str, int], lives: Sequence[RoundRecords], records: Records, pinning: Pinning
) -> Iterator[Objection]:
    """Check that rounds are in the plan's order, that no more ran in parallel than allowed, and that ends come last.

    The records of a round that ran alone are contiguous. If rounds share CPUs, each begins when another ends, and its
    first record does not show when it began.
    """
    of_rounds = [
        (each, each.record) for each in records if isinstance(each.record, TrialRecord | CrashRecord | RoundRecord)
    ]
    last = {record.round: index for index, (_, record) in enumerate(of_rounds)}
    life_of = {life.round: life for life in lives}
    begun: set[str] = set()
    under_way: list[str] = []
    latest, before = -1, ""
    for index, (located, record) in enumerate(of_rounds):
        if isinstance(record, RoundRecord) and last[record.round] > index:
            yield of_rounds[last[record.round]][0].fault("it comes after the end of its round")
        if record.round in begun:
            continue
        begun.add(record.round)
        place = known.get(planned_id(record.round), 0)
        # Parallel rounds may have begun before it.
        if pinning.sharing == 1 and latest - place >= pinning.jobs:
            spoils = life_of[record.round].lines
            yield Objection(located.where, f"its round comes before {before} in the plan", spoils)
        latest, before = max(latest, place), record.round
        under_way = [each for each in under_way if last[each] >= index] + [record.round]
        if len(under_way) > pinning.jobs:
            torn = of_rounds[last[under_way[0]]][0]
            spoils = life_of[under_way[0]].lines
            yield Objection(torn.where, "records of another round come between it and its round", spoils)


def _tries(planned: PlannedRound, tries: Sequence[RoundRecords], *, over: bool) -> Iterator[Objection]:
    """Check the tries of one planned round: interrupted tries were repeated, and the last one ended."""
    if not tries:
        if over:
            yield Objection(RECORDS, f"round {planned.id} has no record", NOTHING)
        return
    for number, life in enumerate(tries, start=1):
        expected = try_id(planned.id, number)
        if life.round != expected:
            yield life.fault(f"try {number} of {planned.id} is named {life.round}, expected {expected}")
        if number < len(tries) and life.ends:
            # The reason is unknown, and nobody may choose which try counts.
            spoils = NOTHING.union(*(each.lines for each in tries))
            yield Objection(life.ends[0].where, "it was repeated, although it had ended", spoils)
        if number == len(tries) and over and not life.ends:
            yield life.lack(f"round {life.round} has no end record")
        for end in life.ends[1:]:
            yield end.fault("its round has two ends")
        every: list[Located[TrialRecord] | Located[CrashRecord] | Located[RoundRecord]]
        every = [*life.trials, *life.crashes, *life.ends]
        for located in every:
            record = located.record
            if (record.lap, record.orchestrator, record.profile) != (
                planned.lap,
                planned.orchestrator,
                planned.profile,
            ):
                yield located.fault(f"lap, orchestrator or profile differ from round {planned.id}")
        for end in life.ends:
            if end.record.rest_s != planned.rest_s:
                yield end.fault(f"rest_s is {end.record.rest_s:g}, but the plan has {planned.rest_s:g}")
        yield from _trials_of(planned, life)


def _trials_of(planned: PlannedRound, life: RoundRecords) -> Iterator[Objection]:
    """Check that a try has its planned trials, each once and in order. An interrupted try has only the first ones.

    A trial that ended in an error may have been repeated with the next name.
    """
    ids = [trial_id(life.round, number, trial.scenario) for number, trial in enumerate(planned.trials, start=1)]
    by_id = dict(zip(ids, planned.trials, strict=True))
    ran: list[Located[TrialRecord] | Located[CrashRecord]] = [*life.trials, *life.crashes]
    tries: dict[str, list[Located[TrialRecord] | Located[CrashRecord]]] = defaultdict(list)
    for each in ran:
        tries[planned_id(each.record.trial)].append(each)
    places = [ids.index(name) for each in ran if (name := planned_id(each.record.trial)) in by_id]
    whole = any(not end.record.failure for end in life.ends)
    expected = ids if whole else ids[: max(places, default=-1) + 1]
    for name in expected:
        if not tries[name]:
            yield life.lack(f"trial {name} of its round is missing")
    if places != sorted(places):
        yield life.fault("the trials of its round are not in the plan's order")
    for name, own in tries.items():
        if name not in by_id:
            yield from (each.fault("the plan has no such trial") for each in own)
        else:
            yield from _tried_again(name, own)
    fresh = False
    for located in life.trials:
        trial = located.record
        if (planned_trial := by_id.get(planned_id(trial.trial))) is None:
            continue
        # After a trial that hung, the stack is fresh and its first trial is cold, whatever the plan says.
        colder = replace(planned_trial, cold=True) if fresh else planned_trial
        fresh = trial.ends_a_life
        if PlannedTrial(trial.scenario, trial.cold, trial.phase_offset_s) not in (planned_trial, colder):
            yield located.fault(f"scenario, cold or phase_offset_s differ from the plan: {planned_trial}")


def _tried_again(name: str, tries: Sequence[Located[TrialRecord] | Located[CrashRecord]]) -> Iterator[Objection]:
    """Check the tries of one trial: each has the next name, and all but the last ended in an error."""
    names = Counter(each.record.trial for each in tries)
    for number, each in enumerate(tries, start=1):
        if names[each.record.trial] > 1:
            yield each.fault(f"its trial appears {names[each.record.trial]} times")
        elif each.record.trial != try_id(name, number) or number > TRIES:
            yield each.fault(f"it is try {number} of {name}, but at most {TRIES} are allowed")
        elif number < len(tries) and each.record.outcome != "error":
            yield each.fault("its trial was repeated, although it had not ended in an error")
