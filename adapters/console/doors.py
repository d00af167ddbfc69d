"""Who is at the door: every route says which role it needs, every form that it is ours."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from urllib.parse import quote, urlsplit

import structlog
from fastapi import Request, Response

from adapters.console.ports import Access, Backend
from bot.errors import NotAllowed
from bot.models import Person, Role

ROLE: Final = "x-role"
"""In the description of a route."""
ANYBODY: Final = "anybody"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page. `secret` is that of their session, `csrf` what their forms carry."""

    person: Person
    secret: str

    @property
    def csrf(self) -> str:
        return hashlib.sha256(f"csrf {self.secret}".encode()).hexdigest()


class SignInNeeded(Exception):
    """Nobody knows who this is; `then` is where they wanted to go."""

    def __init__(self, then: str) -> None:
        super().__init__("Sign in first.")
        self.then = then

    @property
    def address(self) -> str:
        return f"/sign-in?then={quote(self.then, safe='')}"


def needs(role: Role | Literal["anybody"]) -> dict[str, Any]:
    """What a route is declared with: `@router.get("/x", **needs("expert"))`."""
    return {"openapi_extra": {ROLE: role}, "response_model": None}


def role_of(route: Any) -> Role | Literal["anybody"] | None:
    return cast(Role | None, (getattr(route, "openapi_extra", None) or {}).get(ROLE))


class Doors:
    """Lets people in, and out."""

    def __init__(self, backend: Backend, access: Access) -> None:
        self._backend = backend
        self._access = access

    async def check(self, request: Request) -> None:
        """Before every route. Raises SignInNeeded, NotAllowed, StoreUnavailable."""
        role = role_of(request.scope["route"])
        changes = request.method not in ("GET", "HEAD")
        if changes and not _from_here(request):
            log.warning("console.foreign_form")
            raise NotAllowed("This form was sent from another site.")
        visitor = await self._visitor(request)
        request.state.visitor = visitor
        if role == ANYBODY:
            return
        if visitor is None:
            raise SignInNeeded("/" if changes else request.url.path)
        structlog.contextvars.bind_contextvars(by=visitor.person.id)
        if role is None or not visitor.person.may(role):
            log.warning("console.refused", role=visitor.person.role)
            raise NotAllowed("This page is for others: ask an admin if you should see it.")
        if changes and not hmac.compare_digest(str((await request.form()).get("csrf", "")), visitor.csrf):
            raise NotAllowed("This form is out of date: go back, reload the page, and send it again.")

    async def _visitor(self, request: Request) -> Visitor | None:
        secret = request.cookies.get(_cookie(request), "")
        person = await self._access.session(secret) if secret else None
        return Visitor(await self._backend.person(person), secret) if person else None

    async def open(self, person: str, request: Request, response: Response) -> None:
        """They are signed in from now on."""
        _keep(await self._access.open_session(person), request, response)

    async def open_by_link(self, link: str, request: Request, response: Response) -> bool:
        secret = await self._access.sign_in(link)
        if secret:
            _keep(secret, request, response)
        return bool(secret)

    async def close(self, request: Request, response: Response) -> None:
        if visitor := visitor_or_none(request):
            await self._access.sign_out(visitor.secret)
        response.delete_cookie(_cookie(request), secure=_secure(request), httponly=True, samesite="lax")


def visitor_or_none(request: Request) -> Visitor | None:
    return cast(Visitor | None, getattr(request.state, "visitor", None))


def visitor_of(request: Request) -> Visitor:
    """Behind a door that let them in."""
    visitor = visitor_or_none(request)
    assert visitor is not None
    return visitor


def _keep(secret: str, request: Request, response: Response) -> None:
    # It ends with the browser, or when the session is over on the server.
    response.set_cookie(_cookie(request), secret, secure=_secure(request), httponly=True, samesite="lax", path="/")


def _cookie(request: Request) -> str:
    return "__Host-deskhand" if _secure(request) else "deskhand"


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _from_here(request: Request) -> bool:
    """Browsers say where a form comes from; one that says nothing at all has no cookie of ours that counts."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return urlsplit(origin).netloc == request.url.netloc
