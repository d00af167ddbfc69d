"""The organisation with people at its console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.e2e.console.support import PEOPLE, Visitor, signed_in
from tests.e2e.http.support import Site, serving
from tests.e2e.organisation import Organisation


@pytest.fixture
async def site(copy: Organisation) -> AsyncIterator[Site]:
    home = copy.folder / ".deskhand"
    (home / "people.toml").write_text(PEOPLE, encoding="utf-8")
    async with serving(home) as made:
        yield made


@pytest.fixture
async def enter(site: Site) -> AsyncIterator[Callable[[str], Awaitable[Visitor]]]:
    """`await enter("Ana")`: she is signed in."""
    async with AsyncExitStack() as stack:

        async def enter(name: str) -> Visitor:
            made = await signed_in(site.url, name)
            stack.push_async_callback(made.client.aclose)
            return made

        yield enter
