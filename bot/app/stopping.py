"""How a process that goes on until it is told to stop is told."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM, SIGINT and the end of the terminal stop it in order; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def once() -> None:
        for each in signals:
            loop.remove_signal_handler(each)
        stop()

    for each in signals:
        loop.add_signal_handler(each, once)
    try:
        yield
    finally:
        for each in signals:
            with suppress(ValueError):
                loop.remove_signal_handler(each)
