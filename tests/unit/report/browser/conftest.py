"""A real Chromium from Debian: skipped with a loud reason if it is missing, and failed in CI."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benchmarks import write_benchmark
from lacking import lacks
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from harness.labs.report_files import write_report
from harness.results.result import read_result

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        lacks("a Chromium", "the page is tested in one: apt-get install chromium")
    with sync_playwright() as playwright:
        # The root user has no sandbox, and a container's /dev/shm is small.
        launched = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield made
    made.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of a benchmark of four laps and three systems; return its folder."""
    folder = tmp_path_factory.mktemp("results") / "one"
    write_benchmark(folder, "floor", "tool", "other", laps=4)
    write_report(read_result(folder))
    return folder


@pytest.fixture
def opened(context: BrowserContext, site: Path) -> Callable[..., Page]:
    """Open the page with a fragment, and wait until its figures are drawn."""

    def open_it(fragment: str = "", folder: Path = site) -> Page:
        page = context.new_page()
        page.goto((folder / "index.html").as_uri() + fragment)
        page.wait_for_function("document.documentElement.dataset.drawn", timeout=20_000)
        return page

    return open_it
