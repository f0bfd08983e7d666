"""The checks of `doctor`: one run of the baseline in each isolation, and the machine itself."""

import os
import shutil
import time

from harness.errors import HarnessError, origin
from harness.experiment.envelope import Envelope, fitting
from harness.experiment.plan import PlannedRound, PlannedTrial
from harness.experiment.scenario import scenarios
from harness.isolation.host_lock import Busy, exclusive
from harness.isolation.protocol import Diagnosis, Isolation
from harness.measure.landing_data import ensure_landing
from harness.measure.round import Round
from harness.orchestrators.contender import Contender
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Manifest
from harness.paths import LANDING, REPOSITORY
from harness.provision.built import Say
from harness.provision.checkout_owner import demand_own_checkout
from harness.results.records import TrialRecord

_DISK_BYTES = 15 * 10**9
_STACK_S = 15.0
"""The approximate time to start a stack, run once and stop."""
_REST_S = 1.0
_NO_STACK = "the baseline does not run"


def examine_isolation(isolation: Isolation, say: Say) -> list[Diagnosis]:
    """Check the requirements of an isolation. If nothing is missing, run the baseline in it, as `bench` does."""
    findings = isolation.examine()
    if any(finding.level == "missing" for finding in findings):
        return findings
    (baseline,) = (each for each in discover() if each.baseline)
    began = time.monotonic()
    try:
        demand_own_checkout()
        with exclusive():
            failure = _run(isolation, baseline, say)
    except Busy as error:
        return [*findings, Diagnosis("warning", f"{isolation.kind}: skipped the test run: {error}")]
    except HarnessError as error:
        return [*findings, Diagnosis("missing", f"{isolation.kind}: {_NO_STACK}: {error}", error.remedy)]
    except Exception as error:
        # Any other exception would have ended a benchmark.
        words = f"{isolation.kind}: {_NO_STACK}: {origin(error, baseline.folder)}"
        return [*findings, Diagnosis("missing", words)]
    if failure:
        remedy = f"orchbench check {baseline.name} --isolation {isolation.kind}"
        return [*findings, Diagnosis("missing", f"{isolation.kind}: {_NO_STACK}: {failure}", remedy)]
    took_s = time.monotonic() - began
    return [*findings, Diagnosis("ok", f"{isolation.kind}: the baseline ran once and was verified ({took_s:.0f} s)")]


def _run(isolation: Isolation, baseline: Manifest, say: Say) -> str:
    """Build the baseline and run a round with one `noop`. Return the fault, if any."""
    expected_s = isolation.expected_build_s([baseline]) + _STACK_S
    say(f"{isolation.kind}: running the baseline once, about {expected_s:.0f} s")
    ensure_landing(LANDING)
    isolation.prepare_warehouse(say)
    envelope = fitting(Envelope(), isolation.cpus())
    isolation.prepare(baseline, say, envelope)
    trials: list[TrialRecord] = []
    planned = PlannedTrial("noop", cold=True, phase_offset_s=0)
    ended = Round(
        isolation=isolation,
        contender=Contender(baseline, baseline.shared_profile),
        envelope=envelope,
        scenarios=scenarios(),
        planned=PlannedRound(1, baseline.name, baseline.shared_profile, (planned,), _REST_S),
        round_try=1,
        doing=lambda what: say(f"{isolation.kind}: {what}"),
        admit=lambda record: record,
        keep=trials.append,
    ).run()
    if ended.failure:
        return ". Last log line: ".join([ended.failure, *ended.log[-1:]])
    return "".join(f"its run was {each.outcome}: {each.reason}" for each in trials if each.outcome != "valid")


def examine_machine() -> list[Diagnosis]:
    """Check the disk and the load."""
    return [_disk(), _load_average()]


def _disk() -> Diagnosis:
    free = shutil.disk_usage(REPOSITORY).free
    if free < _DISK_BYTES:
        words = f"{free / 1e9:.0f} GB of disk space free, but images and wheels take about 8 GB"
        return Diagnosis("warning", words, "free some disk space")
    return Diagnosis("ok", f"{free / 1e9:.0f} GB of disk space free")


def _load_average() -> Diagnosis:
    average = os.getloadavg()[0]
    if average > 1:
        return Diagnosis("warning", f"load average {average:.1f}: other programs are running", "stop them, or wait")
    return Diagnosis("ok", f"load average {average:.1f}")
