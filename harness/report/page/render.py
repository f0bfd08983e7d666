"""Renders the page of a result. A page outside the site is one file that needs no network."""

import os
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from markupsafe import Markup

from harness.paths import CACHE
from harness.report.definitions import DEFINITIONS
from harness.report.lineup import Lineup
from harness.report.markdown import ONE_SAMPLE
from harness.report.notes import FROM_A_RESULT, notes_of
from harness.report.overhead_figure import bars_explained, described, dots_explained
from harness.report.page.charts import figures
from harness.report.page.data import page_data
from harness.report.parts import joined_note
from harness.report.sentences import asides, modes_note, sentences
from harness.report.templates import filled
from harness.report.topics import TOPICS, cells, full_heading, heading, single_samples, source
from harness.report.warnings import warnings

_HERE = Path(__file__).parent
VEGA = "vega.js"


def render_page(lineup: Lineup, failures: Markup | None = None, *, site: str = "") -> str:
    """Return the page of a result as HTML: a pure function of the arguments.

    `failures` is a section about the failure tests, which other results provide. `site` is the relative path to the
    site that has the page, where all pages share `VEGA`. Without it, the page contains everything that it needs.
    """
    entries = [entry for topic in TOPICS for entry in topic.entries]
    environment = lineup.result.environment
    return filled(
        _HERE / "page.html.j2",
        environment=environment,
        sentences=sentences(lineup),
        asides=asides(lineup),
        one_sample=ONE_SAMPLE if single_samples(entries, lineup) else "",
        failures=failures or "",
        profiles=lineup.pair,
        dots_explained=dots_explained(lineup),
        bars_explained=bars_explained(lineup),
        rows=lineup.rows,
        notes=[notes_of(row.system.name, FROM_A_RESULT) for row in lineup.rows],
        modes_note=modes_note(lineup),
        topics=TOPICS,
        entries=entries,
        heading=heading,
        full_heading=full_heading,
        definitions=DEFINITIONS,
        cells={entry.key: cells(entry, lineup) for entry in entries},
        source=source,
        warnings=warnings(lineup),
        described=described(lineup),
        laps=environment.laps,
        joined=joined_note(lineup.result),
        data=page_data(lineup),
        figures=figures(lineup),
        site=site,
        vega=VEGA if site else vega(),
        script=(_HERE / "page.js").read_text(),
    )


@cache
def vega() -> str:
    """Return vega and vega-embed from their wheel as one script. Bundling takes seconds, so the script is cached."""
    kept = CACHE / f"vega-{version('vl-convert-python')}.js"
    if kept.is_file():
        return kept.read_text()
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    safe = bundle.replace("</script", "<\\/script")
    # In a checkout that is not writable, the script is bundled again next time.
    with suppress(OSError):
        CACHE.mkdir(exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_text(safe)
        unfinished.replace(kept)
    return safe
