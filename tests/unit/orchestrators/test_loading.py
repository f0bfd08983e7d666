"""Drivers are checked against the protocol when they are loaded."""

from pathlib import Path

import pytest

from harness.orchestrators.driver import Endpoint
from harness.orchestrators.loading import DriverError, bind_driver, load_driver

GOOD = """
class Driver:
    def __init__(self, endpoint): self.endpoint = endpoint
    def ready(self): return True
    def trigger(self, workload, parameters): return "1"
    def state(self, run): return None
    def attempts(self, run): return None
"""


def load(folder: Path, text: str):
    (folder / "driver.py").write_text(text)
    return load_driver("sample", folder)


def test_a_class_with_the_four_methods_is_a_driver(tmp_path: Path) -> None:
    driver = bind_driver(load(tmp_path, GOOD), tmp_path, Endpoint("http://127.0.0.1:1", {}))
    assert driver.ready()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected a class named Driver"),
        ("Driver = 3", "expected a class named Driver"),
        (GOOD.replace("def attempts", "def tries"), "class Driver lacks the method attempts(run)"),
        (GOOD.replace("trigger(self, workload, parameters)", "trigger(self, workload)"), "expected trigger(workload, "),
        (GOOD.replace("def state(self, run): return None", "state = 'success'"), "lacks the method state(run)"),
        (GOOD + "    def runs(self, trial): return []\n", "expected runs(workload, trial), got runs(self, trial)"),
        ("import nowhere", "No module named 'nowhere' (driver.py, line 1)"),
        ("\n1/0\n", "ZeroDivisionError: division by zero (driver.py, line 2)"),
        ("def x(:", "SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(0)", "SystemExit: 0 (driver.py, line 2)"),
    ],
)
def test_an_invalid_driver_is_named_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DriverError) as raised:
        load(tmp_path, text)
    assert str(tmp_path / "driver.py") in str(raised.value)
    assert words in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="expected a module with a class Driver"):
        load_driver("sample", tmp_path)


def test_a_constructor_that_raises_is_named_with_its_line(tmp_path: Path) -> None:
    driver = load(tmp_path, GOOD.replace("self.endpoint = endpoint", 'endpoint.secrets["TOKEN"]'))
    with pytest.raises(DriverError, match=r"KeyError: 'TOKEN' \(driver\.py, line 3\)"):
        bind_driver(driver, tmp_path, Endpoint("http://127.0.0.1:1", {}))
