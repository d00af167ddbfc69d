"""Each request has an id, is logged and counted, and ends in an answer whatever happens."""

from __future__ import annotations

import re
import traceback
from time import perf_counter
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.failures import INSIDE
from adapters.http.metrics import Metrics

log = structlog.get_logger()

ID: Final = "x-request-id"
_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class Requests:
    """The id is the caller's, or a new one; everything that is logged on the way carries it.

    What is logged of a request is its route, never its path, query or body, which may hold what somebody wrote.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(ID, "")
        id = given if _GIVEN.fullmatch(given) else uuid4().hex
        status, began = 0, perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[ID] = id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=id):
            try:
                await self._app(scope, receive, answer)
            except Exception as exc:  # noqa: BLE001  # the caller learns that it failed, the log where
                log.error("http.failed", route=_route(scope), error=type(exc).__name__, where=_where(exc))
                if not status:
                    await JSONResponse({"detail": INSIDE}, 500)(scope, receive, answer)
            finally:
                self._took(perf_counter() - began, scope=scope, status=status)

    def _took(self, seconds: float, *, scope: Scope, status: int) -> None:
        """A request whose caller went away before there was an answer has the status 499."""
        route, status = _route(scope), status or 499
        self._metrics.took(seconds, method=scope["method"], route=route, status=status)
        note = log.debug if route in _QUIET and status < 400 else log.info
        note("http.request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


def _route(scope: Scope) -> str:
    """As it was declared: `/api/v1/tickets/{number}`."""
    route = scope.get("route")
    path = getattr(route, "path", "")
    if isinstance(route, Mount) or not path:
        return f"{path}/*" if path else "none"
    return f"{scope.get('root_path', '')}{path}"


def _where(exc: BaseException) -> str:
    """The line that raised it, without what it was about."""
    frames = traceback.extract_tb(exc.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
