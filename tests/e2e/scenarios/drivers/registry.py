"""The platforms on which the scenarios are performed: a new one is one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.e2e.scenarios.driver import Driver
from tests.e2e.scenarios.drivers.http import HttpDriver
from tests.e2e.scenarios.drivers.memory import MemoryDriver

DRIVERS: Final[dict[str, Callable[[], Driver]]] = {
    "memory": MemoryDriver,
    "http": HttpDriver,
}
