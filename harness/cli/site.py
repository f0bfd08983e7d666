"""The commands `site` and `open`, which show results and documents as pages."""

import shutil
import webbrowser

from harness.audit import sound_part
from harness.cli.console import out
from harness.cli.names import Folder
from harness.cli.preparation import said
from harness.cli.results import read
from harness.labs.report_files import write_report
from harness.paths import SITE, shown
from harness.publish.site.build import build_site, is_current, page_of
from harness.report.markdown import PAGE


def site() -> None:
    """Write all results and documents as pages into site/. They need no server and work in any folder."""
    shutil.rmtree(SITE, ignore_errors=True)
    _build()
    out.print(f"written: {shown(SITE)} (copy it to any web server)")
    out.print(f"open:    {(SITE / 'index.html').as_uri()}")


def open_(folder: Folder = None) -> None:
    """Open a result's page in a browser, and print its address."""
    result = read(folder)
    if page := page_of(result):
        if not is_current(result, page):
            # An unsound result has no page on the site. This says why.
            sound_part(result)
            _build()
    else:
        page = result.folder.resolve() / PAGE
        if not page.exists():
            write_report(result)
    out.print(page.as_uri())
    # Where there is no browser, this does nothing and says nothing.
    webbrowser.open(page.as_uri())


def _build() -> None:
    with said() as say:
        left_out = build_site(say)
    for words in left_out:
        out.print(f"note: {words}")
