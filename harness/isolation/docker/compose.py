"""One call of Compose for a stack's project, and the files that describe the project."""

import os
import subprocess
from collections.abc import Mapping

from harness.experiment.envelope import Envelope
from harness.isolation.docker.engine import compose_command
from harness.isolation.protocol import StackError
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE

_LIMIT_S = 180


def up(project: str, manifest: Manifest, profile: str, envelope: Envelope, variables: Mapping[str, str]) -> None:
    """Start every container of a project.

    Raises `StackError` when Compose fails or does not end in time.
    """
    files = [COMPOSE / "stack.yaml"]
    if manifest.profiles[profile].metadata_database:
        files.append(COMPOSE / "metadata.yaml")
    if envelope.state_bytes:
        files.append(COMPOSE / "small_state.yaml")
    if manifest.compose_file.exists():
        files.append(manifest.compose_file)
    named = [argument for file in files for argument in ("-f", str(file))]
    command = [*compose_command(), "-p", project, *named, "up", "--detach"]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"Compose `up` did not end in {_LIMIT_S} s") from error
    except OSError as error:
        raise StackError(f"cannot start Compose: {error}") from error
    if done.returncode != 0:
        raise StackError(f"Compose failed: {done.stderr.strip()[-1000:]}")
