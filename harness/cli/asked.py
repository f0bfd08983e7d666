"""Turns the options of `bench` into a preset or crash scenarios."""

from collections.abc import Sequence
from dataclasses import replace

from harness.cli.names import PresetName
from harness.errors import Misuse
from harness.labs.crash.cells import stuck_cells
from harness.labs.crash.plan import PATIENCE_S, CrashPreset
from harness.labs.crash.scenarios import crashes
from harness.labs.latency.plan import PRESETS, LatencyPreset
from harness.results.folders import results_under


def asked_for(
    preset: PresetName, scenarios: Sequence[str], patience_s: float | None, *, stuck: bool
) -> LatencyPreset | CrashPreset:
    """Return what to measure. Raises `Misuse` for unknown scenarios and for crash options without that preset."""
    if preset is not PresetName.CRASH:
        if scenarios or patience_s or stuck:
            raise Misuse("--scenario, --patience and --stuck need --preset crash")
        return PRESETS[preset.value]
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
