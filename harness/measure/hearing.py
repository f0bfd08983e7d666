"""Telling others what is done, without letting them disturb it: a terminal may be gone, and a log's disk full."""

import logging
from collections.abc import Callable
from typing import ParamSpec, Protocol

from harness.results.records import CrashRecord, RoundRecord, TrialRecord

_LOG = logging.getLogger(__name__)
P = ParamSpec("P")


class Listener(Protocol):
    """Hears what the loop does, as it does it."""

    def doing(self, what: str) -> None:
        """Hear what is being waited for now."""

    def trial(self, record: TrialRecord) -> None:
        """Hear of a finished trial."""

    def crash(self, record: CrashRecord) -> None:
        """Hear of a finished crash trial."""

    def round(self, record: RoundRecord) -> None:
        """Hear of a finished round."""


class Undisturbing:
    """Passes on what a listener is told. Whatever that fails with is said once, and nobody else hears of it."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._said: set[str] = set()

    def __getattr__(self, name: str) -> Callable[[object], None]:
        """Pass on what is told under one of the listener's names."""
        return lambda told: self.tell(getattr(self._listener, name), told)

    def tell(self, listen: Callable[P, object], *told: P.args, **options: P.kwargs) -> None:
        """Call whoever listens."""
        try:
            listen(*told, **options)
        except (Exception, SystemExit) as error:
            # rich raises SystemExit if the reader of a pipe is gone.
            why = error.__context__ if isinstance(error, SystemExit) and error.__context__ else error
            words = f"{type(why).__name__}: {why}"
            if words not in self._said:
                self._said.add(words)
                _LOG.warning("progress could not be shown, but the benchmark continues: %s", words)
