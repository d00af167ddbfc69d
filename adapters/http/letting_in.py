"""Who asks, and whether they may: each route says which role it needs, and a route that does not lets nobody in."""

from __future__ import annotations

from typing import Annotated, Any, Final, cast

import structlog
from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from adapters.http.ports import Bot
from bot.errors import NotAllowed
from bot.models import Person, Role

ROLE: Final = "x-role"
"""In the description of a route."""

log = structlog.get_logger()


def bot_of(request: Request) -> Bot:
    return cast(Bot, request.app.state.bot)


async def program_of(
    request: Request,
    bearer: Annotated[
        HTTPAuthorizationCredentials | None,
        Security(HTTPBearer(auto_error=False, description="A token, as from `deskhand token create NAME`.")),
    ],
) -> Person:
    """The program that asks, if it may. Raises NotAllowed, StoreUnavailable."""
    program = await bot_of(request).program(bearer.credentials) if bearer else None
    if program is None:
        raise HTTPException(401, "Send a token: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})
    structlog.contextvars.bind_contextvars(by=program.id)
    role = role_of(request.scope["route"])
    if role is None or not program.may(role):
        log.warning("http.refused", role=program.role)
        raise NotAllowed(f"A token of the role {program.role} cannot do that: it takes {role or 'another'}.")
    _only_known_parameters(request)
    return program


def _only_known_parameters(request: Request) -> None:
    """A slip such as `?day=7` must not pass for a wish of which nothing came."""
    known = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    if any(name not in known for name in request.query_params):
        raise HTTPException(422, f"There is no such parameter here. There are: {', '.join(known) or 'none'}.")


def role_of(route: Any) -> Role | None:
    """What it takes to use a route."""
    return cast(Role | None, (getattr(route, "openapi_extra", None) or {}).get(ROLE))


TheBot = Annotated[Bot, Depends(bot_of)]
Program = Annotated[Person, Depends(program_of)]
