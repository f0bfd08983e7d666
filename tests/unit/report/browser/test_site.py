"""The site in a real browser: opened as files, and from a sub-path of a server."""

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from benchmarks import write_benchmark, write_crash_lap
from playwright.sync_api import Browser, BrowserContext, Page

from harness.publish.site.build import build_site

README = """# Start

[results](results/README.md)

<img alt="drawn" src="drawn.svg">

| many | columns |
| :-- | --: |
| words | 1 |
"""
DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="20"><rect width="120" height="20"/></svg>'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in a sub-folder of the served folder."""
    top = tmp_path_factory.mktemp("built")
    root = top / "repository"
    write_benchmark(root / "results/whole", "floor", "tool", laps=4)
    write_crash_lap(root / "results/crashed", "floor", "tool")
    (root / "README.md").write_text(README)
    (root / "drawn.svg").write_text(DRAWN)
    build_site(lambda _: None, root, top / "served/below")
    return top / "served"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def served(built: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(params=["files", "server"])
def address(request: pytest.FixtureRequest, built: Path) -> str:
    if request.param == "files":
        return f"{built.as_uri()}/below/index.html"
    return f"{request.getfixturevalue('served')}below/"


def listened(context: BrowserContext) -> tuple[Page, list[str]]:
    """Return a new page, and a list of its future errors."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda asked: said.append(asked.url))
    return page, said


def test_from_the_start_page_to_a_result_with_figures(context: BrowserContext, address: str) -> None:
    page, said = listened(context)
    page.goto(address)
    assert page.locator("img").evaluate("each => each.naturalWidth") == 120
    page.get_by_role("link", name="results", exact=True).click()
    page.locator("table a[href$='whole/index.html']").first.click()
    page.wait_for_function("document.documentElement.dataset.drawn", timeout=20_000)
    assert page.locator("#trials svg").count() == 1
    page.get_by_role("link", name="all results").click()
    page.locator("table a[href$='crashed/index.html']").first.click()
    assert page.locator("td summary").count() > 0
    # A browser requests an icon from a server.
    assert [each for each in said if "favicon" not in each and "404" not in each] == []


@pytest.mark.parametrize("width", [375, 846])
@pytest.mark.parametrize("name", ["index.html", "results/index.html"])
def test_a_document_never_scrolls_sideways(browser: Browser, built: Path, name: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto((built / "below" / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    context.close()
