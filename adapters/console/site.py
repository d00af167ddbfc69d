"""What all routes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from fastapi import Request
from fastapi.responses import Response

from adapters.console.doors import Doors
from adapters.console.feed import Feed
from adapters.console.oidc import Oidc
from adapters.console.pages import Pages
from adapters.console.ports import Backend

SignIn = Literal["local", "link", "oidc"]


@dataclass(frozen=True, slots=True)
class Site:
    backend: Backend
    doors: Doors
    feed: Feed
    pages: Pages
    sign_in: SignIn
    oidc: Oidc | None

    def failed(self, request: Request, status: int, words: str) -> Response:
        """A page that says what is wrong and what to do."""
        return self.pages.show(request, "failed.html", status=status, code=status, words=words)


def site_of(request: Request) -> Site:
    return cast(Site, request.app.state.site)
