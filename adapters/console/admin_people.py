"""Who may sign in: links that work once, and sessions that end."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from adapters.console.admin_shown import Said, go, show
from adapters.console.channel import PLATFORM
from adapters.console.doors import needs, visitor_of
from adapters.console.pen import clean
from adapters.console.site import site_of
from bot.errors import CommandError
from bot.models import Person

router: Final = APIRouter(prefix="/admin/people")

_PAGE: Final = "/admin/people"

Name = Annotated[str, Form()]


@router.get("", **needs("admin"))
async def people(request: Request) -> Response:
    return await _people(request)


@router.post("/link", **needs("admin"))
async def link(request: Request, person: Name) -> Response:
    """Shown this once, on the page that answers: it is kept nowhere."""
    backend = site_of(request).backend
    try:
        address = await backend.sign_in_address(clean(person), by=visitor_of(request).person)
    except CommandError as exc:
        return go(_PAGE, request, Said(str(exc), good=False))
    return await _people(request, made_for=clean(person), address=address)


@router.post("/sign-out", **needs("admin"))
async def sign_out(request: Request, person: Name) -> Response:
    ended = await site_of(request).backend.sign_out(clean(person), by=visitor_of(request).person)
    text = f"{clean(person)} is signed out everywhere: {ended} browser{'' if ended == 1 else 's'}."
    return go(_PAGE, request, Said(text, good=True))


async def _people(request: Request, *, made_for: str = "", address: str = "") -> Response:
    everybody = sorted(await site_of(request).backend.people(), key=lambda person: person.name.casefold())
    here = [person for person in everybody if _is_here(person)]
    names = {person.name for person in here}
    elsewhere = [person for person in everybody if person.name not in names]
    return show(request, "people.html", people=here, elsewhere=elsewhere, made_for=made_for, address=address)


def _is_here(person: Person) -> bool:
    return person.id.startswith(f"{PLATFORM}:")
