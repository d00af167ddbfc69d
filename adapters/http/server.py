"""uvicorn in a loop that others run in too: it neither takes the signals nor writes logs of its own kind."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn

from bot.errors import SettingsError

_CONNECTIONS: Final = 2000
"""At most, browsers that only listen included; the next is told 503."""
_GRACE: Final = 10
"""Seconds that requests have to end once it stops."""


class Server(uvicorn.Server):
    """`run` until `stop`. `ready` is called with the port once connections are accepted."""

    def __init__(self, app: Any, *, host: str, port: int, ready: Callable[[int], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                limit_concurrency=_CONNECTIONS,
                timeout_graceful_shutdown=_GRACE,
            )
        )
        self._host = host
        self._port = port
        self._ready = ready

    async def run_here(self) -> None:
        """Raises SettingsError if the port is not to be had."""
        await self.serve(sockets=[_listening(self._host, self._port)])

    def stop(self) -> None:
        """Accept nothing more; what is being answered has a while to end."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready(self.servers[0].sockets[0].getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening(host: str, port: int) -> socket.socket:
    try:
        (family, *_, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        made = socket.create_server(address, family=family, backlog=2048)
    except OSError as exc:
        raise SettingsError(
            f"{host}:{port} is not to be had ({exc.strerror or exc}): stop what listens there, "
            "or choose another with --port or `port` in [http]."
        ) from exc
    # Otherwise the end of an answer waits for the browser to acknowledge its beginning, which takes some 40 ms.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
