"""Rules between the plan and the records: nothing is missing, and nothing is unplanned."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from harness.audit.faults import NOTHING, Located, Objection, Records, RoundRecords, of_kind, rounds_of
from harness.experiment.envelope import Pinning
from harness.experiment.judgement import TRIES
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial, trial_id, try_id
from harness.results.environment import ENVIRONMENT, Environment
from harness.results.records import RECORDS, InRound, InTrial, RoundRecord, TrialRecord
from harness.results.result import PLAN, Result

_MAY_FOLLOW_A_TRIAL = ("setup", "unit_test")
"""Records that are made once, possibly after an orchestrator's first round."""


def check_plan_hash(result: Result) -> Iterator[Objection]:
    """Check that the plan is the environment's, with every system in every lap."""
    environment, plan = result.environment, result.plan
    if result.plan_sha256 != environment.plan_sha256:
        yield Objection(PLAN, f"its hash is not the one in {ENVIRONMENT}, so one of the two files was changed")
    everyone = {(system.name, profile) for system in environment.systems for profile in system.profiles}
    laps = [lap for lap, _ in groupby(plan.rounds, key=lambda planned: planned.lap)]
    if len(laps) != environment.laps or laps != [*range(1, len(laps) + 1)]:
        yield Objection(PLAN, f"its laps are not 1 to {environment.laps}, as in {ENVIRONMENT}")
    if [planned.number for planned in plan.rounds] != [*range(1, len(plan.rounds) + 1)]:
        yield Objection(PLAN, "its rounds are not numbered in their order, from 1")
    for each in plan.rounds:
        if unknown := {trial.scenario for trial in each.trials} - plan.trial_scenarios:
            names = ", ".join(sorted(unknown))
            yield Objection(PLAN, f"{each.id} names scenarios that the plan does not define: {names}")
    # Rounds that run alone are a separate part at the end of each lap.
    for (lap, _), rounds in groupby(plan.rounds, key=lambda planned: (planned.lap, planned.alone)):
        taking_part = [(planned.orchestrator, planned.profile) for planned in rounds]
        expected = everyone if plan.has_whole_laps else everyone & {*taking_part}
        if sorted(taking_part) != sorted(expected):
            yield Objection(PLAN, f"lap {lap} does not have each system of {ENVIRONMENT} once")


def measured_once(environment: Environment, plan: Plan, records: Records) -> Iterator[Objection]:
    """Check that single records appear once, and that a stack's image is known before its first trial.

    Code is counted once per profile. The build, the install and, if planned, the unit test are recorded once per
    orchestrator.
    """
    expected = _single_records(environment, plan)
    seen: Counter[tuple[str, str, str]] = Counter()
    measured: set[str] = set()
    for located in records:
        record = located.record
        if isinstance(record, InTrial):
            measured.add(record.orchestrator)
        if isinstance(record, InRound):
            continue
        key = (record.kind, record.orchestrator, record.profile)
        seen[key] += 1
        if key not in expected:
            yield located.fault("the plan has no such record")
        elif seen[key] > 1:
            yield located.fault("it appears a second time")
        elif record.orchestrator in measured and record.kind not in _MAY_FOLLOW_A_TRIAL:
            yield located.fault("it comes after the first trial of its orchestrator")
    # Some records follow a successful round, so a tool without one does not have them.
    successful = {each.record.orchestrator for each in of_kind(RoundRecord, records) if not each.record.failure}
    for kind, orchestrator, profile in sorted(expected - seen.keys()):
        over = environment.ended_s is not None and orchestrator in successful
        if over if kind in _MAY_FOLLOW_A_TRIAL else orchestrator in measured:
            yield Objection(RECORDS, f"the {kind} record of {orchestrator} {profile} is missing", NOTHING)


def _single_records(environment: Environment, plan: Plan) -> set[tuple[str, str, str]]:
    """Return the kind, orchestrator and profile of each record that a complete benchmark has once."""
    profiles: dict[str, set[str]] = defaultdict(set)
    for planned in plan.rounds:
        profiles[planned.orchestrator].add(planned.profile)
    tested = {system.name for system in environment.systems if system.unit_test}
    shared = {system.name: system.shared_profile for system in environment.systems}
    expected = {("code", name, profile) for name, own in profiles.items() for profile in own}
    return expected | {
        (kind, name, shared.get(name, ""))
        for kind in plan.once
        for name in profiles
        if kind != "unit_test" or name in tested
    }


def rounds_follow(environment: Environment, plan: Plan, records: Records) -> Iterator[Objection]:
    """Check that every planned round ran once, in order, with its trials, and that no other round ran."""
    named: list[Located[InRound]] = []
    for located in of_kind(InRound, records):
        if fault := _misnamed(located.record, plan):
            yield located.fault(fault)
        else:
            named.append(located)
    tries: dict[int, list[RoundRecords]] = defaultdict(list)
    for each in rounds_of(named):
        tries[each.records[0].record.round_number].append(each)
    yield from _order(named, environment.pinning)
    # Of the rounds that began earlier, as many can still run as there are parallel rounds. They may have no record yet.
    ended = {each.record.round_number for each in of_kind(RoundRecord, named)}
    going_on = {*range(1, max(tries, default=1))} - ended
    too_many = going_on if len(going_on) >= environment.pinning.jobs else set()
    for planned in plan.rounds:
        over = environment.ended_s is not None or planned.number in too_many
        yield from _tries(planned, tries[planned.number], over=over)


