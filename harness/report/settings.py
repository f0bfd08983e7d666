"""Every setting under which a system was measured, with its reason and the page that documents it."""

from harness.report.escape import escaped
from harness.results.environment import Environment, System

SETTINGS = "settings.md"


def anchor(system: System, profile: str) -> str:
    """Return the anchor of a profile's heading, as GitHub derives it."""
    return f"{system.name}-{profile}"


def render_settings(environment: Environment) -> str:
    """Return the page that the table's heads link to."""
    isolation = environment.isolation
    lines = [
        "# Settings",
        "",
        "Every setting of a measured stack that is not the tool's default, with the page of its documentation. Beside",
        "these, every stack gets its host, port and folders from the harness.",
        "",
        f"Stacks were held apart by {isolation.summary}.{''.join(f' {caveat}' for caveat in isolation.caveats)}",
        "",
    ]
    for system in environment.systems:
        for name in sorted(system.profiles):
            profile = system.profiles[name]
            database = "PostgreSQL of its own" if profile.metadata_database else "as the quick start leaves it"
            period = f"{profile.poll_period_s:g} s" if profile.poll_period_s else "none"
            lines += [f"## {anchor(system, name)}", ""]
            lines += [f"[{system.title}]({system.homepage}) {system.version}, profile `{name}`.", ""]
            if not system.baseline:
                lines += [f"Metadata database: {database}. Declared polling period: {period}.", ""]
            lines += [
                f"Offers nothing for `{lack}`: {escaped(why.reason)} ([its documentation]({why.docs})).\n"
                for lack, why in system.unsupported.items()
            ]
            if not profile.settings:
                lines += ["Nothing is set.", ""]
                continue
            lines += ["| setting | value | why | documented |", "| :-- | :-- | :-- | :-- |"]
            lines += [
                f"| `{key}` | `{setting.value}` | {setting.reason.replace('|', '/')} | [page]({setting.docs}) |"
                for key, setting in profile.settings.items()
            ]
            lines.append("")
    return "\n".join(lines)
