"""The site: every link of every page works, and each result has a page, whatever its files are like."""

import os
import re
from pathlib import Path

import pytest
from benchmarks import write_benchmark, write_crash_lap

from harness.labs.report_files import write_report
from harness.publish.site.build import build_site, page_of
from harness.publish.site.document import read_document
from harness.publish.site.links import relinked
from harness.report.markdown import PAGE
from harness.report.page.render import VEGA
from harness.results.records import RECORDS
from harness.results.result import read_result

README = """# Start

[tables](results/whole/table.md) · [method](docs/method.md#how-its-done) · [folder](pipelines/tool)
· [gone](docs/gone.md) · `orchbench open results/whole` · `orchbench open results/NAME` · [outside](../secret.md)
· [elsewhere](https://example.org/a.md) · [licence](LICENSE) · [here](#start)

<picture><source srcset="docs/dark.svg"><img alt="drawn" src="docs/light.svg"></picture>
"""
METHOD = """# Method

## How it's done

[back](../README.md), [code](../pipelines/tool/etl.py), [the laps](../results/crashed/), [schema](a.schema.json)
"""
_HREF = re.compile(r'<(?:a|img|source|script)\s[^>]*?(?:href|src|srcset)="([^"]+)"')
_ID = re.compile(r'\sid="([^"]+)"')


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with documents, a result, a crash lap, and a result whose records were changed."""
    root = tmp_path_factory.mktemp("site") / "repository"
    files = {
        "README.md": README,
        "docs/method.md": METHOD,
        "docs/alone.md": "# Nobody leads here\n",
        "docs/a.schema.json": "{}",
        "docs/dark.svg": "<svg/>",
        "docs/light.svg": "<svg/>",
        "LICENSE": "a < b\n",
        "results/crash.md": "# Crashes\n\n[lap](crashed/)\n",
        "pipelines/tool/etl.py": "assert 1 < 2\n",
        "../secret.md": "# Not of this repository\n",
        **{f"pipelines/{name}/NOTES.md": f"# {name}\n" for name in ("floor", "tool")},
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    write_benchmark(root / "results/whole", laps=4)
    write_report(read_result(root / "results/whole"))
    write_crash_lap(root / "results/crashed", "floor", "tool")
    write_benchmark(root / "results/edited")
    records = root / "results/edited" / RECORDS
    records.write_bytes(records.read_bytes().replace(b'"outcome":"valid"', b'"outcome":"error"', 1))
    return root


@pytest.fixture(scope="module")
def site(root: Path) -> Path:
    into = root.parent / "built"
    left_out = build_site(lambda _: None, root, into)
    assert len(left_out) == 1
    assert "results/edited fails the audit" in left_out[0]
    return into


def pages(site: Path) -> dict[str, str]:
    return {path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*.html")}


def test_every_document_and_result_has_a_page(site: Path) -> None:
    assert set(pages(site)) == {
        *("index.html", "LICENSE.html", "docs/method.html", "docs/alone.html"),
        *("results/index.html", "results/crash.html", "results/whole/index.html", "results/crashed/index.html"),
        *("results/whole/table.html", "results/whole/settings.html"),
        *("pipelines/floor/NOTES.html", "pipelines/tool/NOTES.html", "pipelines/tool/etl.py.html"),
    }


def test_every_link_leads_to_a_file_of_the_site_and_to_an_anchor_in_it(site: Path) -> None:
    every = pages(site)
    for page, html in every.items():
        for link in _HREF.findall(html):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = os.path.normpath(site / Path(page).parent / path) if path else str(site / page)
            assert Path(target).is_file(), f"{page} leads to {link}"
            assert Path(target).is_relative_to(site)
            # Documents have the anchors that a result's page links to.
            if anchor and "docs/method/" not in path:
                assert anchor in _ID.findall(every[Path(target).relative_to(site).as_posix()]), f"{page}: {link}"


def test_text_of_missing_targets_has_no_link(site: Path) -> None:
    start = (site / "index.html").read_text()
    assert "<a>gone</a>" in start
    assert "<a>outside</a>" in start
    assert 'href="https://example.org/a.md"' in start
    assert 'href="docs/method.html#how-its-done"' in start
    assert 'href="pipelines/tool/NOTES.html"' in start


def test_a_command_that_opens_a_result_links_to_its_page(site: Path) -> None:
    start = (site / "index.html").read_text()
    assert '<a href="results/whole/index.html"><code>orchbench open results/whole</code></a>' in start
    assert "· <code>orchbench open results/NAME</code> ·" in start


def test_the_index_links_to_each_page_and_to_the_tables(site: Path) -> None:
    links = _HREF.findall((site / "results/index.html").read_text())
    assert {"whole/index.html", "crashed/index.html", "whole/table.html"} <= set(links)
    assert not any("edited" in link for link in links)


def test_pages_share_one_bundle_and_are_next_to_their_data(site: Path, root: Path) -> None:
    page = (site / "results/whole" / PAGE).read_text()
    assert f'<script src="../../{VEGA}">' in page
    assert len(page) < (site / VEGA).stat().st_size
    assert len(page) < len((root / "results/whole" / PAGE).read_text()) / 2, "the page that stands alone holds it all"
    own = root / "results/whole" / RECORDS
    assert (site / "results/whole" / RECORDS).read_bytes() == own.read_bytes()


def test_text_is_shown_as_it_is(site: Path) -> None:
    assert "<pre><code>assert 1 &lt; 2" in (site / "pipelines/tool/etl.py.html").read_text()


def test_only_a_page_that_is_older_than_its_result_is_made_again(site: Path, root: Path) -> None:
    told: list[str] = []
    build_site(told.append, root, site)
    assert not any(words.startswith("page of") for words in told)
    page = site / "results/crashed" / PAGE
    records = root / "results/crashed" / RECORDS
    os.utime(records, (page.stat().st_mtime + 5, page.stat().st_mtime + 5))
    build_site(told.append, root, site)
    assert [words for words in told if words.startswith("page of")] == ["page of crashed"]


def test_a_result_of_another_folder_has_no_page_on_the_site(root: Path, tmp_path: Path) -> None:
    write_benchmark(tmp_path / "other")
    assert page_of(read_result(tmp_path / "other"), root, tmp_path) is None
    assert page_of(read_result(root / "results/whole"), root, tmp_path) == tmp_path / "results/whole" / PAGE


def test_anchors_match_githubs() -> None:
    told = read_document("# `etl` & co: what's _new_?\n\n## Twice\n\n## Twice\n")
    assert told.title == "etl & co: what's new?"
    assert _ID.findall(told.html) == ["etl--co-whats-new", "twice", "twice-1"]


@pytest.mark.parametrize("link", ["#here", "https://example.org/a.md", "mailto:a@b.org", "//example.org/a.md", ""])
def test_links_that_leave_the_site_or_stay_on_the_page_are_kept(link: str) -> None:
    html = f'<a class="x" href="{link}">words</a>'
    assert relinked(html, "docs", lambda _: None) == html
