"""Commands in containers end in time, or an error says that they did not."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.isolation.docker import bounded
from harness.isolation.docker.bounded import run_container, run_inside
from harness.isolation.docker.engine import EngineError
from harness.isolation.protocol import StackError


@pytest.fixture
def never() -> Any:
    over = threading.Event()
    yield lambda *_, **__: over.wait()
    over.set()


def test_the_output_of_a_command_in_a_container() -> None:
    container: Any = SimpleNamespace(name="it", exec_run=lambda command, **options: (command, options))
    assert run_inside(container, ("true",), demux=True) == (["true"], {"demux": True})


def test_a_command_in_a_container_that_never_ends(never: Any) -> None:
    container: Any = SimpleNamespace(name="orchestrator-1", exec_run=never)
    with pytest.raises(StackError, match=r"`du -sb /state` did not end in 0\.2 s in orchestrator-1"):
        run_inside(container, ["du", "-sb", "/state"], 0.2)


def test_a_container_that_never_ends(never: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SimpleNamespace(containers=SimpleNamespace(run=never))
    monkeypatch.setattr(bounded, "client", lambda: engine)
    with pytest.raises(EngineError, match=r"a container of base did not end in 0\.2 s") as raised:
        run_container("base", ["true"], 0.2)
    assert isinstance(raised.value, HarnessError)
    assert raised.value.remedy == "orchbench clean"