def _misnamed(record: InRound, plan: Plan) -> str:
    """Say how a record differs from the round that its numbers give. Empty if it does not."""
    if not 1 <= record.round_number <= len(plan.rounds):
        return f"the plan has no round {record.round_number} ({record.round})"
    planned = plan.rounds[record.round_number - 1]
    if (record.lap, record.orchestrator, record.profile) != (planned.lap, planned.orchestrator, planned.profile):
        return f"lap, orchestrator or profile differ from round {planned.id}"
    ids = {record.round: try_id(planned.id, record.round_try)}
    if isinstance(record, InTrial):
        ids[record.trial] = try_id(trial_id(record.round, record.trial_number, record.scenario), record.trial_try)
    return next((f"its id is {own}, but its numbers give {given}" for own, given in ids.items() if own != given), "")


def _order(records: Sequence[Located[InRound]], pinning: Pinning) -> Iterator[Objection]:
    """Check that rounds are in the plan's order, that no more ran in parallel than allowed, and that ends come last.

    The records of a round that ran alone are contiguous. If rounds share CPUs, each begins when another ends, and its
    first record does not show when it began.
    """
    rounds = {each.round: each for each in rounds_of(records)}
    last = {each.record.round: index for index, each in enumerate(records)}
    begun: set[str] = set()
    under_way: list[str] = []
    latest, before = 0, ""
    for index, located in enumerate(records):
        record = located.record
        if isinstance(record, RoundRecord) and last[record.round] > index:
            yield records[last[record.round]].fault("it comes after the end of its round")
        if record.round in begun:
            continue
        begun.add(record.round)
        # Parallel rounds may have begun before it.
        if pinning.sharing == 1 and latest - record.round_number >= pinning.jobs:
            what = f"its round comes before {before} in the plan"
            yield Objection(located.where, what, rounds[record.round].lines)
        latest, before = max(latest, record.round_number), record.round
        under_way = [each for each in under_way if last[each] >= index] + [record.round]
        if len(under_way) > pinning.jobs:
            yield rounds[under_way[0]].fault("records of another round come between it and its round")


def _tries(planned: PlannedRound, tries: Sequence[RoundRecords], *, over: bool) -> Iterator[Objection]:
    """Check the tries of one planned round: interrupted tries were repeated, and the last one ended."""
    if over and not tries:
        yield Objection(RECORDS, f"round {planned.id} has no record", NOTHING)
    for number, each in enumerate(tries, start=1):
        expected = try_id(planned.id, number)
        ends = of_kind(RoundRecord, each.records)
        if each.round != expected:
            yield each.fault(f"try {number} of {planned.id} is named {each.round}, expected {expected}")
        if number < len(tries) and ends:
            # The reason is unknown, and nobody may choose which try counts.
            spoils = NOTHING.union(*(each.lines for each in tries))
            yield Objection(ends[0].where, "it was repeated, although it had ended", spoils)
        if number == len(tries) and over and not ends:
            yield each.fault(f"round {each.round} has no end record", NOTHING)
        for end in ends[1:]:
            yield end.fault("its round has two ends")
        for end in ends:
            if end.record.rest_s != planned.rest_s:
                yield end.fault(f"rest_s is {end.record.rest_s:g}, but the plan has {planned.rest_s:g}")
        whole = any(not end.record.failure for end in ends)
        yield from _trials_of(planned, each, whole=whole)


def _trials_of(planned: PlannedRound, own: RoundRecords, *, whole: bool) -> Iterator[Objection]:
    """Check that a try has its planned trials, each once and in order. An interrupted try has only the first ones.

    A trial that ended in an error may have been repeated with the next name.
    """
    expected = dict(enumerate(planned.trials, start=1))
    tries: dict[int, list[Located[InTrial]]] = defaultdict(list)
    numbers = []
    for each in of_kind(InTrial, own.records):
        number = each.record.trial_number
        if number in expected and expected[number].scenario == each.record.scenario:
            tries[number].append(each)
            numbers.append(number)
        else:
            yield each.fault("the plan has no such trial")
    ids = {number: trial_id(own.round, number, trial.scenario) for number, trial in expected.items()}
    for number in range(1, 1 + (len(expected) if whole else max(numbers, default=0))):
        if number not in tries:
            yield own.fault(f"trial {ids[number]} of its round is missing", NOTHING)
    if numbers != sorted(numbers):
        yield own.fault("the trials of its round are not in the plan's order")
    for number, repeated in tries.items():
        yield from _tried_again(ids[number], repeated)
    fresh = False
    for located in of_kind(TrialRecord, own.records):
        trial = located.record
        if (planned_trial := expected.get(trial.trial_number)) is None:
            continue
        # After a trial that hung, the stack is fresh and its first trial is cold, whatever the plan says.
        colder = replace(planned_trial, cold=True) if fresh else planned_trial
        fresh = trial.ends_a_life
        if PlannedTrial(trial.scenario, trial.cold, trial.phase_offset_s) not in (planned_trial, colder):
            yield located.fault(f"scenario, cold or phase_offset_s differ from the plan: {planned_trial}")


def _tried_again(name: str, tries: Sequence[Located[InTrial]]) -> Iterator[Objection]:
    """Check the tries of one trial: each has the next name, and all but the last ended in an error."""
    times = Counter(each.record.trial_try for each in tries)
    for number, each in enumerate(tries, start=1):
        if times[each.record.trial_try] > 1:
            yield each.fault(f"its trial appears {times[each.record.trial_try]} times")
        elif each.record.trial_try != number or number > TRIES:
            yield each.fault(f"it is try {number} of {name}, but at most {TRIES} are allowed")
        elif number < len(tries) and each.record.outcome != "error":
            yield each.fault("its trial was repeated, although it had not ended in an error")
