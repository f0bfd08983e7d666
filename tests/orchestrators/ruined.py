"""Stacks whose metadata database does not restart after a shutdown.

No stack can cause that, because its role cannot change the server's settings. So a test does, as superuser.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import stamina

from harness.isolation.databases import OWN_ROLE, session
from harness.isolation.docker.containers import ContainerStack
from harness.isolation.process.stack import ProcessStack
from harness.isolation.protocol import Isolation
from harness.provision.docker.engine import run_inside

_RUIN = "ALTER SYSTEM SET shared_preload_libraries = 'nothing'"


@dataclass(frozen=True)
class Ruining:
    """An isolation that ruins the metadata database of each stack at its launch."""

    isolation: Isolation

    @contextmanager
    def launch(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        """Launch a stack, and ruin its database."""
        with self.isolation.launch(*arguments, **options) as stack:
            _ruin(stack)
            yield stack

    def __getattr__(self, name: str) -> Any:
        # Also called during unpickling, before there is an isolation.
        if name.startswith("__") or name == "isolation":
            raise AttributeError(name)
        return getattr(self.isolation, name)


def _ruin(stack: object) -> None:
    if isinstance(stack, ProcessStack):
        with session(stack.databases["metadata"].access.own_url, autocommit=True) as connection:
            connection.execute(_RUIN)
    elif isinstance(stack, ContainerStack):
        # Over the network, because the temporary server that creates the cluster does not listen there.
        psql = f'PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U {OWN_ROLE} -c "{_RUIN}" "$POSTGRES_DB"'
        for attempt in stamina.retry_context(on=AssertionError, attempts=None, timeout=60, wait_max=1.0):
            with attempt:
                code, said = run_inside(stack.container("metadata"), ["sh", "-c", psql])
                assert code == 0, said
