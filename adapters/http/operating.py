"""For whoever runs it: /healthz, /readyz, /metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from adapters.http.health import Health
from adapters.http.metrics import TYPE, Metrics
from adapters.http.ports import Bot
from bot.errors import StoreUnavailable

Answer = Callable[[Request], Awaitable[Response]]


def operating(bot: Bot, *, health: Health, metrics: Metrics, public: bool) -> Mapping[str, Answer]:
    """`public`: everybody who gets here may read the metrics; else it takes the token of an expert."""
    return {
        "/healthz": _alive,
        "/readyz": _ready(health),
        "/metrics": _metrics(bot, health, metrics, public=public),
    }


async def _alive(request: Request) -> Response:
    return PlainTextResponse("ok")


def _ready(health: Health) -> Answer:
    async def answer(request: Request) -> Response:
        parts = await health.parts()
        failed = [name for name, works in parts.items() if not works]
        body = {"ready": not failed, "failed": failed}
        return JSONResponse(body, 503 if failed else 200, {"Retry-After": "10"} if failed else None)

    return answer


def _metrics(bot: Bot, health: Health, metrics: Metrics, *, public: bool) -> Answer:
    async def answer(request: Request) -> Response:
        if not public and (refused := await _refused(bot, request)):
            return refused
        parts = await health.parts()
        try:
            figures = await bot.figures() if all(parts.values()) else None
        except StoreUnavailable:
            figures = None
        return Response(metrics.text(parts=parts, figures=figures), media_type=TYPE)

    return answer


async def _refused(bot: Bot, request: Request) -> Response | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    program = await bot.program(secret) if scheme.lower() == "bearer" else None
    if program and program.may("expert"):
        return None
    status, header = (403, None) if program else (401, {"WWW-Authenticate": "Bearer"})
    return JSONResponse({"detail": "This takes the token of an expert."}, status, header)
