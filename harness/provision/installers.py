"""Runs uv, pip and other build commands with this process's environment, except variables that divert installs."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from harness.provision.built import BUILD_LIMIT_S, BuildError
from harness.provision.output import last_lines, note
from harness.provision.package_index import index_variables

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


def installer_variables() -> dict[str, str]:
    """Return the whole environment of a uv or a pip that the harness starts."""
    kept = {name: value for name, value in os.environ.items() if name not in DIVERTING}
    return {**kept, **index_variables(), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def run_build(command: Sequence[str], whose: str, variables: Mapping[str, str] | None = None) -> None:
    """Run a build command and log its output. Raises `BuildError` with the last lines if it fails."""
    environment = {**installer_variables(), "UV_PYTHON_DOWNLOADS": "never", **(variables or {})}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=BUILD_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{whose}: `{command[0]}` did not end in {BUILD_LIMIT_S} s") from error
    note(whose, done.stdout + done.stderr)
    if done.returncode != 0:
        raise BuildError(f"{whose}: `{' '.join(command)[:80]}` failed:\n{last_lines(done.stdout + done.stderr)}")
