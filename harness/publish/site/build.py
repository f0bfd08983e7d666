"""Builds the site: a folder with the repository's layout, in which every result and every document is a page.

A document has the same place as in the repository, and a `README.md` becomes the `index.html` of its folder. A
result's page is next to its data. Linked files are included.
"""

import posixpath
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path

from harness.audit import AuditFailed, sound_part
from harness.labs.kinds import kind_of
from harness.orchestrators.manifest import NOTES
from harness.paths import REPOSITORY, SITE
from harness.publish.heat import heat_section
from harness.publish.index import render_index
from harness.publish.publish import crash_laps
from harness.publish.site.document import Document, read_document
from harness.publish.site.links import relinked
from harness.report.machine_readable import SUMMARY
from harness.report.markdown import MATRIX, PAGE
from harness.report.notes import FROM_A_RESULT
from harness.report.page.render import VEGA, vega
from harness.report.templates import filled
from harness.results.environment import ENVIRONMENT
from harness.results.folders import folders_in
from harness.results.joined import JOIN, read_folder
from harness.results.records import RECORDS
from harness.results.result import PLAN, Result, ResultError

_TEMPLATE = Path(__file__).with_name("document.html.j2")
START, RESULTS = "README.md", "results"
INDEX = f"{RESULTS}/{START}"
_DATA = (JOIN, ENVIRONMENT, PLAN, RECORDS, SUMMARY)
"""The data files next to a result's page, if the result has them."""
_AS_IT_IS = {".svg", ".json", ".jsonl", ".csv"}
"""Files for browsers or programs, which are copied. Any other linked file becomes a page with its text."""
_CODE = {".py", ".j2", ".css", ".js"}

Say = Callable[[str], None]


def build_site(say: Say, root: Path = REPOSITORY, into: Path = SITE) -> list[str]:
    """Write the site, except pages of results that are already current.

    Returns a sentence for each result that has no page. `say` reports the progress.
    """
    say("reading results")
    results, left_out = _sound(folders_in(root / RESULTS))
    site = _Site(root, into, results)
    _write(into / VEGA, vega())
    for result in results:
        if not is_current(result, into / RESULTS / result.folder.name / PAGE):
            say(f"page of {result.folder.name}")
            site.write_result(result)
    say("documents")
    site.write_documents()
    return left_out


def page_of(result: Result, root: Path = REPOSITORY, into: Path = SITE) -> Path | None:
    """Return the path of a result's page on the site, or `None` if the result is not in the checkout's folder."""
    own = result.folder.resolve()
    return into / RESULTS / own.name / PAGE if own.parent == (root / RESULTS).resolve() else None


def is_current(result: Result, page: Path) -> bool:
    """Check if a page is newer than its result and the code that generates it."""
    return page.is_file() and page.stat().st_mtime > max(_newest(_data(result)), _newest(_code()))


def _sound(folders: Iterable[Path]) -> tuple[list[Result], list[str]]:
    results, left_out = [], []
    for folder in folders:
        try:
            results.append(sound_part(read_folder(folder)))
        except (ResultError, AuditFailed) as error:
            left_out.append(str(error))
    return results, left_out


class _Site:
    """The files of a repository that are on the site, and those that are still to be written."""

    def __init__(self, root: Path, into: Path, results: Sequence[Result]) -> None:
        self._root, self._into, self._results = root, into, results
        self._failures = heat_section(crash_laps(results))
        self._pages = {f"{RESULTS}/{result.folder.name}" for result in results}
        self._places: dict[str, str | None] = {}
        self._due: deque[tuple[str, str]] = deque()
        self._place(START)
        self._place(INDEX)
        self._place(MATRIX)
        for path in sorted((root / "docs").rglob("*.md")):
            self._place(path.relative_to(root).as_posix())

    def write_result(self, result: Result) -> None:
        """Write a result's page, and its data next to it."""
        path = f"{RESULTS}/{result.folder.name}"
        page = kind_of(result.plan).page(result, self._failures, FROM_A_RESULT)
        _write(self._into / path / PAGE, relinked(page, path, self._place))
        for file in _data(result):
            shutil.copyfile(file, self._into / path / file.name)

    def write_documents(self) -> None:
        """Write every document and everything it links to."""
        while self._due:
            self._write_document(*self._due.popleft())

    def _place(self, path: str) -> str | None:
        """Return the place of a repository's path on the site. On its first use, it is queued for writing."""
        if path not in self._places:
            self._places[path] = self._new_place(path)
        return self._places[path]

    def _new_place(self, path: str) -> str | None:
        if path.removesuffix(f"/{PAGE}") in self._pages:
            return f"{path.removesuffix(f'/{PAGE}')}/{PAGE}"
        if path == RESULTS:
            return self._place(INDEX)
        source = self._root / path
        if path.startswith("..") or not (path == INDEX or source.exists()):
            return None
        if source.is_dir():
            of_folder = next((name for name in (START, NOTES) if (source / name).is_file()), None)
            return of_folder and self._place(posixpath.normpath(posixpath.join(path, of_folder)))
        shown = _shown(path)
        self._due.append((path, shown))
        return shown

    def _write_document(self, path: str, shown: str) -> None:
        source, target = self._root / path, self._into / shown
        if shown == path:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            return
        if path == INDEX:
            document = read_document(f"# Results\n\nNewest first. Each date links to its page.\n\n{self._index()}\n")
        elif source.suffix == ".md":
            document = read_document(source.read_text(encoding="utf-8"))
        else:
            text = escape(source.read_text(encoding="utf-8", errors="replace"))
            document = Document(path, f"<h1>{escape(path)}</h1>\n<pre><code>{text}</code></pre>")
        folder = posixpath.dirname(path)
        site = f"{posixpath.relpath('.', folder or '.')}/"
        html = filled(_TEMPLATE, title=document.title or path, content=document.html, site=site)
        _write(target, relinked(html, folder, self._place))

    def _index(self) -> str:
        def tables(result: Result) -> str:
            name = kind_of(result.plan).first_file
            return f"[tables]({result.folder.name}/{name})" if (result.folder / name).is_file() else ""

        return render_index(self._results, tables)


def _shown(path: str) -> str:
    """Return the place of a repository's file on the site."""
    folder, name = posixpath.split(path)
    if name == START:
        return posixpath.join(folder, PAGE)
    return path if posixpath.splitext(name)[1] in _AS_IT_IS else f"{path.removesuffix('.md')}.html"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _data(result: Result) -> list[Path]:
    return [result.folder / name for name in _DATA if (result.folder / name).is_file()]


def _newest(files: Iterable[Path]) -> float:
    return max((file.stat().st_mtime for file in files), default=0.0)


def _code() -> list[Path]:
    """Return the files that determine a page's content."""
    return [path for path in (REPOSITORY / "harness").rglob("*") if path.suffix in _CODE]
