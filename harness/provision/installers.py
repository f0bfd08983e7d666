"""Settings of this machine for uv and pip: their package index, and the environment in which the harness runs them."""

import configparser
import os
from collections.abc import Sequence
from pathlib import Path

from harness.provision.built import BUILD_LIMIT_S, BuildError
from harness.provision.commands import CommandError, last_lines, note, run_command

PYTHON = "3.11"
"""What every lock was made for (`make lock`)."""
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
"""Variables that name an index, in order of precedence."""
DIVERTING = (
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "PYTHONOPTIMIZE"),
    *("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV", "PIP_DRY_RUN"),
    *("PIP_CONSTRAINT", "PIP_ONLY_BINARY", "PIP_NO_BINARY", "PIP_NO_DEPS", "PIP_IGNORE_INSTALLED"),
    *("PIP_REQUIRE_HASHES", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_MANAGED_PYTHON", "UV_NO_MANAGED_PYTHON"),
    *("UV_PYTHON_PREFERENCE", "UV_PYTHON_SEARCH_PATH", "UV_PROJECT_ENVIRONMENT", "UV_PROJECT", "UV_NO_PROJECT"),
    *("UV_WORKING_DIR", "UV_WORKING_DIRECTORY", "UV_ISOLATED", "UV_ENV_FILE", "UV_VENV_CLEAR", "UV_VENV_RELOCATABLE"),
    *("UV_VENV_SEED", "UV_NO_SYNC", "UV_FROZEN", "UV_LOCKED", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE"),
    *("UV_NO_BINARY", "UV_NO_BINARY_PACKAGE", "UV_NO_EDITABLE", "UV_NO_INSTALL_PROJECT", "UV_NO_DEV", "UV_NO_GROUP"),
    "UV_NO_DEFAULT_GROUPS",
)
"""Variables of a user's own environments that change the target, Python or content of an install.

Variables for networks, indexes, certificates and caches are not included. The Makefile has the same list.
"""


def index_url() -> str:
    """Return the index from the environment or from pip's configuration, or an empty string. It can have a password."""
    if url := next((os.environ[name] for name in INDEX_VARIABLES if os.environ.get(name)), ""):
        return url
    home, named = Path.home(), os.environ.get("PIP_CONFIG_FILE", "")
    own = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/pip.conf"), home / ".pip/pip.conf", own / "pip/pip.conf", Path(named)]
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read([] if named == os.devnull else [path for path in files if path.is_file()])
    except (configparser.Error, UnicodeDecodeError):
        return ""  # pip itself will report the fault
    return parser.get("global", "index-url", fallback="").strip()


def index_variables() -> dict[str, str]:
    """Return variables that set the index for pip and uv. Empty if none is configured."""
    url = index_url()
    return {"UV_DEFAULT_INDEX": url, "PIP_INDEX_URL": url} if url else {}


def installer_variables() -> dict[str, str]:
    """Return the whole environment of a uv or a pip that the harness starts."""
    kept = {name: value for name, value in os.environ.items() if name not in DIVERTING}
    return {**kept, **index_variables(), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def run_build(command: Sequence[str], whose: str) -> None:
    """Run a build command and log its output. Raises `BuildError` with the last lines if it fails."""
    try:
        done = run_command(command, BUILD_LIMIT_S, env={**installer_variables(), "UV_PYTHON_DOWNLOADS": "never"})
    except CommandError as error:
        raise BuildError(f"{whose}: {error}") from error
    note(whose, done.stdout + done.stderr)
    if done.returncode != 0:
        raise BuildError(f"{whose}: `{' '.join(command)[:80]}` failed:\n{last_lines(done.stdout + done.stderr)}")
