"""Loads an orchestrator's `driver.py` and checks it against the protocol before anything starts."""

import importlib.util
import inspect
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import cast

from harness.errors import HarnessError, origin
from harness.in_time import OutOfTime, in_time
from harness.orchestrators.bounded import LIMIT_S
from harness.orchestrators.driver import Cancels, Driver, Endpoint, FindsRuns, TriggersOnce
from harness.orchestrators.manifest import Manifest

_METHODS = ("ready", "trigger", "state", "attempts")
_OPTIONAL: dict[str, type] = {"runs": FindsRuns, "cancel": Cancels, "trigger_once": TriggersOnce}


class DriverError(HarnessError):
    """A driver cannot be loaded or is invalid. The message names the file, and the line if there is one."""


def load_driver(name: str, folder: Path) -> type[Driver]:
    """Return the class `Driver` of an orchestrator's folder. Raises `DriverError`."""
    path = folder / "driver.py"
    module_name = f"orchbench_driver_{name}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise DriverError(f"{path}: expected a module with a class Driver")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        in_time(LIMIT_S, partial(spec.loader.exec_module, module))
    except OutOfTime as error:
        raise DriverError(f"cannot load {path}: its import did not end in {LIMIT_S:g} s") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise DriverError(f"cannot load {path}: {origin(error, folder)}") from error
    driver: object = getattr(module, "Driver", None)
    if not inspect.isclass(driver):
        raise DriverError(f"{path}: expected a class named Driver")
    wanted: list[tuple[type, str]] = [(Driver, name) for name in _METHODS]
    wanted += [(protocol, name) for name, protocol in _OPTIONAL.items() if hasattr(driver, name)]
    if faults := [fault for protocol, method in wanted if (fault := _fault(driver, protocol, method))]:
        raise DriverError(f"{path}: {', '.join(faults)}")
    return cast("type[Driver]", driver)


def capabilities(manifests: Iterable[Manifest]) -> dict[str, frozenset[str]]:
    """Return the optional methods of each orchestrator's driver, by the orchestrator's name. Raises `DriverError`."""
    drivers = {each.name: load_driver(each.name, each.folder) for each in manifests}
    return {name: frozenset(each for each in _OPTIONAL if hasattr(driver, each)) for name, driver in drivers.items()}


def bind_driver(driver: type[Driver], folder: Path, endpoint: Endpoint) -> Driver:
    """Return a driver for a running stack. Raises `DriverError` for any exception of its constructor."""
    try:
        return in_time(LIMIT_S, lambda: driver(endpoint))
    except OutOfTime as error:
        raise DriverError(f"{folder / 'driver.py'}: Driver(endpoint) did not return in {LIMIT_S:g} s") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise DriverError(f"{folder / 'driver.py'}: Driver(endpoint) failed: {origin(error, folder)}") from error


def _fault(driver: type, protocol: type, name: str) -> str:
    """Say how a method violates the protocol. Empty if the harness can call it."""
    wanted = inspect.signature(getattr(protocol, name))
    words = f"{name}({', '.join(list(wanted.parameters)[1:])})"
    method = getattr(driver, name, None)
    if not callable(method):
        return f"class Driver lacks the method {words}"
    try:
        # As the harness calls it, with positional arguments.
        inspect.signature(method).bind(*wanted.parameters)
    except (TypeError, ValueError):
        return f"class Driver: expected {words}, got {name}{inspect.signature(method)}"
    return ""
