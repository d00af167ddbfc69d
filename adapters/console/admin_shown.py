"""How admin pages are shown: with their sections, and with what became of what was done on the page before."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from adapters.console.doors import visitor_of
from adapters.console.site import site_of
from bot.models import Person, Result, Role

_COOKIE: Final = "deskhand-said"
_LONGEST: Final = 600
_KINDS: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Section:
    path: str
    name: str
    role: Role


SECTIONS: Final = (
    (
        "The service",
        (
            Section("/admin", "Overview", "expert"),
            Section("/admin/sources", "Sources", "expert"),
            Section("/admin/tickets", "Tickets", "expert"),
            Section("/admin/checks", "Checks", "admin"),
        ),
    ),
    (
        "Answers",
        (
            Section("/admin/weekly", "Weekly", "expert"),
            Section("/admin/gaps", "Gaps", "expert"),
            Section("/admin/search", "Search", "expert"),
            Section("/admin/feedback", "Feedback", "expert"),
            Section("/admin/learned", "Learned", "expert"),
            Section("/admin/pins", "Pins", "admin"),
        ),
    ),
    (
        "Organisation",
        (
            Section("/admin/people", "People", "admin"),
            Section("/admin/audit", "Audit", "admin"),
            Section("/admin/settings", "Settings", "admin"),
            Section("/admin/commands", "Commands", "expert"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What is told on the next page. `good`: it was done."""

    text: str
    good: bool


def show(request: Request, template: str, *, status: int = 200, **about: Any) -> Response:
    """A page under /admin. What was said before it is said on it, once."""
    person = visitor_of(request).person
    said = _heard(request)
    page = site_of(request).pages.show(
        request, f"admin/{template}", status=status, sections=_sections(person), said=said, **about
    )
    if said:
        page.delete_cookie(_COOKIE, path="/admin", httponly=True, samesite="strict")
    return page


def go(to: str, request: Request, said: Said) -> Response:
    """To another page, where it is said what became of this."""
    response = RedirectResponse(to, 303)
    text = said.text if len(said.text) <= _LONGEST else f"{said.text[: _LONGEST - 2]} …"
    value = urlsafe_b64encode(json.dumps([text, said.good]).encode()).decode()
    secure = request.url.scheme == "https"
    response.set_cookie(_COOKIE, value, max_age=60, path="/admin", secure=secure, httponly=True, samesite="strict")
    return response


def attached(result: Result, name: str, form: str) -> Response:
    """What a command exports, as a file to be kept."""
    file = f"deskhand-{name}-{datetime.now(UTC).date().isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    return Response(result.export, media_type=_KINDS.get(form, "text/plain; charset=utf-8"), headers=headers)


def _sections(person: Person) -> Sequence[tuple[str, Sequence[Section]]]:
    """Those that this person may see."""
    return [(group, [each for each in pages if person.may(each.role)]) for group, pages in SECTIONS]


def _heard(request: Request) -> Said | None:
    """Whatever else is in the cookie was not put there by us."""
    try:
        text, good = json.loads(urlsafe_b64decode(request.cookies.get(_COOKIE, "")))
    except (ValueError, TypeError):
        return None
    return Said(text, good is True) if isinstance(text, str) else None
