"""The app: which commands there are, each with examples."""

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
from harness.cli.joining import join
from harness.cli.machine import clean, list_, ui
from harness.cli.results import audit, publish, report
from harness.cli.site import open_, site


def _examples(*commands: str) -> str:
    # The first line tells the formatter to keep the lines as they are.
    return "\n".join(
        ["\b", "Examples:" if len(commands) > 1 else "Example:", *(f"  orchbench {each}" for each in commands)]
    )


_EXIT_CODES = "\b\nExit codes:\n  0 done, 1 something that ran has failed, 2 misuse or something missing, 130 stopped"

app = typer.Typer(
    name="orchbench",
    help="Measure workflow orchestrators with one reference pipeline.",
    epilog=f"{_examples('bench', 'open', 'ui NAME')}\n\n{_EXIT_CODES}",
    add_completion=False,
    # Plain text: loading what draws frames takes longer than all the rest of the help.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


_WORTH_MORE = {"bench", "build", "check", "audit", "compare", "doctor"}
"""Commands that go on when nobody reads what they print: their files, or their exit codes, are worth more than that."""


@app.callback()
def _begin(context: typer.Context) -> None:
    out.goes_on_unread = context.invoked_subcommand in _WORTH_MORE


def _add(command: Callable[..., None], *examples: str, name: str | None = None) -> None:
    # Said aloud, the summary is wrapped in the list of commands; else it is cut off.
    summary = inspect.getdoc(command)
    app.command(name, short_help=summary, epilog=_examples(*examples))(command)


_add(bench, "bench", "bench --only NAME", "bench --preset standard --all", "bench --resume")
_add(build, "build", "build NAME --isolation process", "build --jobs 2")
_add(check, "check NAME", "check NAME --until ready", "check NAME --profile tuned --isolation process --json")
_add(report, "report results/2026-01-31-host", "report --json")
_add(open_, "open results/2026-01-31-host", name="open")
_add(site, "site")
_add(audit, "audit results/2026-01-31-host", "audit --json")
_add(join, "join results/2026-01-31-host results/2026-02-01-host", "join results/2026-01-31-host ../theirs --json")
_add(publish, "publish results/2026-01-31-host")
_add(compare, "compare results/2026-01-31-host results/2026-03-31-host --tolerance 10")
_add(resolution, "resolution results/2026-01-31-host --simulations 500")
_add(list_, "list", "list --settings NAME", "list --json", name="list")
_add(doctor, "doctor", "doctor --json")
_add(ui, "ui NAME", "ui NAME --profile tuned")
_add(new, "new NAME", "new NAME --from PACKAGE")
_add(lock, "lock NAME", "lock")
_add(clean, "clean --images")
