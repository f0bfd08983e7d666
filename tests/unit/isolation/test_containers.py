"""A stack whose engine fails."""

from pathlib import Path

import pytest
from engines import Engine

from harness.isolation.confinement import Address
from harness.isolation.databases import Access
from harness.isolation.docker.containers import ContainerStack
from harness.isolation.exchange import Exchange
from harness.orchestrators.driver import Endpoint
from harness.provision.docker.engine import EngineError


def test_a_lost_engine_is_an_error_of_its_round(docker: Engine, tmp_path: Path) -> None:
    endpoint, exchange = Endpoint("http://127.0.0.1:1", {}), Exchange(tmp_path)
    access = Access("127.0.0.1:1", "warehouse", "", "")
    stack = ContainerStack("orchbench-x-1", endpoint, access, exchange, 0, False, Address("", 0))
    docker.answers = {"GET /containers/json": (500, {"message": "shutting down"})}
    for ask in (stack.alive, stack.kill, stack.start):
        with pytest.raises(EngineError, match="the Docker engine failed"):
            ask()
    assert "shutting down" in stack.log()
