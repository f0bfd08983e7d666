"""What `bench` does: finds what its options ask for, then runs it with progress, interim tables and a report."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from harness.cli.console import coloured, err, line_width, out
from harness.cli.progress import Display
from harness.cli.results import tell
from harness.errors import Failure, Misuse, worded
from harness.labs.benchmark import Benchmark, remaining_rounds
from harness.labs.crash.plan import PATIENCE_S, CrashPreset, stuck_cells
from harness.labs.crash.scenarios import crashes
from harness.labs.kinds import kind_of
from harness.labs.latency.plan import PRESETS, LatencyPreset
from harness.labs.report_files import interim_table, write_report
from harness.labs.start_or_resume import Begun
from harness.machine.describe_machine import BenchContext
from harness.paths import shown
from harness.results.folders import results_under
from harness.results.result import read_result, write_end
from harness.results.store import Store


def asked_for(
    preset: str, scenarios: Sequence[str], patience_s: float | None, *, stuck: bool
) -> LatencyPreset | CrashPreset:
    """Return what to measure. Raises `Misuse` for unknown scenarios and for crash options without that preset."""
    if preset != "crash":
        if scenarios or patience_s or stuck:
            raise Misuse("--scenario, --patience and --stuck need --preset crash")
        return PRESETS[preset]
    if unknown := [name for name in scenarios if name not in crashes()]:
        raise Misuse(f"unknown crash scenario {unknown[0]!r}. Choose from: {', '.join(crashes())}")
    return CrashPreset(scenarios, PATIENCE_S if patience_s is None else patience_s)


def patiently(lab: CrashPreset, kind: str) -> CrashPreset:
    """Return a lab with only the cases that earlier results with this isolation call stuck. Raises `Misuse`."""
    among = stuck_cells(results_under(kind), lab.patience_s)
    if not among:
        raise Misuse(
            f"no earlier result has a case that was stuck after less than {lab.patience_s:g} s. "
            "Wait longer: --patience 900"
        )
    return replace(lab, among=among)


def measure(ground: BenchContext, begun: Begun, expected_s: Mapping[str, float], *, bar: bool) -> bool:
    """Run the plan and update the table after each round. Return whether any round failed.

    `expected_s` maps a planned round's id to its expected seconds.
    """
    folder, plan = begun.folder, begun.intent.plan
    kind = kind_of(plan)
    remaining = remaining_rounds(plan, begun.intent.done)
    table = f"{shown(folder)}/{kind.first_file}"
    out.print(f"Seed {begun.environment.seed}. {table} is updated after each round.")
    jobs, line_of = ground.pinning.jobs, partial(kind.trial_line, plan)
    with Display(out, expected_s, remaining, line_of, jobs=jobs, bar=bar) as display:

        def between() -> None:
            # A failed table must not stop the benchmark. The final report decides.
            interim, fault = interim_table(folder, line_width(out))
            if fault:
                err.print(coloured("warning", "yellow", fault))
            display.rows(interim)

        store = Store(folder, begun.genesis, begun.environment.started_s)
        failures = Benchmark(ground, begun.intent, begun.environment, store, display).run(between)
    write_end(folder, max(time.time(), store.latest_s))
    try:
        result = read_result(folder)
        tell(result, write_report(result), as_json=False)
    except Exception as error:
        words = f"the report failed: {worded(error, folder)}. {shown(folder)} keeps every record"
        raise Failure(words, remedy=f"orchbench report {shown(folder)}") from error
    return failures > 0
