"""Checks a trial's record before it is kept, by the rules of the audit.

A refused record keeps its place and gives the reason, but no figures.
"""

from typing import TypeVar

from pydantic_core import PydanticSerializationError

from harness.experiment.golden import Output
from harness.experiment.plan import Plan
from harness.results import crash_laws, trial_laws
from harness.results.environment import Environment
from harness.results.records import CrashRecord, InRound, InTrial, RoundRecord, TrialRecord

Trial = TypeVar("Trial", TrialRecord, CrashRecord)
_Record = TypeVar("_Record", bound=InRound)
_GREATEST = 2.0**63
_STAMPS = ("at_s", "phase_offset_s", "poll_resolution_s", "sent_ns", "accepted_ns", "finished_ns")


def admitted(trial: Trial, plan: Plan, environment: Environment) -> Trial:
    """Return a trial's record in the form to keep: one that breaks a rule becomes an error that names the rule."""
    try:
        trial.model_dump_json()
    except PydanticSerializationError as error:
        # A stack can name files with invalid characters.
        return refused(trial, f"it cannot be written: {error}")
    if isinstance(trial, TrialRecord):
        broken = next(trial_laws.trial_faults(trial, plan, environment), "")
    else:
        broken = next(crash_laws.trial_faults(trial, plan), "")
    return refused(trial, broken) if broken else trial


def refused(record: _Record, why: str) -> _Record:
    """Return a record that says why it does not count, in its own kind's words."""
    kept, values = {*InRound.model_fields}, dict[str, object]()
    if isinstance(record, RoundRecord):
        values = {"rest_s": 0.0, "duration_s": 0.0, "failure": why}
    if isinstance(record, InTrial):
        kept |= {*InTrial.model_fields, "log"}
        values = {"outcome": "error", "reason": why}
    if isinstance(record, CrashRecord):
        kept |= {"ran_as", "patience_s", "beside"}
    if isinstance(record, TrialRecord):
        kept |= {*_STAMPS, "cold", "absent_s", "stack_replaced"}
        values |= {name: 0 for name in _STAMPS if not 0 <= getattr(record, name) < _GREATEST}
        values |= {"refusals": 0, "events": [], "output": Output()}
    lost = {name: field for name, field in type(record).model_fields.items() if name not in kept}
    empty = {
        name: None if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in lost.items()
    }
    return record.model_copy(update={**empty, **values})
