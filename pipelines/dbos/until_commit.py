"""Keeps the probe's view of a step open until DBOS has committed the transaction that the step ran in.

This is part of the benchmark. A user of DBOS does not write it.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

Entered = TypeVar("Entered")


@contextmanager
def until_commit(session: Session, step: AbstractContextManager[Entered]) -> Iterator[Entered]:
    """Enter `step`, and leave it once the session's transaction is committed or rolled back."""
    with ExitStack() as stack:
        yield stack.enter_context(step)
        rest = stack.pop_all()
        event.listen(session, "after_commit", lambda _: rest.close())
        event.listen(session, "after_rollback", lambda _: rest.__exit__(*sys.exc_info()))
