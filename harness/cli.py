"""The command line `orchbench`: reads what the user wants, calls the rooms in order, and words what goes wrong.

Exit codes: 0 done, 1 a benchmark of which a part failed, 2 misuse or something missing, 130 stopped by Ctrl-C.
"""

import os
import random
import shutil
import signal
import sys
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from docker.models.images import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from harness import doctor as examination
from harness.audit import audit as examine_records
from harness.benchmark import Benchmark, remaining_rounds
from harness.engine import EngineError, client, remove_leftovers
from harness.environment import Environment, describe, end_environment, genesis, read_environment, write_environment
from harness.estimate import rounds_s
from harness.folders import RESULTS, new_folder, newest
from harness.images import INPUTS, BuildError, ensure_orchestrator, ensure_warehouse, remove_dangling
from harness.landing import LandingError, ensure_landing
from harness.lock import Busy, exclusive
from harness.misuse import Misuse
from harness.orchestrator import Manifest, ManifestError, discover
from harness.pinning import available_cpus, keep_to, pin
from harness.plan import PRESETS, PlanError, make_plan, read_plan, write_plan
from harness.progress import Display
from harness.records import RECORDS, RecordError, Store, read_records
from harness.report.compare import Incomparable, comparison
from harness.report.markdown import SectionError
from harness.report.sensitivity import sensitivities, subjects
from harness.report.sound import NotSound
from harness.report.terminal import show, show_comparison, show_sensitivities
from harness.report.write import READMES, write_table
from harness.resume import resumable
from harness.selection import chosen, named
from harness.stack import LANDING, RUNS, Envelope, Stack, StackError
from harness.trial import run_once

app = typer.Typer(
    name="orchbench",
    help="Measure workflow orchestrators with one reference pipeline.",
    epilog="Examples:  orchbench bench --preset quick   |   orchbench report results/2026-01-31-host   |   "
    "orchbench ui NAME",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
out = Console(soft_wrap=not sys.stdout.isatty())
err = Console(stderr=True, highlight=False, soft_wrap=True)


class PresetName(StrEnum):
    """The presets by name."""

    QUICK = "quick"
    STANDARD = "standard"


@app.command(
    epilog="Examples:  orchbench bench   |   orchbench bench --preset quick --only NAME   |   orchbench bench --resume"
)
def bench(
    preset: Annotated[PresetName, typer.Option(help="How much to measure: quick is one lap, standard four.")] = (
        PresetName.STANDARD
    ),
    only: Annotated[
        list[str] | None,
        typer.Option(help="Measure only this orchestrator and the baseline; may be repeated."),
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="Measure only this profile (defaults, tuned); may be repeated.")
    ] = None,
    laps: Annotated[int | None, typer.Option(min=1, help="Laps, instead of the preset's.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the order of rounds and trials; drawn if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest unfinished benchmark.")] = False,
) -> None:
    """Build what is missing, run whole laps, and rewrite the table after each."""
    if resume and (only or profile or laps or seed is not None):
        raise Misuse("--resume goes on with the plan as it was made; leave out --only, --profile, --laps and --seed")
    manifests = chosen(only or (), profile or ())
    with exclusive():
        _clean_up()
        images, warehouse = _build(manifests)
        pinning = pin(available_cpus(), Envelope().cpus)
        envelope = Envelope(cpuset=pinning.cpuset)
        if resume:
            folder, environment, manifests = resumable(manifests, images, warehouse, envelope, pinning)
        else:
            size = PRESETS[preset.value]
            drawn = random.SystemRandom().randrange(10**6) if seed is None else seed
            plan = make_plan(manifests, size, laps or size.laps, drawn)
            environment = describe(
                manifests,
                images,
                warehouse,
                envelope,
                preset=size.name,
                laps=laps or size.laps,
                seed=drawn,
                plan=plan,
                pinning=pinning,
                started_s=time.time(),
            )
            folder = new_folder()
            write_plan(folder, plan)
            write_environment(folder, environment)
        keep_to(pinning)
        try:
            failed = _measure(folder, environment, manifests, images, envelope)
        except KeyboardInterrupt:
            err.print(f"\nstopped; {_short(folder)} keeps what was measured, go on with: orchbench bench --resume")
            raise typer.Exit(130) from None
    raise typer.Exit(1 if failed else 0)


@app.command(epilog="Example:  orchbench report results/2026-01-31-host")
def report(
    folder: Annotated[Path | None, typer.Argument(help="A benchmark's folder; the newest if not given.")] = None,
    readme: Annotated[bool, typer.Option(help="Also rewrite the generated sections of the READMEs.")] = False,
) -> None:
    """Rebuild the table from records alone; needs no Docker."""
    folder = folder or _newest()
    table = write_table(folder, READMES if readme else ())
    show(out, read_environment(folder), read_records(folder))
    out.print(f"\nwritten: {table}", highlight=False)


