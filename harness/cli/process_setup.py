"""Normalizes the process: umask, streams, proxies and libpq's variables."""

import os
import sys
from collections.abc import MutableMapping
from io import TextIOWrapper
from pathlib import Path

from harness.errors import HarnessError
from harness.paths import CACHE

_OF_OTHERS = ("PG", "COMPOSE_")
"""Prefixes of libpq's and Compose's variables, which would affect every warehouse and stack."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NO_PROXY = ("NO_PROXY", "no_proxy")
_EVERYTHING = "*"


def normalize() -> None:
    """Make this process and its children independent of their environment."""
    # Stacks run as another user and read the harness's files.
    os.umask(0o022)
    spare_loopback(os.environ)
    _have_a_home()
    for name in [name for name in os.environ if name.startswith(_OF_OTHERS)]:
        del os.environ[name]
    for stream in ("stdin", "stdout", "stderr"):
        if getattr(sys, stream) is None:
            setattr(sys, stream, Path(os.devnull).open("r" if stream == "stdin" else "w"))  # noqa: SIM115
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, TextIOWrapper):
            output.reconfigure(errors="replace")


def spare_loopback(environment: MutableMapping[str, str]) -> None:
    """Add loopback to the hosts that need no proxy."""
    for variable in [name for name in _NO_PROXY if name in environment] or _NO_PROXY:
        named = [each.strip() for each in environment.get(variable, "").split(",") if each.strip()]
        if _EVERYTHING not in named:
            environment[variable] = ",".join([*named, *(name for name in _LOOPBACK if name not in named)])


def demand_own_environment() -> None:
    """Raise `HarnessError` if this program was moved or copied with its checkout and runs another one's code."""
    program = Path(sys.argv[0]).resolve()
    environment = program.parent.parent
    if (environment / "pyvenv.cfg").is_file() and environment != Path(sys.prefix).resolve():
        raise HarnessError(
            f"{program} was moved or copied, and would run the code of {sys.prefix}",
            remedy=f"make -C {environment.parent} bench",
        )


def _have_a_home() -> None:
    """Give uv a place for its cache if the user has no writable home."""
    try:
        home = Path.home()
    except RuntimeError:
        home = CACHE / "home"
        os.environ["HOME"] = str(home)
    if not os.access(home, os.W_OK):
        os.environ.setdefault("UV_CACHE_DIR", str(CACHE / "uv-cache"))
