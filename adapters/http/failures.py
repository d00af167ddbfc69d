"""What went wrong -> a status, and words that say what to do and nothing of the inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response

from bot.errors import CommandError, NotAllowed, StoreUnavailable
from knowledge.errors import KnowledgeError

log = structlog.get_logger()

INSIDE: Final = "Something went wrong here: it is logged. Try again later."
_LATER: Final = {"Retry-After": "10"}


def explain(app: FastAPI) -> None:
    """Have the app answer so."""
    app.add_exception_handler(CommandError, _said(400))
    app.add_exception_handler(NotAllowed, _said(403))
    app.add_exception_handler(StoreUnavailable, _unavailable("The database does not answer now: try again later."))
    app.add_exception_handler(KnowledgeError, _unavailable("The documents cannot be searched now: try again later."))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _inside)


def _said(status: int) -> Any:
    """The error's own words, which were made for whoever asked."""

    async def answer(request: Request, exc: Exception) -> Response:
        return JSONResponse({"detail": str(exc)}, status)

    return answer


def _unavailable(words: str) -> Any:
    async def answer(request: Request, exc: Exception) -> Response:
        log.warning("http.unavailable", error=type(exc).__name__, reason=str(exc))
        return JSONResponse({"detail": words}, 503, _LATER)

    return answer


async def _invalid(request: Request, exc: Exception) -> Response:
    """Without what was sent."""
    assert isinstance(exc, RequestValidationError)
    return JSONResponse({"detail": "; ".join(_wrong(error) for error in exc.errors())}, 422)


def _wrong(error: Any) -> str:
    place: Sequence[Any] = error["loc"]
    return f"{'.'.join(str(part) for part in place[1:]) or place[0]}: {error['msg']}"


async def _inside(request: Request, exc: Exception) -> Response:
    return JSONResponse({"detail": INSIDE}, 500)
