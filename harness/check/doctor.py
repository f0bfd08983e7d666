"""The checks of `doctor`: one run of the baseline in each isolation, and the machine itself."""

import os
import shutil
import time

from harness.errors import HarnessError, origin
from harness.experiment.envelope import Envelope, fitting
from harness.experiment.plan import PlannedTrial
from harness.isolation.protocol import Diagnosis, Isolation, StackError
from harness.machine.checkout_owner import demand_own_checkout
from harness.machine.host_lock import Busy, exclusive
from harness.machine.landing_data import ensure_landing
from harness.measure.golden_file import scenarios
from harness.measure.stack import launch, wait_ready
from harness.measure.trial import Place, run_trial
from harness.orchestrators.contender import Contender
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Manifest
from harness.paths import LANDING, REPOSITORY
from harness.provision.built import Say

_DISK_BYTES = 15 * 10**9
_STACK_S = 15.0
"""The approximate time to start a stack, run once and stop."""
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
            _run(isolation, baseline, say)
    except Busy as error:
        last = Diagnosis("warning", f"{isolation.kind}: skipped the test run: {error}")
    except HarnessError as error:
        words = ". Last log line: ".join([str(error), *error.log.splitlines()[-1:]])
        remedy = error.remedy or f"orchbench check {baseline.name} --isolation {isolation.kind}"
        last = Diagnosis("missing", f"{isolation.kind}: {_NO_STACK}: {words}", remedy)
    except Exception as error:
        # Any other exception would have ended a benchmark.
        last = Diagnosis("missing", f"{isolation.kind}: {_NO_STACK}: {origin(error, baseline.folder)}")
    else:
        took_s = time.monotonic() - began
        last = Diagnosis("ok", f"{isolation.kind}: the baseline ran once and was verified ({took_s:.0f} s)")
    return [*findings, last]


def _run(isolation: Isolation, baseline: Manifest, say: Say) -> None:
    """Build the baseline and run one `noop`. Raises `StackError` if it is not valid, and what a stack raises."""
    expected_s = isolation.expected_build_s([baseline]) + _STACK_S
    say(f"{isolation.kind}: running the baseline once, about {expected_s:.0f} s")
    ensure_landing(LANDING)
    isolation.prepare_warehouse(say)
    envelope = fitting(Envelope(), isolation.cpus())
    isolation.prepare(baseline, say, envelope)
    planned = PlannedTrial("noop", cold=True, phase_offset_s=0)
    with launch(isolation, Contender(baseline, baseline.shared_profile), envelope) as stack:
        say(f"{isolation.kind}: starting the baseline")
        wait_ready(stack, stack.running.started_ns)
        record = run_trial(stack, Place(1, "doctor", "doctor"), planned, scenarios()["noop"], None)
    if record.outcome != "valid":
        raise StackError(f"its run was {record.outcome}: {record.reason}")


def examine_machine() -> list[Diagnosis]:
    """Check the disk and the load."""
    free = shutil.disk_usage(REPOSITORY).free
    disk = Diagnosis("ok", f"{free / 1e9:.0f} GB of disk space free")
    if free < _DISK_BYTES:
        words = f"{free / 1e9:.0f} GB of disk space free, but images and wheels take about 8 GB"
        disk = Diagnosis("warning", words, "free some disk space")
    average = os.getloadavg()[0]
    load = Diagnosis("ok", f"load average {average:.1f}")
    if average > 1:
        load = Diagnosis("warning", f"load average {average:.1f}: other programs are running", "stop them, or wait")
    return [disk, load]
