"""Every orchestrator does what the contract says, in its real container: the test that a new one must pass.

docs/contract.md explains each demand. The trials are the benchmark's own.
"""

from collections.abc import Iterator
from itertools import takewhile

import httpx
import psutil
import psycopg
import pytest
from conformance.outside import EVERYTHING, REACH, NoOutside, outside
from docker.models.containers import Container
from lacking import lacks

from harness.experiment.envelope import Envelope
from harness.experiment.plan import PlannedTrial
from harness.experiment.retry_rule import retry_rule
from harness.experiment.scenario import scenarios
from harness.experiment.timeline import STEPS, attempts, rerun_steps, retry_delays_s
from harness.isolation.docker.base_image import BASE
from harness.isolation.docker.containers import ContainerStack
from harness.isolation.docker.engine import client
from harness.isolation.host_lock import exclusive
from harness.isolation.process.isolation import Processes
from harness.isolation.process.stack import ProcessStack
from harness.isolation.protocol import Isolation, Running
from harness.measure.stack import Stack, wait_ready
from harness.measure.trial import Place, run_trial
from harness.measure.unit_test import run_unit_test
from harness.orchestrators.discovery import discover
from harness.orchestrators.driver import RunState, Told, runs_of
from harness.orchestrators.manifest import Manifest
from harness.results.records import TrialRecord
from reference.noop import OF_THE_ETL

pytestmark = pytest.mark.conformance


@pytest.fixture(
    scope="module",
    params=[(manifest, profile) for manifest in discover() for profile in manifest.profiles],
    ids=lambda each: f"{each[0].name}-{each[1]}",
)
def stack(request: pytest.FixtureRequest, serve) -> Iterator[Stack]:
    manifest: Manifest
    manifest, profile = request.param
    with serve(manifest, profile) as served:
        yield served


@pytest.fixture(scope="module")
def run(stack: Stack):
    """Run one trial of a scenario in the stack, once for all tests."""
    done: dict[str, TrialRecord] = {}
    gauge = stack.running.gauge()

    def once(scenario: str) -> TrialRecord:
        if scenario not in done:
            planned, place = PlannedTrial(scenario, cold=False, phase_offset_s=0), Place(1, "test", f"test-{scenario}")
            done[scenario] = run_trial(stack, place, planned, scenarios()[scenario], gauge)
        return done[scenario]

    return once


@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
def test_its_unit_test_passes_without_a_server(isolation: Isolation, build, manifest: Manifest) -> None:
    if manifest.unit_test is None:
        pytest.skip("its documentation tells of none")
    build(manifest)
    with exclusive():
        record = run_unit_test(isolation, manifest, Envelope())
    assert record.failure == "", record.log


@pytest.mark.parametrize("scenario", ["etl", "noop", "retry", "exhaustion"])
def test_a_trial_is_valid_and_its_phases_sum_to_its_total(run, scenario: str) -> None:
    record = run(scenario)
    assert record.outcome == "valid", record.reason
    cut = record.phases
    assert cut is not None
    parts = cut.trigger_s + cut.queue_s + cut.work_s + cut.hops_s + cut.finish_s
    assert parts == pytest.approx(cut.total_s, abs=0.005)
    assert cut.total_s == pytest.approx((record.finished_ns - record.sent_ns) / 1e9, abs=0.005)


def test_a_run_is_found_by_its_trial_where_a_trigger_may_be_refused(stack: Stack, run) -> None:
    """A refused trigger is sent again only where no run of its trial is found."""
    record = run("noop")
    found = runs_of(stack.driver, "noop", record.trial)
    if found is None:
        pytest.skip("its driver never raises Refused, and looks for no runs")
    assert len(found) == 1
    told = stack.driver.state(found[0])
    assert (told.state if isinstance(told, Told) else told) == RunState.SUCCESS
    assert runs_of(stack.driver, "noop", "test-nobody") == []


def test_parameters_reach_the_steps(run) -> None:
    year, month = run("etl"), run("retry")
    assert year.output.tables["flight"].rows == 336_776
    assert month.output.tables["flight"].rows == 27_004


def test_a_retry_waits_the_configured_second_and_runs_nothing_again(run) -> None:
    record = run("retry")
    delays = [delay for step in ("load", "transform") for delay in retry_delays_s(record.events, step)]
    assert len(delays) == 3
    assert all(delay > 0.9 for delay in delays)
    assert retry_rule([record.events, run("exhaustion").events]) == "constant"
    assert rerun_steps(record.events) == []


def test_exhaustion_stops_before_the_export(run) -> None:
    record = run("exhaustion")
    assert record.state == RunState.FAILED
    assert attempts(record.events) == {"load": 1, "transform": 3, "export": 0}


def test_the_own_account_of_attempts_if_kept_agrees_with_the_probe(run) -> None:
    told = run("retry").attempts_told
    if told is not None:
        seen = [(e.step, e.attempt, e.outcome == "success") for e in run("retry").events if e.event == "ended"]
        assert sorted((each.step, each.number, each.succeeded) for each in told) == sorted(seen)


def test_memory_and_cpu_were_read(run) -> None:
    record = run("etl")
    assert record.peak_rss_bytes is not None
    assert record.peak_rss_bytes > 50e6
    assert record.cpu_s is not None
    assert record.cpu_s > 0.3
    assert record.foreign_cpu_s is not None
    assert record.steal_s is not None


def test_a_metadata_database_is_really_used(stack: Stack, run) -> None:
    if not stack.manifest.profiles[stack.profile].metadata_database:
        pytest.skip("this profile has none of its own")
    run("etl")
    assert rows_written(stack.running) > 10


def said_in(container: Container, *command: str) -> tuple[int, bytes]:
    """Run a command in a container; return its exit status and what it said."""
    code, said = container.exec_run(list(command))
    assert isinstance(said, bytes)
    return code or 0, said


