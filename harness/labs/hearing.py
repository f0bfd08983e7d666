"""Reports progress to a listener without letting its failures disturb the benchmark."""

import logging
from collections.abc import Callable
from typing import Protocol

from harness.labs.kind import AnyTrial
from harness.results.records import RoundRecord

_LOG = logging.getLogger(__name__)


class Listener(Protocol):
    """Receives the events of the loop."""

    def doing(self, what: str) -> None:
        """Receive the current activity."""

    def trial(self, record: AnyTrial) -> None:
        """Receive a finished trial of any kind."""

    def round(self, record: RoundRecord) -> None:
        """Receive a finished round."""


class Undisturbing:
    """Forwards events to a listener. Each failure is logged once."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._said: set[str] = set()

    def __getattr__(self, name: str) -> Callable[[object], None]:
        """Forward one of the listener's methods."""
        return lambda told: self.tell(lambda: getattr(self._listener, name)(told))

    def tell(self, listen: Callable[[], object]) -> None:
        """Call a function that shows something."""
        try:
            listen()
        except (Exception, SystemExit) as error:
            # rich raises SystemExit if the reader of a pipe is gone.
            why = error.__context__ if isinstance(error, SystemExit) and error.__context__ else error
            words = f"{type(why).__name__}: {why}"
            if words not in self._said:
                self._said.add(words)
                _LOG.warning("progress could not be shown, but the benchmark continues: %s", words)
