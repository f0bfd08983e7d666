"""Finds the package index for downloads from pip's or uv's settings on this machine."""

import configparser
import os
from pathlib import Path

INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
"""Variables that name an index, in order of precedence."""


def index_url() -> str:
    """Return the index from the environment or from pip's configuration, or an empty string.

    It may contain a password.
    """
    named = next((os.environ[name] for name in INDEX_VARIABLES if os.environ.get(name)), "")
    return named or _configured()


def index_variables() -> dict[str, str]:
    """Return variables that set the index for pip and uv. Empty if none is configured."""
    url = index_url()
    return {"UV_DEFAULT_INDEX": url, "PIP_INDEX_URL": url} if url else {}


def pip_configurations() -> list[Path]:
    """Return pip's configuration files on this machine, highest precedence last."""
    own = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    files = [Path("/etc/pip.conf"), Path.home() / ".pip/pip.conf", Path(own, "pip/pip.conf")]
    return [path for path in [*files, *([Path(named)] if named else [])] if path.is_file()]


def _configured() -> str:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(pip_configurations())
    except (configparser.Error, UnicodeDecodeError):
        return ""  # pip itself will report the fault
    return parser.get("global", "index-url", fallback="").strip()
