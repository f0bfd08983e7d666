"""Normalizes the process: umask, encoding, streams, proxies and libpq's variables."""

import codecs
import locale
import os
import sys
from io import TextIOWrapper
from pathlib import Path

from harness.errors import HarnessError
from harness.isolation.loopback import spare_loopback
from harness.paths import CACHE

_UTF_8 = "utf-8"
_OF_OTHERS = ("PG", "COMPOSE_")
"""How the names of libpq's and Compose's variables begin; they would speak for every warehouse and every stack."""


def settle() -> None:
    """Make this process, and those it starts, independent of what it was given. Starts it anew where it must."""
    _read_and_write_utf_8()
    # Stacks read what the harness writes, as another user.
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


def demand_own_environment() -> None:
    """Raise `HarnessError` where this program was moved or copied along with its checkout: it runs the other's code."""
    program = Path(sys.argv[0]).resolve()
    environment = program.parent.parent
    if (environment / "pyvenv.cfg").is_file() and environment != Path(sys.prefix).resolve():
        raise HarnessError(
            f"{program} was moved or copied, and would run the code of {sys.prefix}",
            remedy=f"make -C {environment.parent} bench",
        )


def _have_a_home() -> None:
    """Give uv a place for its cache where the user has no home, or none that may be written."""
    try:
        home = Path.home()
    except RuntimeError:
        home = CACHE / "home"
        os.environ["HOME"] = str(home)
    if not os.access(home, os.W_OK):
        os.environ.setdefault("UV_CACHE_DIR", str(CACHE / "uv-cache"))


def _read_and_write_utf_8() -> None:
    """Start Python anew in its UTF-8 mode where the locale would have files read and written in another encoding."""
    if sys.flags.utf8_mode or codecs.lookup(locale.getencoding()).name == _UTF_8:
        return
    arguments = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
    os.execve(sys.executable, arguments, {**os.environ, "PYTHONUTF8": "1"})  # noqa: S606