def rows_written(running: Running) -> int:
    """Return how many rows were put into the metadata database."""
    query = "SELECT sum(n_tup_ins) FROM pg_stat_user_tables"
    if isinstance(running, ContainerStack):
        ask = f"PGPASSWORD=$POSTGRES_PASSWORD psql --host=/tmp --username=orchbench --dbname=metadata -tAc '{query}'"
        code, answer = said_in(running.container("metadata"), "sh", "-c", ask)
        assert code == 0, answer
        return int(answer)
    assert isinstance(running, ProcessStack)
    with psycopg.connect(running.database_urls["metadata"]) as connection:
        ((rows,),) = connection.execute(query)
    return int(rows)


def test_a_person_finds_the_ui(stack: Stack) -> None:
    answer = httpx.get(f"{stack.running.endpoint.url}{stack.manifest.ui}", follow_redirects=True, timeout=30)
    assert answer.status_code == 200


def test_the_stack_is_confined(stack: Stack) -> None:
    if isinstance(stack.running, ContainerStack):
        containers_are_confined(stack, stack.running)
    else:
        assert isinstance(stack.running, ProcessStack)
        processes_are_confined(stack, stack.running)


@pytest.fixture(scope="session")
def way_out() -> Iterator[None]:
    """Have what a plain container does reach, outside and on this host: else no test of a way out could fail."""
    try:
        with outside():
            said = client().containers.run(BASE, ["python3", "-c", REACH], remove=True, use_config_proxy=False)
            assert said.decode().strip() == EVERYTHING, "the positive control: a container with a way out"
            yield
    except NoOutside as error:
        lacks("a network of the tests' own", error)


def test_a_stack_of_containers_has_no_way_out(stack: Stack, request: pytest.FixtureRequest) -> None:
    if not isinstance(stack.running, ContainerStack):
        pytest.skip("only a container has a network of its own: docs/isolation.md")
    request.getfixturevalue("way_out")
    code, said = said_in(stack.running.container(), "python3", "-c", REACH)
    assert (code, said.strip()) == (0, b"nothing")
    ask = "import socket; socket.getaddrinfo('example.org', 80)"
    code, said = said_in(stack.running.container(), "python3", "-c", ask)
    assert code != 0
    assert b"name resolution" in said


def containers_are_confined(stack: Stack, running: ContainerStack) -> None:
    database = ["metadata"] if stack.manifest.profiles[stack.profile].metadata_database else []
    for service in ("orchestrator", "warehouse", *database):
        attributes = running.container(service).attrs
        host = attributes["HostConfig"]
        assert attributes["Config"]["User"] not in ("", "root", "0")
        assert not host["Privileged"]
        assert host["CapDrop"] == ["ALL"]
        assert host["NanoCpus"] == 2e9
        assert host["Memory"] == host["MemorySwap"] == 4 * 2**30
        assert not any("docker.sock" in mount for mount in host["Binds"] or [])
        published = [port["HostIp"] for ports in (host["PortBindings"] or {}).values() for port in ports]
        assert set(published) <= {"127.0.0.1"}
        assert "orchbench" in attributes["Config"]["Labels"]
    code, _ = running.container().exec_run(["touch", "/opt/orchbench/pipeline/written"])
    assert code != 0, "the code folder can be written"


def processes_are_confined(stack: Stack, running: ProcessStack) -> None:
    keepers = [psutil.Process(pid) for pid in running.keepers.values()]
    tree = [process for keeper in keepers for process in [keeper, *keeper.children(recursive=True)]]
    assert all(process.uids().real != 0 for process in tree)
    listening = [c for p in tree for c in p.net_connections(kind="tcp") if c.status == psutil.CONN_LISTEN]
    # A port that the manifest names may listen on every address, where the tool has no setting for it.
    elsewhere = [c.laddr for c in listening if c.laddr.ip not in ("127.0.0.1", "::1")]
    assert len(elsewhere) <= 2 * len(stack.manifest.ports), elsewhere
    assert not Processes().ground.user.succeeds(["test", "-w", str(running.code / "pipeline")])


@pytest.fixture(scope="module")
def after_kill(stack: Stack, run) -> TrialRecord:
    """Run a `noop` in a stack that runs nothing else since all of it was killed and started again."""
    run("etl")
    stack.running.kill()
    wait_ready(stack, stack.running.start())
    planned, place = PlannedTrial("noop", cold=False, phase_offset_s=0), Place(1, "test", "test-after-kill")
    return run_trial(stack, place, planned, scenarios()["noop"], None)


def test_it_serves_again_after_everything_was_killed(after_kill: TrialRecord) -> None:
    assert after_kill.outcome == "valid", after_kill.reason


def test_noop_imports_nothing_of_the_etl(stack: Stack, after_kill: TrialRecord) -> None:
    """What the tool itself requires, it may import for itself."""
    imported = {event.step: set(event.imported or ()) for event in after_kill.events if event.event == "ended"}
    own = {name for name in OF_THE_ETL if required_by_the_tool(stack.manifest, name)}
    assert {step: names - own for step, names in imported.items()} == {step: set() for step in STEPS}


def required_by_the_tool(manifest: Manifest, package: str) -> bool:
    """Whether another package than the reference pipeline requires this one, by the lock's own account."""
    lines = manifest.lock.read_text().splitlines()
    entry = next((n for n, line in enumerate(lines) if line.startswith(f"{package}==")), None)
    if entry is None:
        return False
    following = takewhile(lambda line: line.startswith(" "), lines[entry + 1 :])
    via = [line.strip(" #").removeprefix("via ") for line in following if line.lstrip().startswith("#")]
    return any(each and not each.startswith(("via", "-r ")) for each in via)
