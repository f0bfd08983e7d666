"""The app: all commands with examples. A command's module is imported only when the command runs."""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from harness.cli.console import out

_COMMANDS = {
    "bench": ("bench.bench", "bench", "bench --only NAME", "bench --preset standard --all", "bench --resume"),
    "build": ("machine.build", "build NAME --isolation process", "build --jobs 2"),
    "check": (
        "checking.check",
        *("check NAME", "check NAME --until ready", "check NAME --profile tuned --isolation process --json"),
    ),
    "report": ("results.report", "report results/2026-01-31-host", "report --json"),
    "open": ("site.open_", "open results/2026-01-31-host"),
    "site": ("site.site", "site"),
    "audit": ("results.audit", "audit results/2026-01-31-host", "audit --json"),
    "join": (
        "results.join",
        *("join results/2026-01-31-host results/2026-02-01-host", "join results/2026-01-31-host ../theirs --json"),
    ),
    "publish": ("results.publish", "publish results/2026-01-31-host"),
    "compare": ("compare.compare", "compare results/2026-01-31-host results/2026-03-31-host --tolerance 10"),
    "resolution": ("resolution.resolution", "resolution results/2026-01-31-host --simulations 500"),
    "list": ("tools.list_", "list", "list --settings NAME", "list --json"),
    "doctor": ("machine.doctor", "doctor", "doctor --json"),
    "ui": ("machine.ui", "ui NAME", "ui NAME --profile tuned"),
    "new": ("tools.new", "new NAME", "new NAME --from PACKAGE"),
    "lock": ("tools.lock", "lock NAME", "lock"),
    "clean": ("machine.clean", "clean --images"),
}
"""For each name: its module in this package and its function, then examples."""
_WORTH_MORE = {"bench", "build", "check", "audit", "compare", "doctor"}
"""Commands that continue without a reader of their output, because their files or exit codes matter more."""


def _examples(*commands: str) -> str:
    # The first line makes the formatter keep line breaks.
    return "\n".join(
        ["\b", "Examples:" if len(commands) > 1 else "Example:", *(f"  orchbench {each}" for each in commands)]
    )


class _NotLoaded(TyperCommand):
    """Represents a command in the list without importing its module."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        place, *self._examples = _COMMANDS[name]
        self._module, self._function = place.split(".")

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002
        """Return the whole summary, which the list of commands wraps."""
        tree = ast.parse(Path(__file__).with_name(f"{self._module}.py").read_text(encoding="utf-8"))
        functions = (each for each in tree.body if isinstance(each, ast.FunctionDef))
        return next(ast.get_docstring(each) or "" for each in functions if each.name == self._function)

    def loaded(self) -> Any:
        """Return the command itself."""
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        function = getattr(import_module(f"harness.cli.{self._module}"), self._function)
        alone.command(self.name, epilog=_examples(*self._examples))(function)
        return typer.main.get_command(alone)


class _Commands(TyperGroup):
    """Knows every command by name and loads only the one that runs."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands = {**{name: _NotLoaded(name) for name in _COMMANDS}, **self.commands}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return a command's name, the command, and the remaining arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.loaded() if isinstance(command, _NotLoaded) else command, rest


_EXIT_CODES = "\b\nExit codes:\n  0 success, 1 failure, 2 misuse or something missing, 130 interrupted"

app = typer.Typer(
    name="orchbench",
    cls=_Commands,
    help="Measure workflow orchestrators with one reference pipeline.",
    epilog=f"{_examples('bench', 'open', 'ui NAME')}\n\n{_EXIT_CODES}",
    add_completion=False,
    # Plain text, because loading rich takes longer than the rest of the help.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _begin(context: typer.Context) -> None:
    out.goes_on_unread = context.invoked_subcommand in _WORTH_MORE
