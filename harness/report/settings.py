"""Lists the settings each system was measured with, their reasons and their documentation pages."""

from harness.report.escape import escaped
from harness.results.environment import Environment, System

SETTINGS = "settings.md"


def anchor(system: System, profile: str) -> str:
    """Return the anchor that GitHub derives from a profile's heading."""
    return f"{system.name}-{profile}"


def render_settings(environment: Environment) -> str:
    """Return the page that the table's heads link to."""
    isolation = environment.isolation
    lines = [
        "# Settings",
        "",
        "Every non-default setting of a measured stack, with its reason and its documentation page. The harness also",
        "sets each stack's host, port and folders.",
        "",
        f"Isolation: {isolation.summary}.{''.join(f' {caveat}' for caveat in isolation.caveats)}",
        "",
    ]
    for system in environment.systems:
        # A baseline has no version: its package is the library that all steps use.
        called = f"[{system.title}]({system.homepage}){'' if system.baseline else f' {system.version}'}"
        for name, profile in system.profiles.items():
            database = "a separate PostgreSQL" if profile.metadata_database else "the quick start's default"
            period = f"{profile.poll_period_s:g} s" if profile.poll_period_s else "none"
            lines += [f"## {anchor(system, name)}", ""]
            lines += [f"{called}, profile `{name}`.", ""]
            if not system.baseline:
                lines += [f"Metadata database: {database}. Declared polling period: {period}.", ""]
            lines += [
                f"Not supported: `{lack}` ({escaped(why.reason)}). [Documentation]({why.docs}).\n"
                for lack, why in system.unsupported.items()
            ]
            if not profile.settings:
                lines += ["All settings are defaults.", ""]
                continue
            lines += ["| setting | value | reason | documentation |", "| :-- | :-- | :-- | :-- |"]
            lines += [
                f"| `{key}` | `{setting.value}` | {setting.reason.replace('|', '/')} | [page]({setting.docs}) |"
                for key, setting in profile.settings.items()
            ]
            lines.append("")
    return "\n".join(lines)
