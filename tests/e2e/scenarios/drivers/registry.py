"""The platforms on which the scenarios are performed: a new one is one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.models import Capability
from tests.e2e.scenarios.driver import Driver
from tests.e2e.scenarios.drivers.console import ConsoleDriver
from tests.e2e.scenarios.drivers.console_browser import CHROMIUM
from tests.e2e.scenarios.drivers.http import HttpDriver
from tests.e2e.scenarios.drivers.memory import MemoryDriver
from tests.e2e.scenarios.drivers.terminal import TerminalDriver

_PLAIN: Final[frozenset[Capability]] = frozenset(
    {"find", "only_for", "delete", "progress", "threads", "buttons", "votes"}
)
"""What a platform lacks that shows little more than text, such as many a web chat."""
DRIVERS: Final[dict[str, Callable[[], Driver]]] = {
    "memory": MemoryDriver,
    "http": HttpDriver,
    "terminal": TerminalDriver,
    "console": ConsoleDriver,
    "plain": lambda: HttpDriver(lacks=_PLAIN),
}
MISSING: Final[dict[str, str]] = {} if CHROMIUM else {"console": "no chromium: `apt-get install chromium`"}
"""Why what a machine has not got keeps a platform's scenarios from running there."""
