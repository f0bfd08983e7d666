"""Runs checks on one subject, each once, and the checks that it needs before it."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

import psycopg

from harness.check.verdict import Blocked, Check, Fault, Lacking, NotAsked, Outcome, Verdict
from harness.errors import HarnessError, Misuse, origin

S = TypeVar("S")
_CONTRACT = "see docs/contribute/contract.md for the requirements"


class Examination(Generic[S]):
    """One subject and its checks. `folder` has its code, whose lines are named in errors."""

    def __init__(self, checks: Sequence[Check[S]], subject: S, folder: Path) -> None:
        self._checks = {check.name: check for check in checks}
        self._subject = subject
        self._folder = folder
        self._verdicts: dict[str, Verdict] = {}

    def verdict(self, name: str) -> Verdict:
        """Return the verdict of a check, after the checks that it needs. Raises `Misuse`."""
        if name not in self._verdicts:
            self._verdicts[name] = self._judged(self._checks[name])
        return self._verdicts[name]

    def reachable(self, name: str) -> bool:
        """Whether no check that a check needs has failed. Runs those first. Raises `Misuse`."""
        return not self._missed(self._checks[name])

    def _missed(self, check: Check[S]) -> list[str]:
        before = [self.verdict(name) for name in check.needs]
        return [each.name for each in before if each.outcome in (Outcome.FAILED, Outcome.NOT_REACHED)]

    def _judged(self, check: Check[S]) -> Verdict:
        if missed := self._missed(check):
            return Verdict(check.name, check.demand, Outcome.NOT_REACHED, why=f"needs {', '.join(missed)}")
        began_s = time.monotonic()
        try:
            faults = tuple(check.look(self._subject))
        except NotAsked as error:
            lacking = isinstance(error, Lacking)
            return Verdict(check.name, check.demand, Outcome.NOT_ASKED, why=str(error), lacking=lacking)
        except Blocked as error:
            return Verdict(check.name, check.demand, Outcome.NOT_REACHED, why=str(error))
        except Misuse:
            raise
        except HarnessError as error:
            faults = (Fault(str(error), error.remedy or _CONTRACT, error.log),)
        except psycopg.OperationalError as error:
            faults = (Fault(f"the stack's database is unreachable: {' '.join(str(error).split())}", "try again"),)
        except Exception as error:
            faults = (Fault(origin(error, self._folder), _CONTRACT),)
        outcome = Outcome.FAILED if faults else Outcome.PASSED
        return Verdict(check.name, check.demand, outcome, faults, seconds=time.monotonic() - began_s)
