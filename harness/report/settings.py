"""Lists the settings of each measured system, with their reasons and documentation pages."""

from pathlib import Path

from harness.report.templates import filled
from harness.results.environment import Environment, System

SETTINGS = "settings.md"
_TEMPLATE = Path(__file__).with_name("settings.md.j2")


def anchor(system: System, profile: str) -> str:
    """Return the anchor of a profile's heading on the page."""
    return f"{system.name}-{profile}"


def render_settings(environment: Environment) -> str:
    """Return the page of settings as markdown."""
    return f"{filled(_TEMPLATE, isolation=environment.isolation, systems=environment.systems)}\n"
