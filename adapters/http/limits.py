"""No request is larger, or takes longer, than it may."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEADLINE: Final = 30.0


class Deadline:
    """An answer that has not begun after `seconds` is given up: 503. One that has begun may take its time."""

    def __init__(self, app: ASGIApp, *, seconds: float = DEADLINE) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def answer(message: Message) -> None:
            nonlocal began
            began = True
            limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as limit:
                await self._app(scope, receive, answer)
        except TimeoutError:
            if began or not limit.expired():
                raise
            late = JSONResponse({"detail": "This took too long: try again later."}, 503, {"Retry-After": "10"})
            await late(scope, receive, send)


class BodyLimit:
    """A body of more than `limit` bytes is refused: 413. What is within it is read before anybody sees the request."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else {}
        if "content-length" not in headers and "transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        declared = headers.get("content-length", "0")
        read = None if declared.isdecimal() and int(declared) > self._limit else await self._read(receive)
        if read is None:
            words = f"The request is too large: {self._limit // 1024} KB is the most."
            await JSONResponse({"detail": words}, 413, {"Connection": "close"})(scope, receive, send)
            return
        await self._app(scope, _again(read, then=receive), send)

    async def _read(self, receive: Receive) -> Sequence[Message] | None:
        """All of the body; None if it is too large."""
        messages: list[Message] = []
        size = 0
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
            size += len(messages[-1].get("body", b""))
            if size > self._limit:
                return None
        return messages


def _again(messages: Sequence[Message], *, then: Receive) -> Receive:
    waiting = iter(messages)

    async def receive() -> Message:
        message = next(waiting, None)
        return await then() if message is None else message

    return receive
