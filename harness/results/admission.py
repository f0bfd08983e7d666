"""Checks a trial's record before it is kept, by the same rules as the audit."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from harness.experiment.plan import Plan
from harness.results import crash_laws, trial_laws
from harness.results.environment import Environment
from harness.results.records import CrashRecord, TrialRecord
from harness.results.refused import refused_crash, refused_trial

Trial = TypeVar("Trial", TrialRecord, CrashRecord)


@dataclass(frozen=True)
class Admission:
    """Admits records of one benchmark. A record that breaks a rule becomes an error that names the rule."""

    environment: Environment
    plan: Plan

    def admit(self, record: Trial) -> Trial:
        """Return a trial's record in the form to keep."""
        if isinstance(record, TrialRecord):
            broken = _unwritable(record) or next(trial_laws.trial_faults(record, self.plan, self.environment), "")
            return refused_trial(record, broken) if broken else record
        broken = _unwritable(record) or next(crash_laws.trial_faults(record, self.plan), "")
        return refused_crash(record, broken) if broken else record


def _unwritable(record: BaseModel) -> str:
    """Say why a record cannot be written. A stack can name files with invalid characters."""
    try:
        record.model_dump_json()
    except PydanticSerializationError as error:
        return f"it cannot be written: {error}"
    return ""
