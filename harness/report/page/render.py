"""Renders the page: jinja2 fills the template. A page that stands alone is one file, which needs no network."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markupsafe import Markup

from harness.paths import CACHE
from harness.report.column import Column, columns
from harness.report.definitions import DEFINITIONS
from harness.report.format import day
from harness.report.markdown import ONE_SAMPLE
from harness.report.measures import Measure
from harness.report.notes import FROM_A_RESULT, notes_of
from harness.report.overhead_figure import bars_explained, described, dots_explained
from harness.report.page.charts import figures
from harness.report.page.data import page_data
from harness.report.page.templates import style, templates
from harness.report.pairs import pair
from harness.report.parts import joined_note
from harness.report.ranking import label, modes_note
from harness.report.sentences import asides, sentences
from harness.report.topics import TOPICS, Topic, cell, full_heading, heading, single_samples, source
from harness.report.warnings import warnings
from harness.results.result import Result

_HERE = Path(__file__).parent
VEGA = "vega.js"


def render_page(result: Result, failures: Markup | None = None, *, site: str = "") -> str:
    """Return the page of a result as HTML: a pure function of its arguments and of this code.

    `failures` is a section about the failure tests, which other results provide. `site` is the relative path to the
    site that has the page, which has `VEGA` once for all pages. Without it, the page is one file that needs no other.
    """
    everyone = columns(result)
    entries = [entry for topic in TOPICS for entry in topic.entries]
    template = templates().get_template("page.html.j2")
    environment = result.environment
    return template.render(
        environment=environment,
        measured=day(environment.started_s),
        sentences=sentences(everyone),
        asides=asides(everyone),
        one_sample=ONE_SAMPLE if single_samples(entries, everyone) else "",
        failures=failures or "",
        profiles=pair(everyone),
        dots_explained=dots_explained(everyone),
        bars_explained=bars_explained(everyone),
        everyone=everyone,
        names=[label(column, everyone) for column in everyone],
        notes=[notes_of(column.system.name, FROM_A_RESULT) for column in everyone],
        modes_note=modes_note(everyone),
        topics=[_topic(topic, everyone) for topic in TOPICS],
        comparable=[
            (entry.key, full_heading(entry)) for entry in entries if isinstance(entry, Measure) and not entry.once
        ],
        warnings=warnings(everyone, result.objections),
        described=described(everyone),
        laps=environment.laps,
        joined=joined_note(result),
        data=_json(page_data(result, everyone)),
        figures=_json(figures(everyone)),
        site=site,
        vega=VEGA if site else vega(),
        style=style(),
        script=(_HERE / "page.js").read_text(),
    )


def _topic(topic: Topic, everyone: Sequence[Column]) -> dict[str, Any]:
    return {
        "key": topic.key,
        "title": topic.title,
        "entries": [
            {
                "key": entry.key,
                "heading": heading(entry),
                "label": full_heading(entry).replace("`", ""),
                "about": entry.about,
                "definition": DEFINITIONS[entry.key],
                "numeric": isinstance(entry, Measure),
                "cells": [(cell(entry, column, everyone), source(entry, column)) for column in everyone],
            }
            for entry in topic.entries
        ],
    }


def _json(content: object) -> str:
    """Return JSON that no end tag within it can break out of."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@cache
def vega() -> str:
    """Return vega with what embeds it, as its wheel holds them, for use without a network.

    Putting them together takes seconds, so what comes of it is kept.
    """
    kept = CACHE / f"vega-{version('vl-convert-python')}.js"
    if kept.is_file():
        return kept.read_text()
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    safe = bundle.replace("</script", "<\\/script")
    # Where the checkout may not be written, it is put together again next time.
    with suppress(OSError):
        CACHE.mkdir(exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_text(safe)
        unfinished.replace(kept)
    return safe
