"""The file itself: who may read it, how large it stays, what becomes of it when it is moved."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite_index import SqliteIndex
from tests.contracts.index_rows import fill, query
from tests.unit.test_sqlite_index import rows, state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "index.sqlite"


@pytest.fixture
async def index(path: Path) -> AsyncIterator[SqliteIndex]:
    made = SqliteIndex(path)
    yield made
    await made.close()


async def test_reading_makes_no_file_and_no_folder(index: SqliteIndex, path: Path) -> None:
    await state(index)
    await index.passages(["p1"])
    assert not path.parent.exists()


async def test_only_the_owner_may_read_the_file(index: SqliteIndex, path: Path) -> None:
    async with index.run():
        await fill(index, *rows("old"))
    await state(index)
    files = list(path.parent.iterdir())
    assert {each.name for each in files} >= {"index.sqlite", "index.sqlite-wal", "index.sqlite.lock"}
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_folder_that_was_there_keeps_its_mode(index: SqliteIndex, path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    await fill(index, *rows("old"))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755


async def test_publishing_empties_the_write_ahead_log(index: SqliteIndex, path: Path) -> None:
    await fill(index, *rows("old", 500))
    await state(index)
    await fill(index, *rows("new", 500))
    assert path.with_name("index.sqlite-wal").stat().st_size == 0


async def test_an_index_that_is_published_again_and_again_does_not_grow(index: SqliteIndex, path: Path) -> None:
    sizes = []
    for _ in range(12):
        await fill(index, *rows("same", 200))
        sizes.append(path.stat().st_size)
    assert sizes[-1] <= sizes[2] * 1.1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*), max(place) FROM places").fetchone() == (200, 200)
        for table in ("passages", "vectors"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (200,)
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 0)")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_file_that_is_moved_away_while_open_is_followed(index: SqliteIndex, path: Path) -> None:
    await fill(index, *rows("old"))
    assert (await index.search(query("old"))).passages == 50
    for each in list(path.parent.iterdir()):
        each.rename(each.with_name(f"away-{each.name}"))
    assert (await index.search(query("old"))).passages == 0
    other = SqliteIndex(path)
    await fill(other, *rows("new", 20))
    assert (await index.search(query("new"))).passages == 20
    await fill(index, *rows("old", 10))
    assert (await other.search(query("new"))).passages == 30
    await other.close()


async def test_a_path_of_any_characters_will_do(tmp_path: Path) -> None:
    index = SqliteIndex(tmp_path / "größe?mode=memory#1 %41" / "índex&.db")
    await fill(index, *rows("old"))
    assert (await index.totals()).passages == 50
    await index.close()
    assert [each.name for each in (tmp_path / "größe?mode=memory#1 %41").iterdir()] == ["índex&.db"]


async def test_closing_twice_is_fine(path: Path) -> None:
    index = SqliteIndex(path)
    await fill(index, *rows("old"))
    await index.close()
    await index.close()
