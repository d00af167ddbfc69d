"""Everything that is served, and what every request goes through on its way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from adapters.http.api import PREFIX, build_api
from adapters.http.headers import KnownHosts, SafeHeaders
from adapters.http.health import Health
from adapters.http.limits import DEADLINE, BodyLimit, Deadline
from adapters.http.metrics import Metrics
from adapters.http.operating import operating
from adapters.http.ports import Bot
from adapters.http.requests import Requests


@dataclass(frozen=True, slots=True)
class Manners:
    """How requests are treated.

    `names` are what the service may be called besides numeric addresses. `proxies` are believed when they say whom a
    request came from. `local`: only people at this machine get here. An answer begins within `deadline` seconds.
    """

    names: Collection[str]
    proxies: Sequence[str]
    body_limit: int
    local: bool
    deadline: float = DEADLINE


def build_site(bot: Bot, manners: Manners) -> FastAPI:
    """The site without pages: those are mounted at `/` afterwards."""
    metrics = Metrics()
    health = Health({"database": bot.database, "index": bot.index})
    site = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(manners.proxies)),
            Middleware(SafeHeaders),
            Middleware(Requests, metrics=metrics),
            Middleware(KnownHosts, names=manners.names),
            Middleware(Deadline, seconds=manners.deadline),
            Middleware(BodyLimit, limit=manners.body_limit),
        ],
    )
    for path, answer in operating(bot, health=health, metrics=metrics, public=manners.local).items():
        site.add_api_route(path, answer, response_model=None, include_in_schema=False)
    site.mount(PREFIX, build_api(bot, version=version("deskhand")))
    return site
