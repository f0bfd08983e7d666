"""The page of a crash lap in a real browser: a verdict opens its evidence, on screens of all sizes."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from benchmarks import write_crash_lap
from playwright.sync_api import Browser, BrowserContext

from harness.labs.report_files import write_report
from harness.results.result import read_result


@pytest.fixture(scope="module")
def lap(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("crashed")
    write_crash_lap(folder, "floor", *(f"tool{number}" for number in range(8)))
    write_report(read_result(folder))
    return (folder / "index.html").as_uri()


def test_a_verdict_opens_its_evidence(context: BrowserContext, lap: str) -> None:
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(lap)
    seen = page.get_by_text("SIGKILL by itself: pid 7 is gone").first
    assert not seen.is_visible()
    page.locator("td summary").first.click()
    assert seen.is_visible()
    assert said == []


@pytest.mark.parametrize("width", [375, 846, 1280])
def test_the_page_never_scrolls_sideways(browser: Browser, lap: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(lap)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(browser: Browser, lap: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(lap)
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    context.close()
