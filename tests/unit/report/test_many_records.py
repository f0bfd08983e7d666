"""A result of very many records: its files stay small, and the time grows with its length."""

import json
import re
import time
from pathlib import Path

from benchmarks import write_benchmark

from harness.audit import audit
from harness.report.page.data import MOST_POINTS
from harness.report.write import generated, write_report
from harness.results.result import read_result

NINE = ("floor", *(f"tool{n}" for n in range(8)))
LAPS = 60
TRIALS = 9 * LAPS * 6


def test_a_page_has_some_of_very_many_trials(tmp_path: Path) -> None:
    write_benchmark(tmp_path, *NINE, laps=LAPS)
    write_report(read_result(tmp_path))
    page = (tmp_path / "index.html").read_text()
    assert len(page.encode()) < 5_000_000
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page).group(1))
    assert (len(data["trials"]), data["trials_of_all"]) == (MOST_POINTS, TRIALS)


def test_four_times_the_records_take_about_four_times_as_long(tmp_path: Path) -> None:
    def seconds(laps: int) -> float:
        folder = tmp_path / str(laps)
        write_benchmark(folder, *NINE, laps=laps)
        began_s = time.process_time()
        result = read_result(folder)
        assert audit(result) == []
        assert dict(generated(result))
        return time.process_time() - began_s

    seconds(3)  # Everything that is loaded once is loaded now.
    assert seconds(80) < 10 * seconds(20)
