"""Replicas as processes: started, killed, started again."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from random import Random
from typing import Final

import psutil

from tests.e2e.http_channel.replica import Options, start

_PATIENCE: Final = 60.0
_IMPORTED: Final = [
    "tests.e2e.http_channel.replica",
    "adapters.file_directory",
    "adapters.memory_cache",
    "adapters.onnx_embedder",
    "adapters.sql_store.postgresql",
    "adapters.sql_store.sqlite",
    "adapters.sqlite_index.reading",
    "alembic.command",
]


@dataclass(slots=True)
class _Place:
    """Where a replica runs: on the same port again after it was killed."""

    options: Options
    process: ForkServerProcess | None = None
    port: int = 0


class Fleet:
    """`size` replicas with the same options, called r0, r1, ... Their logs are in the home."""

    def __init__(self, options: Options, *, size: int = 2, random: Random | None = None) -> None:
        # They are forked from a process that has imported everything: starting one takes 0.3 s, not 3 s.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_IMPORTED)
        self._random = random or Random()
        self._starts = 0
        self._places = [_Place(replace(options, log=options.home / f"r{number}.log", port=0)) for number in range(size)]

    async def open(self) -> None:
        await asyncio.gather(*(self.start(number) for number in range(len(self._places))))

    async def close(self) -> None:
        for place in self._places:
            if place.process is not None:
                place.process.kill()
                place.process.join()

    async def start(self, number: int) -> None:
        """Comes back when it takes events."""
        place = self._places[number]
        self._starts += 1
        ours, theirs = self._context.Pipe(duplex=False)
        options = replace(place.options, port=place.port, name=f"r{number}.{self._starts}")
        place.process = self._context.Process(target=_run, args=(options, theirs), daemon=True)
        place.process.start()
        theirs.close()
        with ours:
            ready = await asyncio.to_thread(ours.poll, _PATIENCE)
            assert ready, f"Replica {number} does not start."
            place.port = int(ours.recv().rpartition(":")[2])

    def kill(self, number: int) -> None:
        process = self._process(number)
        process.kill()
        process.join()

    async def terminate(self, number: int) -> int:
        """SIGTERM; its exit code when it is gone."""
        process = self._process(number)
        psutil.Process(self.pid(number)).send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.join, _PATIENCE)
        assert process.exitcode is not None, f"Replica {number} does not end."
        return process.exitcode

    def pid(self, number: int) -> int:
        pid = self._process(number).pid
        assert pid is not None
        return pid

    @property
    def alive(self) -> Sequence[int]:
        return [
            number
            for number, place in enumerate(self._places)
            if place.process is not None and place.process.is_alive()
        ]

    def address(self, number: int) -> str:
        return f"http://127.0.0.1:{self._places[number].port}"

    def any_address(self) -> str:
        """Of any replica, dead or alive: a load balancer takes a while to notice."""
        return self.address(self._random.randrange(len(self._places)))

    def _process(self, number: int) -> ForkServerProcess:
        process = self._places[number].process
        assert process is not None
        return process


def _run(options: Options, ready: Connection) -> None:
    start(options, ready.send)
