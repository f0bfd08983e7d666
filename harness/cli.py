"""The command line `orchbench`: reads what the user wants, calls the rooms in order, and words what goes wrong.

Exit codes: 0 done, 1 a benchmark of which a part failed, 2 misuse or something missing, 130 stopped by Ctrl-C.
"""

import os
import random
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from docker.models.images import Image
from rich.console import Console
from rich.table import Table

from harness import doctor as examination
from harness.benchmark import Benchmark, remaining_rounds
from harness.engine import EngineError, client, remove_leftovers
from harness.environment import Environment, describe, read_environment, write_environment
from harness.estimate import rounds_s
from harness.images import INPUTS, BuildError, ensure_orchestrator, ensure_warehouse, remove_dangling
from harness.landing import LandingError, ensure_landing
from harness.lock import Busy, exclusive
from harness.orchestrator import REPOSITORY, Manifest, ManifestError, discover
from harness.plan import PRESETS, Preset, make_plan
from harness.progress import Display
from harness.records import RECORDS, RecordError, Store, read_records
from harness.report.markdown import SectionError
from harness.report.terminal import show
from harness.report.write import publish, write_table
from harness.stack import LANDING, RUNS, Envelope, Stack, StackError
from harness.trial import run_once

RESULTS = REPOSITORY / "results"

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
    preset: Annotated[PresetName, typer.Option(help="How much to measure: quick is one lap, standard three.")] = (
        PresetName.STANDARD
    ),
    only: Annotated[
        list[str] | None,
        typer.Option(help="Measure only this orchestrator and the baseline; may be repeated."),
    ] = None,
    laps: Annotated[int | None, typer.Option(min=1, help="Laps, instead of the preset's.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the order of rounds and trials; drawn if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest unfinished benchmark.")] = False,
) -> None:
    """Build what is missing, run whole laps, and rewrite the table after each."""
    if resume and (only or laps or seed is not None):
        raise Misuse("--resume goes on with the plan as it was made; leave out --only, --laps and --seed")
    manifests = _chosen(only)
    with exclusive():
        _clean_up()
        images, warehouse = _build(manifests)
        chosen = PRESETS[preset.value]
        envelope = Envelope()
        if resume:
            folder, environment = _resumable(manifests, images, warehouse, envelope)
            chosen, manifests = (
                PRESETS[environment.preset],
                [m for m in manifests if _took_part(m, environment)],
            )
        else:
            environment = describe(
                manifests,
                images,
                warehouse,
                envelope,
                preset=chosen.name,
                laps=laps or chosen.laps,
                seed=random.SystemRandom().randrange(10**6) if seed is None else seed,
                started_s=time.time(),
            )
            folder = _new_folder()
            write_environment(folder, environment)
        try:
            failed = _measure(folder, environment, chosen, manifests, images, envelope)
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
    folder = folder or _newest(lambda _: True, "no benchmark yet; make one with: orchbench bench")
    table = write_table(folder)
    if readme:
        publish(folder)
    show(out, read_environment(folder), read_records(folder))
    out.print(f"\nwritten: {table}", highlight=False)


@app.command("list", epilog="Example:  orchbench list")
def list_() -> None:
    """List the orchestrators that take part."""
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


@app.command(epilog="Example:  orchbench ui NAME")
def ui(name: Annotated[str, typer.Argument(help="Which orchestrator.")]) -> None:
    """Bring one stack up for a person, with one finished run in it, until Ctrl-C."""
    (manifest,) = _named([name])
    with exclusive():
        _clean_up()
        _build([manifest])
        # The tool's own port, if it is free: people know it.
        with Stack(manifest, "defaults", Envelope(), host_port=manifest.port) as stack:
            with out.status(f"{name}: getting ready (up to {manifest.ready_limit_s:.0f} s)"):
                stack.up()
                stack.wait_ready()
            with out.status(f"{name}: running the pipeline once (about {manifest.trial_s:.0f} s)"):
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
    except (BuildError, StackError) as error:
        err.print(f"[red]failed[/] {error}")
        if isinstance(error, StackError):
            err.print(error.log, markup=False)
        sys.exit(1)
    except (EngineError, ManifestError, LandingError, RecordError, SectionError, Busy, Misuse) as error:
        err.print(f"[red]error[/] {error}")
        sys.exit(2)
    except OSError as error:
        # A disk that is full, a folder that may not be written, an engine that went away.
        err.print(f"[red]failed[/] {error}")
        sys.exit(1)
    except typer.TyperException as error:
        err.print(f"[red]error[/] {error.format_message()}\nsee: orchbench --help")
        sys.exit(error.exit_code)


