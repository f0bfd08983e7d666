"""Replaces a record that breaks a rule: it keeps its place and gives the reason, but no figures."""

from harness.experiment.golden import Output
from harness.results.records import CrashRecord, InTrial, Record, RoundRecord, TrialRecord

_GREATEST = 2.0**63
_STAMPS = ("at_s", "phase_offset_s", "poll_resolution_s", "sent_ns", "accepted_ns", "finished_ns")


def refused_trial(trial: TrialRecord, why: str) -> TrialRecord:
    """Return a trial as an error with this reason. It keeps its possible stamps."""
    return trial.model_copy(
        update={
            **{name: 0 for name in _STAMPS if not 0 <= getattr(trial, name) < _GREATEST},
            "refusals": 0,
            "outcome": "error",
            "reason": why,
            "state": None,
            "phases": None,
            "events": [],
            "attempts_told": None,
            "output": Output(),
            "peak_rss_bytes": None,
            "rss_period_s": None,
            "cpu_s": None,
            "foreign_cpu_s": None,
            "steal_s": None,
            "pressure_s": None,
            "ended_told_s": None,
            "strangers": [],
            "clock_step_s": 0.0,
            "runs_told": None,
            "waiting_share": None,
            "cpu_period_s": None,
        }
    )


def refused_crash(trial: CrashRecord, why: str) -> CrashRecord:
    """Return a crash trial as an error with this reason."""
    kept = {name: getattr(trial, name) for name in (*InTrial.model_fields, "ran_as", "patience_s", "beside", "log")}
    return CrashRecord(**{**kept, "outcome": "error", "reason": why})


def refused_round(end: RoundRecord, why: str) -> RoundRecord:
    """Return a round's end as that of a failed round with this reason."""
    nothing = dict.fromkeys(
        (
            *("ready_s", "first_success_s", "idle_rss_bytes", "idle_cpu_cores"),
            *("state_runs", "state_bytes", "transactions"),
        )
    )
    return end.model_copy(
        update={**nothing, "rest_s": 0.0, "duration_s": 0.0, "clock_step_s": 0.0, "failure": why, "log": []}
    )


def refused(record: Record, why: str) -> Record | None:
    """Return a record that says why it does not count, or `None` if its kind cannot say so."""
    match record:
        case TrialRecord():
            return refused_trial(record, why)
        case CrashRecord():
            return refused_crash(record, why)
        case RoundRecord():
            return refused_round(record, why)
        case _:
            return None
