"""The organisation, served."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.e2e.http.support import Site, serving
from tests.e2e.organisation import Organisation


@pytest.fixture
async def site(copy: Organisation) -> AsyncIterator[Site]:
    async with serving(copy.folder / ".deskhand") as made:
        yield made
