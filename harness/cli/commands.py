"""The app: all commands with examples."""

import inspect
from collections.abc import Callable

import typer

from harness.cli.adding import lock, new
from harness.cli.bench import bench
from harness.cli.building import build
from harness.cli.checking import check
from harness.cli.comparing import compare, resolution
from harness.cli.console import out
from harness.cli.examining import doctor
from harness.cli.machine import clean, list_, ui
from harness.cli.results import audit, open_, publish, report


def _examples(*commands: str) -> str:
    # The first line makes the formatter keep line breaks.
    return "\n".join(
        ["\b", "Examples:" if len(commands) > 1 else "Example:", *(f"  orchbench {each}" for each in commands)]
    )


_EXIT_CODES = "\b\nExit codes:\n  0 success, 1 failure, 2 misuse or something missing, 130 interrupted"

app = typer.Typer(
    name="orchbench",
    help="Measure workflow orchestrators with one reference pipeline.",
    epilog=f"{_examples('bench', 'open', 'ui NAME')}\n\n{_EXIT_CODES}",
    add_completion=False,
    # Plain text, because loading rich takes longer than the rest of the help.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


_WORTH_MORE = {"bench", "build", "check", "audit", "compare", "doctor"}
"""Commands that continue without a reader of their output, because their files or exit codes matter more."""


@app.callback()
def _begin(context: typer.Context) -> None:
    out.goes_on_unread = context.invoked_subcommand in _WORTH_MORE


def _add(command: Callable[..., None], *examples: str, name: str | None = None) -> None:
    # An explicit summary is wrapped in the list of commands. Otherwise it is cut off.
    summary = inspect.getdoc(command)
    app.command(name, short_help=summary, epilog=_examples(*examples))(command)


_add(bench, "bench", "bench --only NAME", "bench --preset standard --all", "bench --resume")
_add(build, "build", "build NAME --isolation process", "build --jobs 2")
_add(check, "check NAME", "check NAME --until ready", "check NAME --profile tuned --isolation process --json")
_add(report, "report results/2026-01-31-host", "report --json")
_add(open_, "open results/2026-01-31-host", name="open")
_add(audit, "audit results/2026-01-31-host", "audit --json")
_add(publish, "publish results/2026-01-31-host")
_add(compare, "compare results/2026-01-31-host results/2026-03-31-host --tolerance 10")
_add(resolution, "resolution results/2026-01-31-host --simulations 500")
_add(list_, "list", "list --settings NAME", "list --json", name="list")
_add(doctor, "doctor", "doctor --json")
_add(ui, "ui NAME", "ui NAME --profile tuned")
_add(new, "new NAME", "new NAME --from PACKAGE")
_add(lock, "lock NAME", "lock")
_add(clean, "clean --images")
