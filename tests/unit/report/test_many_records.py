"""A result of very many records: its files stay small, and the time grows with its length."""

import json
import re
import time
from pathlib import Path

from benchmarks import write_benchmark

from harness.audit import audit
from harness.labs.report_files import generated
from harness.report.page.data import MOST_POINTS
from harness.results.result import read_result

NINE = ("floor", *(f"tool{n}" for n in range(8)))


def test_a_report_takes_time_as_its_records_and_its_page_stays_small(tmp_path: Path) -> None:
    def made(laps: int) -> tuple[float, dict[str, bytes]]:
        folder = tmp_path / str(laps)
        write_benchmark(folder, *NINE, laps=laps)
        began_s = time.process_time()
        result = read_result(folder)
        assert audit(result) == []
        files = dict(generated(result))
        return time.process_time() - began_s, files

    made(3)  # Everything that is loaded once is loaded now.
    few_s, _ = made(20)
    many_s, files = made(80)
    assert many_s < 10 * few_s
    page = files["index.html"].decode()
    assert len(page.encode()) < 5_000_000
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page).group(1))
    assert (len(data["trials"]), data["trials_of_all"]) == (MOST_POINTS, 9 * 80 * 6)
