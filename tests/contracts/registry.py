"""The implementations that the contract tests run against: a new one is one line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from adapters.memory import MemoryIndex
from adapters.sqlite_index import SqliteIndex
from knowledge.ports import PassageIndex
from tests.contracts.index_rows import IndexAndCatalogue
from tests.contracts.stores import Place, postgresql_place, sqlite_place

INDEXES: dict[str, Callable[[Path], PassageIndex]] = {
    "memory": lambda _: MemoryIndex(),
    "sqlite": lambda folder: SqliteIndex(folder / "index.sqlite"),
}
CATALOGUES: dict[str, Callable[[Path], IndexAndCatalogue]] = {
    "memory": lambda _: MemoryIndex(),
    "sqlite": lambda folder: SqliteIndex(folder / "index.sqlite"),
}
STORES: dict[str, Callable[[Path], AbstractAsyncContextManager[Place]]] = {
    "sqlite": sqlite_place,
    "postgresql": postgresql_place,
}
