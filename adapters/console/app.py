"""All pages as one app, to be mounted at `/`."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from adapters.console import admin, admin_jobs, admin_orders, admin_people, asking, desk, live, signing
from adapters.console.channel import ConsoleChannel
from adapters.console.doors import Doors, SignInNeeded, needs
from adapters.console.feed import Feed, talk_topic
from adapters.console.oidc import Oidc, OidcSettings
from adapters.console.pages import Pages, static_file
from adapters.console.ports import Access, Backend
from adapters.console.site import SignIn, Site, site_of
from bot.errors import BotError, CommandError, NotAllowed
from knowledge.errors import KnowledgeError


class Console(FastAPI):
    """The pages; `close` ends what browsers listen to, which would keep a server from stopping."""

    def close(self) -> None:
        site: Site = self.state.site
        site.feed.close()


def build_console(
    backend: Backend, access: Access, *, sign_in: SignIn, channel: ConsoleChannel, oidc: OidcSettings | None = None
) -> Console:
    """The pages as an app to be mounted at `/`. `channel` is the one that replies are posted to."""
    feed = Feed(backend)
    channel.progressed = lambda conversation: feed.tell(talk_topic(conversation))
    doors = Doors(backend, access)
    console = Console(openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(doors.check)])
    console.state.site = Site(
        backend, doors, feed, Pages(local=sign_in == "local"), sign_in, Oidc(oidc) if oidc else None
    )
    for part in (signing, asking, desk, live, admin, admin_orders, admin_jobs, admin_people):
        console.include_router(part.router)
    console.add_api_route("/static/{name}", _static, **needs("anybody"))
    for error, answer in ((SignInNeeded, _sign_in), (BotError, _explain), (KnowledgeError, _explain)):
        console.add_exception_handler(error, answer)
    console.add_exception_handler(404, _not_found)
    return console


async def _static(name: str) -> Response:
    return static_file(name)


async def _sign_in(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, SignInNeeded)
    return RedirectResponse(exc.address, 303)


async def _explain(request: Request, exc: Exception) -> Response:
    status = 403 if isinstance(exc, NotAllowed) else 400 if isinstance(exc, CommandError) else 503
    return site_of(request).failed(request, status, str(exc))


async def _not_found(request: Request, exc: Exception) -> Response:
    return site_of(request).failed(request, 404, "There is nothing at this address.")
