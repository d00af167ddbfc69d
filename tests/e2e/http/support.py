"""The service over HTTP: the whole of it, or the site alone over a bot that tests can break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2

from adapters.http.ports import Figures
from adapters.http.server import Server
from adapters.http.site import Manners, build_site
from bot.app import App, build
from bot.app.entrance import access_of
from bot.app.serving import serve
from bot.models import AdminJob, Answer, Person, Role
from bot.settings import load, served

ROLES: tuple[Role, ...] = ("asker", "expert", "admin")
MANNERS = Manners(names={"deskhand.example.com"}, proxies=(), body_limit=10_000, local=True)


def client(url: str, *, token: str = "", **headers: str) -> httpx2.AsyncClient:
    given = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    return httpx2.AsyncClient(base_url=url, headers=given, timeout=20, trust_env=False)


@dataclass(frozen=True)
class Site:
    """The service as it runs, with a client for each role and one without a token."""

    url: str
    app: App
    tokens: dict[Role, str]
    clients: dict[Role | None, httpx2.AsyncClient]

    @property
    def asker(self) -> httpx2.AsyncClient:
        return self.clients["asker"]

    @property
    def expert(self) -> httpx2.AsyncClient:
        return self.clients["expert"]

    @property
    def admin(self) -> httpx2.AsyncClient:
        return self.clients["admin"]

    @property
    def nobody(self) -> httpx2.AsyncClient:
        return self.clients[None]


@asynccontextmanager
async def serving(home: Path) -> AsyncIterator[Site]:
    """`deskhand serve` in this process, on a free port."""
    async with build(served(load(home), port=0)) as app:
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(serve(app, host="127.0.0.1", port=0, ready=address.set_result))
        running.add_done_callback(lambda _: address.done() or address.cancel())
        url = await address
        access = access_of(app)
        tokens = {role: await access.issue_token(role, role, by="local:tests") for role in ROLES}
        clients: dict[Role | None, httpx2.AsyncClient] = {role: client(url, token=tokens[role]) for role in ROLES}
        clients[None] = client(url)
        try:
            yield Site(url, app, tokens, clients)
        finally:
            for each in clients.values():
                await each.aclose()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def _nothing(*args: Any, **named: Any) -> Any:
    raise RuntimeError("the key is hunter2")


@dataclass
class BotDouble:
    """Everything about it fails unless it is set; it knows the tokens `asker`, `expert` and `admin`."""

    do: Callable[..., Awaitable[Any]] = _nothing
    faults: dict[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)

    async def program(self, secret: str) -> Person | None:
        return Person(f"api:{secret}", secret, role=secret) if secret in ROLES else None

    async def run(self, words: Sequence[str], *, by: Person, confirmed: bool) -> Any:
        return await self.do(words)

    async def ask(self, question: str, *, by: Person) -> Answer:
        return await self.do(question)  # type: ignore[no-any-return]

    async def job(self, number: int) -> AdminJob | None:
        return await self.do(number)  # type: ignore[no-any-return]

    async def figures(self) -> Figures:
        return await self.do()  # type: ignore[no-any-return]

    async def database(self) -> str:
        return await self.faults["database"]() if "database" in self.faults else ""

    async def index(self) -> str:
        return await self.faults["index"]() if "index" in self.faults else ""


@asynccontextmanager
async def site_of(bot: BotDouble, **manners: Any) -> AsyncIterator[str]:
    """The address of a site over this bot."""
    async with running(build_site(bot, replace(MANNERS, **manners))) as url:
        yield url


@asynccontextmanager
async def running(site: Any) -> AsyncIterator[str]:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = Server(site, host="127.0.0.1", port=0, ready=port.set_result)
    serving = asyncio.create_task(server.run_here())
    try:
        yield f"http://127.0.0.1:{await port}"
    finally:
        server.stop()
        await serving
