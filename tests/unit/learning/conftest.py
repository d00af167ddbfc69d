"""A place to learn in, with the real embedder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.file_directory import FileDirectory
from adapters.onnx_embedder import OnnxEmbedder
from adapters.sql_store import SqlStore
from knowledge.indexer import Indexer
from tests.unit.doubles import Book, Shelf
from tests.unit.learning.support import HANDBOOK, PEOPLE, Place


@pytest.fixture(scope="package")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()


@pytest.fixture
async def place(tmp_path: Path, embedder: OnnxEmbedder) -> AsyncIterator[Place]:
    people = tmp_path / "people.toml"
    people.write_text(PEOPLE)
    store = SqlStore(str(tmp_path / "journal.sqlite"))
    await store.migrate()
    made = Place(store, FileDirectory(people, audiences={}), embedder)
    titles = {"leave": "Annual leave", "vpn": "Setting up the VPN", "hotels": "Hotels"}
    shelf = Shelf(books={name: Book(text, title=titles[name]) for name, text in HANDBOOK.items()})
    pay = Shelf("hr", {"pay": Book("Grade 7 is paid between 60,000 and 80,000 EUR a year.", title="Salary bands")})
    pay.audience = frozenset({"hr"})
    await Indexer(index=made.index, catalogue=made.index, embedder=embedder).run([shelf, pay])
    yield made
    await store.close()
