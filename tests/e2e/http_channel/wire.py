"""As much of HTTP/1.1 as two ends of ours need, and values of the bot as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import TypeAdapter

from bot.models import EVENTS, Event, Reply

_REPLY: Final = TypeAdapter(Reply)
_EVENTS: Final[dict[str, TypeAdapter[Any]]] = {kind.__name__: TypeAdapter(kind) for kind in EVENTS}
_PHRASES: Final = {200: "OK", 404: "Not Found", 409: "Conflict", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    json: Any = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Response]]


class Server:
    """Serves `handler` on a free port of this machine, or on a given one."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self, port: int = 0) -> str:
        """The address."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=512)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        # Whoever called may have been killed, and whoever closes the server does not wait for calls.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while request := await _read(reader):
                response = await self._handler(request)
                body = json.dumps(response.json).encode()
                head = f"HTTP/1.1 {response.status} {_PHRASES[response.status]}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Request(method, unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True)), body)


def event_form(event: Event) -> dict[str, Any]:
    kind = type(event).__name__
    return {"kind": kind, "event": _EVENTS[kind].dump_python(event, mode="json")}


def event_of(form: dict[str, Any]) -> Event:
    event: Event = _EVENTS[form["kind"]].validate_python(form["event"])
    return event


def reply_form(reply: Reply) -> Any:
    return _REPLY.dump_python(reply, mode="json")


def reply_of(form: Any) -> Reply:
    return _REPLY.validate_python(form)