class Misuse(Exception):
    """The command was given something that it cannot do; the message says what it can."""


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _named(names: list[str]) -> list[Manifest]:
    known = {manifest.name: manifest for manifest in discover()}
    for name in names:
        if name not in known:
            raise Misuse(f"no orchestrator {name!r}; there are: {', '.join(known)}")
    return [known[name] for name in names]


def _chosen(only: list[str] | None) -> list[Manifest]:
    everyone = discover()
    wanted = {manifest.name for manifest in _named(only)} if only else {manifest.name for manifest in everyone}
    return [manifest for manifest in everyone if manifest.name in wanted or manifest.baseline]


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


def _new_folder() -> Path:
    name = f"{datetime.now(UTC):%Y-%m-%d}-{socket.gethostname()}"
    folder = RESULTS / name
    number = 2
    while folder.exists():
        folder = RESULTS / f"{name}-{number}"
        number += 1
    folder.mkdir(parents=True)
    return folder


def _resumable(
    manifests: list[Manifest], images: dict[str, Image], warehouse: Image, envelope: Envelope
) -> tuple[Path, Environment]:
    folder = _newest(
        lambda environment: environment.ended_s is None,
        "no unfinished benchmark; start one with: orchbench bench",
    )
    before = read_environment(folder)
    taking_part = [manifest for manifest in manifests if _took_part(manifest, before)]
    now = describe(
        taking_part,
        images,
        warehouse,
        envelope,
        preset=before.preset,
        laps=before.laps,
        seed=before.seed,
        started_s=before.started_s,
    )
    if reason := before.mismatch(now):
        raise Misuse(f"{folder.name} cannot be resumed: {reason}; start a new one with: orchbench bench")
    return folder, before


def _took_part(manifest: Manifest, environment: Environment) -> bool:
    return manifest.name in {system.name for system in environment.systems}


def _newest(wanted: Callable[[Environment], bool], otherwise: str) -> Path:
    folders = [path.parent for path in RESULTS.glob(f"*/{RECORDS}") if wanted(read_environment(path.parent))]
    if not folders:
        raise Misuse(otherwise)
    return max(folders, key=lambda folder: read_environment(folder).started_s)


def _measure(
    folder: Path,
    environment: Environment,
    preset: Preset,
    manifests: list[Manifest],
    images: dict[str, Image],
    envelope: Envelope,
) -> bool:
    """Run the plan and rewrite the table after each lap; return whether any round failed."""
    plan = make_plan(manifests, preset, environment.laps, environment.seed)
    by_name = {manifest.name: manifest for manifest in manifests}
    store = Store(folder)
    done = read_records(folder) if (folder / RECORDS).exists() else []
    expected_s = rounds_s(RESULTS, by_name, plan)
    remaining_s = sum(expected_s[planned.orchestrator] for planned in remaining_rounds(plan, done))
    out.print(
        f"{len(plan)} rounds in {environment.laps} laps, seed {environment.seed}: about {remaining_s / 60:.0f} min, "
        f"the first table after {remaining_s / 60 / environment.laps:.0f}; records in {_short(folder)}",
        highlight=False,
    )

    def after_lap() -> None:
        write_table(folder)
        publish(folder)

    with Display(out, expected_s, remaining_s) as display:
        benchmark = Benchmark(by_name, images, envelope, store, display)
        benchmark.measure_once(done)
        benchmark.run(plan, done, after_lap)
    write_environment(folder, environment.model_copy(update={"ended_s": time.time()}))
    after_lap()
    records = read_records(folder)
    show(out, environment, records)
    out.print(f"\nwritten: {_short(folder)}/table.md", highlight=False)
    return any(record.kind == "round" and record.failure for record in records)


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    main()