@app.command(epilog="Example:  orchbench audit results/2026-01-31-host")
def audit(
    folder: Annotated[Path | None, typer.Argument(help="A benchmark's folder; the newest if not given.")] = None,
) -> None:
    """Check a benchmark's files against their schema, their hashes, their plan and physics; needs no Docker."""
    folder = folder or _newest()
    environment = read_environment(folder)
    faults = examine_records(folder)
    for fault in faults:
        out.print(f"[red]fault[/] {fault.where}: {fault.what}", highlight=False)
    if faults:
        out.print(f"{_short(folder)} does not pass: {len(faults)} faults", highlight=False)
        raise typer.Exit(1)
    state = "" if environment.ended_s else ", unfinished"
    out.print(f"{_short(folder)} passes: {len(read_records(folder))} records{state}", highlight=False)


@app.command(epilog="Example:  orchbench compare results/2026-01-31-host results/2026-03-31-host --tolerance 10")
def compare(
    before: Annotated[Path, typer.Argument(help="A benchmark's folder.")],
    after: Annotated[Path, typer.Argument(help="The folder that is compared to it.")],
    tolerance: Annotated[float, typer.Option(min=0, help="By how many percent a number may get worse.")] = 5,
) -> None:
    """Say what changed between two benchmarks; exits with 1 if a number got worse by more than the tolerance."""
    found = comparison(before, after)
    show_comparison(out, found, tolerance / 100)
    raise typer.Exit(1 if found.worse(tolerance / 100) else 0)


@app.command(epilog="Example:  orchbench resolution results/2026-01-31-host --simulations 500")
def resolution(
    folder: Annotated[Path | None, typer.Argument(help="A benchmark's folder; the newest if not given.")] = None,
    simulations: Annotated[int, typer.Option(min=20, help="How many benchmarks to simulate for each number.")] = 1000,
) -> None:
    """Say what a benchmark of this size can see: simulates many with the noise that this one met."""
    found = subjects(folder or _newest())
    simulated = sensitivities(found, simulations, seed=1)
    show_sensitivities(out, list(track(simulated, "simulating", total=len(found), console=err)), simulations)


@app.command("list", epilog="Examples:  orchbench list   |   orchbench list --settings NAME")
def list_(
    settings: Annotated[
        str | None, typer.Option(metavar="NAME", help="List this orchestrator's settings, each with its page.")
    ] = None,
) -> None:
    """List the orchestrators that take part, or every setting of one that is not the tool's default."""
    if settings:
        (manifest,) = named([settings])
        _list_settings(manifest)
        return
    table = Table("name", "title", "version", "profiles", "port", show_edge=False)
    for manifest in discover():
        profiles = ", ".join(manifest.profiles)
        table.add_row(manifest.name, manifest.title, manifest.version, profiles, str(manifest.port))
    out.print(table)


@app.command(epilog="Example:  orchbench doctor")
def doctor() -> None:
    """Say what is missing on this machine, and the command that mends it."""
    findings = examination.examine()
    marks = {"ok": "[green]ok     [/]", "warning": "[yellow]warning[/]", "missing": "[red]missing[/]"}
    for finding in findings:
        out.print(f"{marks[finding.level]} {finding.what}", highlight=False)
        if finding.remedy:
            out.print(f"        mend it with: {finding.remedy}", highlight=False)
    raise typer.Exit(2 if any(finding.level == "missing" for finding in findings) else 0)


@app.command(epilog="Examples:  orchbench ui NAME   |   orchbench ui NAME --profile tuned")
def ui(
    name: Annotated[str, typer.Argument(help="Which orchestrator.")],
    profile: Annotated[str, typer.Option(help="Under which profile.")] = "defaults",
) -> None:
    """Bring one stack up for a person, with one finished run in it, until Ctrl-C."""
    (manifest,) = named([name])
    if profile not in manifest.profiles:
        raise Misuse(f"{name} has no profile {profile!r}; there are: {', '.join(manifest.profiles)}")
    with exclusive():
        _clean_up()
        _build([manifest])
        # The tool's own port, if it is free: people know it.
        with Stack(manifest, profile, Envelope(), host_port=manifest.port) as stack:
            with out.status(f"{name}: getting ready (up to {manifest.ready_limit_s:.0f} s)"):
                stack.up()
                stack.wait_ready()
            with out.status(f"{name}: running the pipeline once (about {manifest.profiles[profile].trial_s:.0f} s)"):
                record = run_once(stack, "ui")
            out.print(f"run {record.outcome} {record.reason}", highlight=False)
            out.print(f"{manifest.title} is at http://127.0.0.1:{stack.host_port}{manifest.ui}", highlight=False)
            out.print(f"its warehouse is at {stack.warehouse_url}", highlight=False)
            out.print("Ctrl-C takes it down")
            with suppress(KeyboardInterrupt):
                signal.pause()


