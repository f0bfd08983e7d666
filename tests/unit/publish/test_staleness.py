"""Results that are out of date."""

from samples import environment

from harness.publish.staleness import LockedVersion, badge

ENVIRONMENT = environment("floor", "tool")
LOCKS = {system.name: LockedVersion(system.version, system.lock_sha256) for system in ENVIRONMENT.systems}
DAY_S = 86_400


def test_a_fresh_result_has_no_badge() -> None:
    assert badge(ENVIRONMENT, ENVIRONMENT.started_s + 90 * DAY_S, LOCKS) == ""


def test_an_old_result_says_its_age() -> None:
    said = badge(ENVIRONMENT, ENVIRONMENT.started_s + 91 * DAY_S, LOCKS)
    assert "Out of date" in said
    assert "measured 91 days ago" in said


def test_a_newer_version_is_named() -> None:
    said = badge(ENVIRONMENT, ENVIRONMENT.started_s, {**LOCKS, "tool": LockedVersion("2.0", "1")})
    assert "Tool was 1.0 and is now 2.0" in said


def test_a_newer_lock_is_named() -> None:
    said = badge(ENVIRONMENT, ENVIRONMENT.started_s, {**LOCKS, "tool": LockedVersion("1.0", "1")})
    assert "the locked dependencies of Tool have changed" in said


def test_a_removed_system_is_not_a_reason() -> None:
    assert badge(ENVIRONMENT, ENVIRONMENT.started_s, {}) == ""
