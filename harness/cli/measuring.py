"""Runs a benchmark: shows its progress, writes a table after each round, and a report at the end."""

import time
from collections.abc import Mapping

from harness.cli.console import coloured, err, line_width, out
from harness.cli.progress import Display
from harness.cli.reporting import report_apart, table_apart
from harness.cli.rows import Rows
from harness.errors import Failure
from harness.measure.benchmark import Benchmark, remaining_rounds
from harness.measure.describe_machine import BenchContext
from harness.measure.start_or_resume import Begun
from harness.paths import shown
from harness.report.crash_matrix import first_file
from harness.results.result import write_end
from harness.results.store import Store


def measure(ground: BenchContext, begun: Begun, expected_s: Mapping[str, float], *, bar: bool) -> bool:
    """Run the plan and update the table after each round. Return whether any round failed.

    `expected_s` maps a planned round's id to its expected seconds.
    """
    plan, folder = begun.plan, begun.folder
    remaining = remaining_rounds(plan, begun.done)
    table = f"{shown(folder)}/{first_file(plan)}"
    out.print(f"Seed {begun.environment.seed}. {table} is updated after each round.")
    rows = Rows([manifest.title for manifest in begun.manifests.values()], begun.environment.laps, line_width(out))
    with Display(out, expected_s, remaining, jobs=ground.pinning.jobs, crashes=plan.crashes, bar=bar) as display:

        def between() -> None:
            # A failed table must not stop the benchmark. The final report decides.
            interim = table_apart(folder)
            if interim.fault:
                err.print(coloured("warning", "yellow", interim.fault))
            display.rows(rows, interim.cells)

        environment = begun.environment
        store = Store(folder, begun.genesis, environment.started_s)
        benchmark = Benchmark(
            begun.manifests, ground.isolation, ground.envelope, ground.pinning, environment, store, display
        )
        failures = benchmark.run(plan, begun.done, between)
    write_end(folder, max(time.time(), store.latest_s))
    if words := report_apart(folder):
        raise Failure(f"{words}. {shown(folder)} keeps every record", remedy=f"orchbench report {shown(folder)}")
    return failures > 0