@app.command(epilog="Example:  orchbench clean --images")
def clean(
    images: Annotated[
        bool, typer.Option("--images", help="Also remove the images, which takes a build to mend.")
    ] = False,
) -> None:
    """Remove containers, networks and volumes that an earlier orchbench left behind."""
    with exclusive():
        removed = _clean_up()
        if images:
            for image in client().images.list(filters={"label": INPUTS}):
                client().images.remove(str(image.id), force=True)
                removed += 1
    out.print(f"removed {removed}")


def main() -> None:
    """Run the command line; no error that a user can cause ends in a traceback."""
    signal.signal(signal.SIGTERM, _stop)
    # Containers read what the harness writes, as another user.
    os.umask(0o022)
    try:
        # Out of standalone mode, a typer.Exit comes back as the value of the call.
        sys.exit(app(standalone_mode=False))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except (BuildError, StackError, NotSound) as error:
        err.print(f"[red]failed[/] {error}")
        if isinstance(error, StackError):
            err.print(error.log, markup=False)
        sys.exit(1)
    except (
        EngineError,
        ManifestError,
        LandingError,
        PlanError,
        RecordError,
        SectionError,
        Incomparable,
        Busy,
        Misuse,
    ) as error:
        err.print(f"[red]error[/] {error}")
        sys.exit(2)
    except OSError as error:
        # A disk that is full, a folder that may not be written, an engine that went away.
        err.print(f"[red]failed[/] {error}")
        sys.exit(1)
    except typer.TyperException as error:
        err.print(f"[red]error[/] {error.format_message()}\nsee: orchbench --help")
        sys.exit(error.exit_code)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _list_settings(manifest: Manifest) -> None:
    for name, profile in manifest.profiles.items():
        out.print(f"[bold]{manifest.title} {manifest.version}, {name}[/]", highlight=False)
        if not profile.settings:
            out.print("  nothing is set", highlight=False)
        for key, setting in profile.settings.items():
            out.print(f"  {key} = {setting.value}", highlight=False, markup=False)
            out.print(f"    {setting.reason}\n    {setting.docs}", highlight=False, markup=False)


def _clean_up() -> int:
    removed = remove_leftovers()
    for folder in RUNS.glob("orchbench-*"):
        shutil.rmtree(folder, ignore_errors=True)
    if removed:
        out.print(f"removed {removed} leftovers of an earlier run", highlight=False)
    return removed


def _build(manifests: list[Manifest]) -> tuple[dict[str, Image], Image]:
    """Fetch the data and build what is missing, saying what is being done."""
    with out.status("looking at images and data") as status:

        def say(what: str) -> None:
            status.update(what)
            if not out.is_terminal:
                out.print(what, highlight=False)

        ensure_landing(LANDING)
        warehouse = ensure_warehouse(say)
        images = {manifest.name: ensure_orchestrator(manifest, say) for manifest in manifests}
        remove_dangling()
    return images, warehouse


def _newest() -> Path:
    return newest(lambda _: True, "no benchmark yet; make one with: orchbench bench")


def _measure(
    folder: Path,
    environment: Environment,
    manifests: list[Manifest],
    images: dict[str, Image],
    envelope: Envelope,
) -> bool:
    """Run the plan and rewrite the table after each lap; return whether any round failed."""
    plan = read_plan(folder)
    by_name = {manifest.name: manifest for manifest in manifests}
    store = Store(folder, genesis(folder))
    done = read_records(folder) if (folder / RECORDS).exists() else []
    expected_s = rounds_s(RESULTS, by_name, plan)
    remaining_s = sum(expected_s[planned.orchestrator, planned.profile] for planned in remaining_rounds(plan, done))
    out.print(
        f"{len(plan)} rounds in {environment.laps} laps, seed {environment.seed}: about {remaining_s / 60:.0f} min, "
        f"the first table after {remaining_s / 60 / environment.laps:.0f}; records in {_short(folder)}",
        highlight=False,
    )

    def after_lap() -> None:
        # A table that cannot be made is no reason to stop measuring; the last one decides.
        try:
            write_table(folder, READMES)
        except NotSound as fault:
            err.print(f"[yellow]warning[/] {fault}")

    with Display(out, expected_s, remaining_s) as display:
        benchmark = Benchmark(by_name, images, envelope, store, display)
        benchmark.measure_once(done)
        benchmark.run(plan, done, after_lap)
    end_environment(folder, time.time())
    write_table(folder, READMES)
    records = read_records(folder)
    show(out, read_environment(folder), records)
    out.print(f"\nwritten: {_short(folder)}/table.md", highlight=False)
    return any(record.kind == "round" and record.failure for record in records)


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    main()
