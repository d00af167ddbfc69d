"""Templates and static files."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from adapters.console.doors import visitor_or_none
from adapters.console.markdown import document_html, reply_html
from adapters.console.pen import new_key

_HERE: Final = Path(__file__).parent
_CSP: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
_YEAR: Final = "public, max-age=31536000, immutable"


class Pages:
    """Fills templates. Every one knows `visitor`, `csrf`, `local`, `path`, and makes keys for its forms by `key()`."""

    def __init__(self, *, local: bool) -> None:
        self._local = local
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.globals.update(static=static_address, key=new_key)
        self._templates.filters.update(reply=reply_html, document=document_html, moment=_moment, day=_day)

    def show(self, request: Request, template: str, *, status: int = 200, **about: Any) -> HTMLResponse:
        visitor = visitor_or_none(request)
        text = self._templates.get_template(template).render(
            visitor=visitor,
            csrf=visitor.csrf if visitor else "",
            local=self._local,
            path=request.url.path,
            **about,
        )
        return HTMLResponse(text, status, {"Content-Security-Policy": _CSP, "Cache-Control": "no-store"})


def static_file(name: str) -> Response:
    """A file by the name that `static_address` gave it; what has another hash was another file."""
    found = _static().get(name)
    if found is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    kind, body = found
    return Response(body, media_type=kind, headers={"Cache-Control": _YEAR})


@cache
def static_address(name: str) -> str:
    """Another one for another file, so that browsers may keep what they have for ever; what is replaced while this runs
    is served as it was."""
    body = (_HERE / "static" / name).read_bytes()
    stem, dot, ending = name.rpartition(".")
    return f"/static/{stem}.{_hash(body)}{dot}{ending}"


@cache
def _static() -> Mapping[str, tuple[str, bytes]]:
    files = {}
    for file in sorted((_HERE / "static").iterdir()):
        if file.is_file():
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            files[static_address(file.name).removeprefix("/static/")] = (kind, file.read_bytes())
    return files


@cache
def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]


def _moment(at: datetime) -> Markup:
    """Readable as it is; a script shows it in the reader's own zone."""
    return Markup('<time datetime="{}" data-local>{}</time>').format(at.isoformat(), f"{at:%d %b %Y, %H:%M} UTC")


def _day(at: date) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), escape(f"{at.day} {at:%b %Y}"))
