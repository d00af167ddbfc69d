"""Signing in and out."""

from __future__ import annotations

import hmac
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from adapters.console.channel import PLATFORM
from adapters.console.doors import needs, visitor_or_none
from adapters.console.oidc import Attempt, SignInFailed
from adapters.console.site import Site, site_of
from bot.models import Person
from knowledge.models import MEMBERS, PUBLIC

router: Final = APIRouter()

_BACK: Final = "/sign-in/from/oidc"
_ATTEMPT: Final = "deskhand-oidc"

BUILT_IN: Final = {
    f"{PLATFORM}:you": ("You", "asks questions, as everyone in the organisation"),
    f"{PLATFORM}:expert": ("Expert", "answers what the bot hands over"),
    f"{PLATFORM}:admin": ("Admin", "looks after documents, answers and people"),
}
"""Whom a local trial knows if people.toml names nobody, by id: what they are called and do."""


@router.get("/sign-in", **needs("anybody"))
async def sign_in(request: Request, then: str = "/") -> Response:
    site = site_of(request)
    if visitor_or_none(request) and site.sign_in != "local":
        return RedirectResponse(_own(then), 303)
    people = await _local_people(site) if site.sign_in == "local" else []
    return site.pages.show(request, "sign_in.html", then=_own(then), people=people, how=site.sign_in)


async def _local_people(site: Site) -> list[tuple[str, str, str]]:
    """Id, name, and what they do."""
    named = [person for person in await site.backend.people() if person.id.startswith(f"{PLATFORM}:")]
    others = [(person.id, person.name, _about(person)) for person in named if person.id not in BUILT_IN]
    return others or [(id, *about) for id, about in BUILT_IN.items()]


def _about(person: Person) -> str:
    does = {"asker": "asks questions", "expert": "answers what the bot hands over", "admin": "looks after it all"}
    groups = sorted(person.groups - {MEMBERS, PUBLIC})
    parts = [
        does[person.role],
        *(["from outside"] if person.external else []),
        *([f"in {', '.join(groups)}"] if groups else []),
    ]
    return ", ".join(parts)


@router.post("/sign-in", **needs("anybody"))
async def sign_in_locally(
    request: Request, person: Annotated[str, Form()], then: Annotated[str, Form()] = "/"
) -> Response:
    """Anybody as anybody: only where nobody but people at this machine get here."""
    site = site_of(request)
    if site.sign_in != "local" or person not in {each[0] for each in await _local_people(site)}:
        return site.failed(request, 403, "Nobody can sign in like that here.")
    response = RedirectResponse(_own(then), 303)
    await site.doors.open(person, request, response)
    return response


@router.get("/sign-in/with/oidc", **needs("anybody"))
async def to_provider(request: Request, then: str = "/") -> Response:
    """Off to where the organisation signs in. What is on its way is kept by the browser that began it, by no other."""
    site = site_of(request)
    if site.oidc is None:
        return site.failed(request, 404, "Nobody signs in like that here.")
    attempt = Attempt.new(_own(then))
    try:
        response = RedirectResponse(await site.oidc.address(attempt, back=_back(request)), 303)
    except SignInFailed as exc:
        return site.failed(request, 503, str(exc))
    secure = request.url.scheme == "https"
    response.set_cookie(
        _ATTEMPT, attempt.packed(), max_age=600, path=_BACK, secure=secure, httponly=True, samesite="lax"
    )
    return response


@router.get(_BACK, **needs("anybody"))
async def from_provider(request: Request, *, code: str = "", state: str = "", error: str = "") -> Response:
    site, attempt = site_of(request), Attempt.unpacked(request.cookies.get(_ATTEMPT, ""))
    if site.oidc is None:
        return site.failed(request, 404, "Nobody signs in like that here.")
    if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
        return site.failed(request, 403, "Signing in did not work. It was not begun in this browser: start again.")
    if error or not code:
        return site.failed(request, 403, "Signing in did not work. The sign-in service did not let you in.")
    try:
        person = await site.oidc.person(attempt, code=code, back=_back(request))
    except SignInFailed as exc:
        return site.failed(request, 403, str(exc))
    response = RedirectResponse(_own(attempt.then), 303)
    response.delete_cookie(_ATTEMPT, path=_BACK)
    await site.doors.open(person, request, response)
    return response


def _back(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{_BACK}"


@router.get("/sign-in/{link}", **needs("anybody"))
async def by_link(request: Request, link: str) -> Response:
    """Opening it does nothing yet: whatever previews links must not use it up."""
    return site_of(request).pages.show(request, "sign_in_link.html", link=link)


@router.post("/sign-in/{link}", **needs("anybody"))
async def use_link(request: Request, link: str) -> Response:
    site = site_of(request)
    response = RedirectResponse("/", 303)
    if not await site.doors.open_by_link(link, request, response):
        return site.failed(request, 403, "This link was used before, or is too old. Ask for another one.")
    return response


@router.post("/sign-out", **needs("asker"))
async def sign_out(request: Request) -> Response:
    response = RedirectResponse("/sign-in", 303)
    await site_of(request).doors.close(request, response)
    return response


def _own(address: str) -> str:
    """Never another site's."""
    parts = urlsplit(address)
    own = address.startswith("/") and not address.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return address if own else "/"
