"""Each implementation in turn, empty, in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from knowledge.ports import PassageIndex
from tests.contracts.index_rows import IndexAndCatalogue
from tests.contracts.registry import CATALOGUES, INDEXES, STORES
from tests.contracts.stores import Clock, Place


@pytest.fixture(params=INDEXES)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PassageIndex]:
    made = INDEXES[request.param](tmp_path)
    yield made
    await made.close()


@pytest.fixture(params=CATALOGUES)
async def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IndexAndCatalogue]:
    made = CATALOGUES[request.param](tmp_path)
    yield made
    await made.close()


@pytest.fixture(params=STORES)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with STORES[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def store(place: Place) -> Store:
    return place.open()


@pytest.fixture
def clock(place: Place) -> Clock:
    """The clock of all stores of the place."""
    return place.clock
