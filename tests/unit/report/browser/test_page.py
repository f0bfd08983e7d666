"""The page of a result in a real browser: a reader's actions, on screens of all sizes, without a network."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from benchmarks import edit_environment, write_benchmark, write_crash_lap
from playwright.sync_api import BrowserContext, Page

from harness.labs.report_files import write_report
from harness.publish.heat import heat_section
from harness.report.lineup import lineup_of
from harness.report.page.render import render_page
from harness.results.result import read_result

Open = Callable[..., Page]


def names(page: Page) -> list[str]:
    """Return the systems of the table, in the order of its visible rows."""
    return page.locator("#table tbody tr:not(.hidden) th .mark").all_inner_texts()


def order_of(page: Page, entry: str) -> list[float]:
    cells = page.locator(f'#table tbody tr:not(.hidden) td[data-entry="{entry}"]').all_text_contents()
    return [float(cell.split()[0]) for cell in cells]


def test_it_opens_without_errors_or_requests(context: BrowserContext, site: Path) -> None:
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "index.html").as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn", timeout=20_000)
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_it_is_one_file_of_under_3_mb(site: Path) -> None:
    assert (site / "index.html").stat().st_size < 3_000_000


def test_a_heading_sorts_in_both_directions(opened: Open) -> None:
    page = opened()
    heading = page.locator('thead th[data-entry="noop_total_s"]')
    page.locator('[data-topic="noop-run"] .fold').click()
    heading.locator(".sort").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert order_of(page, "noop_total_s") == sorted(order_of(page, "noop_total_s"))
    heading.locator(".sort").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert order_of(page, "noop_total_s") == sorted(order_of(page, "noop_total_s"), reverse=True)


def test_a_topic_folds_to_its_first_measure(opened: Open) -> None:
    page = opened()
    fold = page.locator('[data-topic="etl-run"] .fold')
    shown = page.locator('thead tr:last-child th[data-topic="etl-run"]:visible')
    assert (fold.get_attribute("aria-expanded"), shown.count()) == ("true", 6)
    fold.press("Enter")
    assert (fold.get_attribute("aria-expanded"), shown.count()) == ("false", 1)


def test_ranks_are_among_the_selected_systems(opened: Open) -> None:
    page = opened()
    before = page.locator("#ranking li").all_inner_texts()
    assert len(before) == 3
    assert [item[:6] for item in before if "Floor" in item] == ["–Floor"]
    first = next(item for item in before if item.startswith("1.")).split(":")[0].split(".")[1].strip()
    page.get_by_label(first, exact=True).uncheck()
    after = page.locator("#ranking li").all_inner_texts()
    assert len(after) == 2
    assert any(item.startswith("1.") for item in after)
    assert first not in names(page)


def test_it_opens_with_the_two_tools_of_lowest_overhead_compared(opened: Open) -> None:
    page = opened()
    items = page.locator("#ranking li").all_inner_texts()
    tools = [item.split(":")[0].split(".")[-1].strip("– ") for item in items if "Floor" not in item]
    chosen = [page.locator(f"#{which} option:checked").inner_text() for which in ("first", "second")]
    assert chosen == tools[:2]
    assert "not ranked together" not in page.locator("#compared").inner_text()


def test_every_figure_shows_the_selected_systems(opened: Open) -> None:
    page = opened()
    for figure in ("dumbbells", "phases", "share", "trials"):
        assert page.locator(f"#{figure} svg").is_visible()
        assert "Other" in page.locator(f"#{figure} svg").text_content(), figure
    drawn = page.evaluate("document.documentElement.dataset.drawn")
    page.get_by_label("Other defaults", exact=True).uncheck()
    page.wait_for_function(f"document.documentElement.dataset.drawn !== '{drawn}'")
    for figure in ("dumbbells", "phases", "share"):
        assert "Other" not in page.locator(f"#{figure} svg").text_content(), figure


def test_each_measure_is_defined_in_a_line(opened: Open) -> None:
    page = opened()
    page.locator('a[href="#about-etl_hops_s"]').first.evaluate("link => link.click()")
    assert page.locator("#about-etl_hops_s + dd").inner_text().startswith("All gaps between steps")


def test_with_crash_results_it_shows_the_verdicts(opened: Open, site: Path, tmp_path: Path) -> None:
    write_crash_lap(tmp_path / "crashed", "floor", "tool")
    (tmp_path / "index.html").write_text(
        render_page(lineup_of(read_result(site)), heat_section([read_result(tmp_path / "crashed")]))
    )
    page = opened(folder=tmp_path)
    rows = page.locator("#heat tbody tr")
    assert rows.all_inner_texts() == ["Tool defaults\tR 2.5\tR 2.5\t1 of 1"]
    assert "a process is killed" in page.locator("#heat thead").inner_text()
    assert opened().locator("#heat").count() == 0


def test_two_are_compared_in_words(opened: Open) -> None:
    page = opened()
    page.locator("#first").select_option("2")
    page.locator("#second").select_option("1")
    row = page.locator('#compared tr[data-measure="etl_total_s"]')
    words = row.inner_text()
    assert "×" in words
    assert any(said in words for said in ("has more", "has less", "not known"))
    page.locator("#second").select_option("2")
    assert page.locator("#compared tbody tr").count() == 0


def test_selected_and_compared_systems_have_the_names_of_the_table(opened: Open) -> None:
    page = opened()
    page.locator("#first").select_option("2")
    page.locator("#second").select_option("1")
    chosen = page.locator("#by option").all_inner_texts()
    assert {"etl: total, s", "noop: total, s", "startup, s"} <= set(chosen)
    assert len(set(chosen)) == len(chosen)
    assert set(page.locator("#compared tbody th").all_inner_texts()) <= set(chosen)


def test_a_view_can_be_linked(opened: Open) -> None:
    page = opened()
    page.get_by_label("Other defaults", exact=True).uncheck()
    page.locator("#first").select_option("1")
    page.locator("#table tbody tr:not(.hidden) .mark").first.click()
    address = page.evaluate("location.hash")
    again = opened(address)
    for look in ("#compared tbody", "#ranking", "#table tbody tr.marked th"):
        assert again.locator(look).inner_text() == page.locator(look).inner_text()
    assert names(again) == names(page)


def test_an_invalid_address_shows_the_default_view(opened: Open) -> None:
    usual = opened()
    page = opened("#shown=9,x&sort=__proto__&first=-1&scenario=1e99&folded=%00")
    assert page.locator("#table thead").count() == 1
    for control in ("#first", "#scenario"):
        assert page.locator(control).input_value() == usual.locator(control).input_value()


def test_the_visible_table_can_be_copied(opened: Open, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened()
    page.get_by_label("Other defaults", exact=True).uncheck()
    page.locator("#copy-csv").click()
    page.wait_for_function("document.getElementById('told').textContent === 'copied'")
    lines = list(csv.reader(io.StringIO(page.evaluate("navigator.clipboard.readText()"))))
    assert [line[0] for line in lines] == ["system", *names(page)]
    page.locator("#copy-md").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("| system | ")


def test_all_trials_can_be_saved(opened: Open, site: Path) -> None:
    page = opened()
    with page.expect_download() as download:
        page.locator("#save-trials").click()
    saved = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    trials = [record for record in read_result(site).records if record.kind == "trial"]
    assert [line["trial"] for line in saved] == [
        trial.trial for name in ("floor", "tool", "other") for trial in trials if trial.orchestrator == name
    ]


@pytest.mark.parametrize("width", [375, 846, 1280])
def test_the_page_never_scrolls_sideways(opened: Open, width: int) -> None:
    page = opened()
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(opened: Open, scheme: str) -> None:
    page = opened()
    page.emulate_media(color_scheme=scheme)
    page.locator("details summary").first.click()
    found = Axe().run(page).response["violations"]
    grave = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
    assert grave == []


def test_quoted_text_is_shown_as_it_is(opened: Open, tmp_path: Path) -> None:
    evil = "</script><script>document.title='got in'</script> | [x](y) [/red]"
    write_benchmark(tmp_path / "evil", laps=1)
    edit_environment(tmp_path / "evil", lambda content: content["systems"][1].update(title=evil))
    write_report(read_result(tmp_path / "evil"))
    page = opened(folder=tmp_path / "evil")
    assert "got in" not in page.title()
    assert any(evil in name for name in names(page))


@pytest.mark.parametrize("names_", [("floor",), tuple(f"tool{n}" for n in range(20))])
def test_one_system_and_twenty_are_shown(opened: Open, tmp_path: Path, names_: tuple[str, ...]) -> None:
    write_benchmark(tmp_path / "many", *names_, laps=1)
    write_report(read_result(tmp_path / "many"))
    assert len(names(opened(folder=tmp_path / "many"))) == len(names_)


def test_with_very_many_trials_it_says_how_many_it_draws(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.results.store.os.fsync", lambda _descriptor: None)
    write_benchmark(tmp_path / "many", "floor", "tool", "other", laps=170)
    write_report(read_result(tmp_path / "many"))
    page = opened(folder=tmp_path / "many")
    assert page.locator("#sampled").inner_text() == "3000 of 3060 trials, drawn at random"


@pytest.mark.parametrize("width", [718, 1047])
def test_nothing_is_cut_on_paper_and_no_control_is_left(opened: Open, width: int) -> None:
    """The widths are those of A4 between margins of 1 cm, portrait and landscape."""
    page = opened()
    screen = page.locator("#trials svg").bounding_box()["width"]
    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    edges = page.locator("#printed table, .figure svg, #compared").evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect().right)"
    )
    assert max(edges) <= width
    assert page.locator("button:visible, input[type=checkbox]:visible, a:visible").count() == 0
    ink = page.locator("#trials svg text").first.evaluate("each => getComputedStyle(each).fill")
    assert ink == "rgb(31, 35, 40)", "the ink of a dark screen on white paper"
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"document.querySelector('#trials svg').getBoundingClientRect().width === {screen}")


def test_on_paper_each_topic_is_a_table_of_the_selected_systems(opened: Open) -> None:
    page = opened()
    page.get_by_label("Other defaults", exact=True).uncheck()
    page.emulate_media(media="print")
    topics = page.locator("thead .fold").all_text_contents()
    assert page.locator("#printed caption").all_text_contents() == topics
    assert page.locator("#printed tbody tr").count() == 2 * len(topics)
    told = page.locator("#printed td").all_text_contents()
    known = page.locator("#table tbody tr:not(.hidden) td").all_text_contents()
    assert sorted(map(str.strip, told)) == sorted(known)


def test_modes_are_never_mixed_by_sorting_or_selecting(opened: Open, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    write_benchmark(folder, "floor", "double", "shelf", "tool", "slow", laps=4)
    write_report(read_result(folder))
    page = opened("", folder)
    apart = [
        "Floor",
        "Tool defaults (server)",
        "Slow defaults (server)",
        "Shelf defaults (library)",
        "Double defaults (emulator)",
    ]
    assert names(page) == apart
    heading = page.locator('thead th[data-entry="etl_total_s"] .sort')
    for _ in range(2):
        heading.click()
        assert names(page) == apart
    items = page.locator("#ranking li").all_inner_texts()
    assert [item for item in items if ":" not in item] == ["servers", "libraries", "emulators, not ranked"]
    assert items[-1].startswith("–")
    # The systems' places in the list of all: the baseline, servers, libraries, emulators.
    for first, second, together in (("2", "1", True), ("1", "0", False), ("3", "1", False), ("4", "1", False)):
        page.locator("#first").select_option(first)
        page.locator("#second").select_option(second)
        words = page.locator('#compared tr[data-measure="etl_total_s"]').inner_text()
        assert ("not ranked together" not in words) == together
