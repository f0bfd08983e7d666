"""Phases: from stamps to spans that add up to the total."""

import json
from collections import Counter
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stamps import CLEAN, MS, event, run

from harness.experiment.timeline import STEPS, Event, TimelineError, attempts, phases, rerun_steps, retry_delays_s
from harness.measure.event_file import EventsError, read_events


def test_each_phase_matches_its_name() -> None:
    cut = phases(CLEAN, sent_ns=1000 * MS, accepted_ns=1020 * MS, finished_ns=3400 * MS)
    assert cut.trigger_s == pytest.approx(0.020)
    assert cut.queue_s == pytest.approx(0.080)
    assert cut.work_s == pytest.approx(1.8)
    assert cut.hops_s == pytest.approx(0.35)
    assert cut.finish_s == pytest.approx(0.15)
    assert cut.total_s == pytest.approx(2.4)
    assert cut.overhead_s == pytest.approx(0.6)


def test_phases_sum_to_the_total_even_with_retries() -> None:
    events = run(
        ("load", 1100, 1600, 1, "success"),
        ("transform", 1700, 1701, 1, "failure"),
        ("transform", 2700, 3000, 2, "success"),
        ("export", 3100, 3900, 1, "success"),
    )
    cut = phases(events, 1000 * MS, 1020 * MS, 4000 * MS)
    parts = cut.trigger_s + cut.queue_s + cut.work_s + cut.hops_s + cut.finish_s
    assert parts == pytest.approx(cut.total_s, abs=1e-9)


def test_a_run_without_a_finished_step_has_no_phases() -> None:
    with pytest.raises(TimelineError):
        phases([event("started", "load", 1)], 0, 0, 1)


def test_retry_delay_is_from_the_end_of_a_failure_to_the_next_start() -> None:
    events = run(
        ("transform", 0, 10, 1, "failure"),
        ("transform", 1010, 1020, 2, "failure"),
        ("transform", 3020, 3030, 3, "success"),
    )
    assert retry_delays_s(events, "transform") == pytest.approx([1.0, 2.0])
    assert retry_delays_s(CLEAN, "transform") == []


def test_a_step_started_again_after_its_success_is_a_rerun() -> None:
    events = run(("load", 0, 10, 1, "success"), ("transform", 20, 30, 1, "failure"), ("load", 40, 50, 2, "success"))
    assert rerun_steps(events) == ["load"]
    assert rerun_steps(CLEAN) == []


def test_attempts_count_starts() -> None:
    events = [event("started", "load", 0), event("started", "load", 5, attempt=2)]
    assert attempts(events) == {"load": 2, "transform": 0, "export": 0}


def test_only_complete_lines_of_the_trial_are_read(tmp_path) -> None:
    path = tmp_path / "events.jsonl"
    other = replace(CLEAN[0], trial="other")
    lines = [json.dumps(asdict(each)) for each in (other, CLEAN[1], CLEAN[0])]
    path.write_text("\n".join(lines) + "\n" + lines[0][:20])
    assert read_events(path, "t") == [CLEAN[0], CLEAN[1]]


@pytest.mark.parametrize("figure", [-1, 2**63, 10**400])
@pytest.mark.parametrize("name", ["attempt", "pid", "monotonic_ns", "time_ns", "rows_in"])
def test_a_number_that_no_probe_can_have_written_makes_no_event(tmp_path, name: str, figure: int) -> None:
    path = tmp_path / "events.jsonl"
    good = asdict(CLEAN[0])
    path.write_text(json.dumps({**good, name: 2**63 - 1}) + "\n")
    assert read_events(path, "t")
    path.write_text(json.dumps({**good, name: figure}) + "\n")
    with pytest.raises(EventsError, match=f"line 1 is no valid event: {name}"):
        read_events(path, "t")


ATTEMPTS = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(1, 5000), st.integers(0, 3000), st.booleans()),
    min_size=1,
    max_size=12,
)
"""Attempts of consecutive steps: how long each waits and works, in milliseconds, and whether it succeeds."""


def one_after_the_other(drawn: list[tuple[str, int, int, bool]]) -> list[Event]:
    spans, now_ms, number = [], 1020, Counter()
    for step, wait_ms, work_ms, succeeds in drawn:
        number[step] += 1
        start_ms = now_ms + wait_ms
        now_ms = start_ms + work_ms
        spans.append((step, start_ms, now_ms, number[step], "success" if succeeds else "failure"))
    return [each for span in spans for each in run(span)]


@given(ATTEMPTS, st.integers(0, 5000))
def test_phases_always_sum_to_the_total(drawn, finish_ms) -> None:
    events = one_after_the_other(drawn)
    last_ns = events[-1].monotonic_ns
    cut = phases(events, 1000 * MS, 1020 * MS, last_ns + finish_ms * MS)
    parts = cut.trigger_s + cut.queue_s + cut.work_s + cut.hops_s + cut.finish_s
    assert parts == pytest.approx(cut.total_s, abs=1e-6)
    assert cut.work_s + cut.hops_s == pytest.approx((last_ns - events[0].monotonic_ns) / 1e9, abs=1e-6)
    assert min(cut.trigger_s, cut.queue_s, cut.work_s, cut.hops_s, cut.finish_s) >= -1e-9
    assert cut.work_s == pytest.approx(sum(work_ms for _, _, work_ms, _ in drawn) / 1000, abs=1e-6)


@given(ATTEMPTS)
def test_the_order_of_lines_does_not_change_phases(drawn) -> None:
    events = one_after_the_other(drawn)
    finished_ns = events[-1].monotonic_ns
    assert phases(events[::-1], 0, 0, finished_ns) == phases(events, 0, 0, finished_ns)


@given(ATTEMPTS)
def test_attempts_and_delays_follow_from_the_steps(drawn) -> None:
    events = one_after_the_other(drawn)
    assert attempts(events) == {step: sum(each[0] == step for each in drawn) for step in STEPS}
    for step in STEPS:
        delays = retry_delays_s(events, step)
        outcomes = [succeeds for each, _, _, succeeds in drawn if each == step]
        # Each failure except the last one is followed by a retry.
        assert len(delays) == outcomes[:-1].count(False)
        assert all(delay > 0 for delay in delays)
        assert rerun_steps(events).count(step) == sum(any(outcomes[:n]) for n in range(len(outcomes)))
