"""Files that are damaged, foreign, too new or cannot be written: the message says what to do, and the index goes on."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Awaitable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from adapters.sqlite_index import SqliteIndex
from adapters.sqlite_index.database import errors_explained
from knowledge.errors import IndexCorrupt, IndexUnavailable
from knowledge.models import IndexRow
from tests.contracts.index_rows import document, fill, publication, query, row, unit

SECRET = "salaries of the board"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


def rows(count: int = 100) -> list[IndexRow]:
    return [
        row(f"p{n}", f"salary words{n}", unit(n, 1, 2), of=document(f"hr/{n // 10}.md"), text=SECRET)
        for n in range(count)
    ]


async def made(path: Path) -> None:
    index = SqliteIndex(path)
    await fill(index, *rows())
    await index.close()


async def use(index: SqliteIndex) -> None:
    assert (await index.search(query("salary"))).passages
    await index.passages([each.passage.id for each in rows()])
    await index.documents("hr")
    await fill(index, *rows())


async def raised(call: Awaitable[object]) -> str | None:
    try:
        await call
    except IndexUnavailable as error:
        return str(error)
    return None


async def assert_usable_once_moved(index: SqliteIndex, path: Path) -> None:
    for each in path.parent.glob(f"{path.name}*"):
        each.rename(each.with_name(f"away-{each.name}"))
    await fill(index, *rows())
    await use(index)


async def test_a_damaged_file_is_named_with_what_to_do(path: Path) -> None:
    await made(path)
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    index = SqliteIndex(path)
    for _ in range(2):
        with pytest.raises(IndexCorrupt) as caught:
            await use(index)
        assert str(caught.value) == f"The index {path} is damaged: move it away and run `deskhand index` again."
    await assert_usable_once_moved(index, path)
    await index.close()


async def test_a_file_that_is_cut_short_is_damaged(path: Path) -> None:
    await made(path)
    os.truncate(path, path.stat().st_size // 2)
    index = SqliteIndex(path)
    with pytest.raises(IndexCorrupt, match="move it away and run `deskhand index` again"):
        await use(index)
    await assert_usable_once_moved(index, path)
    await index.close()


async def test_damage_while_open_is_survived(path: Path) -> None:
    index = SqliteIndex(path)
    await fill(index, *rows())
    await use(index)
    in_another_process(  # as SQLite's locks would go if this process closed the file
        path,
        """
        async def main():
            with path.open("r+b") as file:
                file.seek(8192)
                file.write(b"\\xff" * (path.stat().st_size - 8192))
        """,
    )
    with suppress(IndexCorrupt):  # or it has all pages in memory
        await use(index)
    await assert_usable_once_moved(index, path)
    await index.close()


@pytest.mark.parametrize("seed", range(40))
async def test_damage_anywhere_raises_nothing_but_what_is_promised(path: Path, seed: int) -> None:
    await made(path)
    content, chance = bytearray(path.read_bytes()), random.Random(seed)
    at = chance.randrange(len(content))
    length = min(chance.choice([1, 100, 8192]), len(content) - at)
    content[at : at + length] = chance.randbytes(length)
    path.write_bytes(content)
    index = SqliteIndex(path)
    for call in (
        lambda: index.search(query("salary", "words7")),
        lambda: index.passages([f"p{n}" for n in range(100)]),
        lambda: index.vectors([f"key of p{n}" for n in range(100)]),
        lambda: index.documents("hr"),
        index.totals,
        lambda: fill(index, *rows(30)),
        lambda: index.publish(publication(deleted=["hr/1.md"])),
    ):
        error = await raised(call())
        assert error is None or str(path) in error
        assert SECRET not in (error or "")
    await index.close()


async def test_a_file_of_another_kind_is_left_alone(path: Path) -> None:
    path.write_text("A diary, not an index. " * 1000)
    index = SqliteIndex(path)
    with pytest.raises(IndexCorrupt, match="not an index, or is damaged: give the index another path"):
        await index.search(query("salary"))
    with pytest.raises(IndexCorrupt):
        await fill(index, *rows())
    await index.close()
    assert path.read_text() == "A diary, not an index. " * 1000


async def test_the_database_of_something_else_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE messages (text)")
        connection.commit()
    before = path.read_bytes()
    index = SqliteIndex(path)
    with pytest.raises(IndexUnavailable, match="something else: give the index another path"):
        await index.totals()
    with pytest.raises(IndexUnavailable, match="something else"):
        await fill(index, *rows())
    await index.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize(("version", "advice"), [(99, "newer Deskhand: update this one"), (-1, "older Deskhand: move")])
async def test_a_file_of_another_version_says_which_way(path: Path, version: int, advice: str) -> None:
    await made(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    index = SqliteIndex(path)
    for call in (index.totals, lambda: fill(index, *rows())):
        with pytest.raises(IndexUnavailable, match=advice):
            await call()
    await index.close()


async def test_an_empty_file_is_an_empty_index(path: Path) -> None:
    path.touch()
    index = SqliteIndex(path)
    assert (await index.search(query("salary"))).passages == 0
    await fill(index, *rows())
    await use(index)
    await index.close()


async def test_a_folder_in_place_of_the_file_is_unavailable(path: Path) -> None:
    path.mkdir()
    index = SqliteIndex(path)
    for call in (index.totals, lambda: fill(index, *rows())):
        with pytest.raises(IndexUnavailable):
            await call()
    await index.close()


async def test_a_file_in_place_of_the_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    index = SqliteIndex(tmp_path / "file" / "index.sqlite")
    with pytest.raises(IndexUnavailable):
        await fill(index, *rows())
    with pytest.raises(IndexUnavailable):
        async with index.run():
            pytest.fail("a run began")
    await index.close()


PRELUDE = """
    import asyncio, os, resource, sys
    from pathlib import Path
    from adapters.sqlite_index import SqliteIndex
    from tests.contracts.index_rows import *
    from tests.unit.test_sqlite_index_damage import raised, rows, use

    path = Path(sys.argv[1])
"""


def in_another_process(path: Path, script: str) -> None:
    """Runs `script`, which may give up rights that this process still needs."""
    source = textwrap.dedent(PRELUDE) + textwrap.dedent(script) + "\nasyncio.run(main())\n"
    subprocess.run([sys.executable, "-c", source, str(path)], check=True)


NOT_ROOT = "os.getuid() or os.setuid(65534)"


async def test_a_folder_that_is_read_only_is_unavailable_and_says_so() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is closed to other users
        Path(name).chmod(0o555)
        in_another_process(
            Path(name) / "index.sqlite",
            f"""
            async def main():
                {NOT_ROOT}
                index = SqliteIndex(path)
                assert (await index.totals()).generation == 0
                assert "must be writable" in await raised(fill(index, *rows()))
                assert "must be writable" in await raised(index.run().__aenter__())
                await index.close()
            """,
        )


async def test_a_file_without_permission_is_unavailable_and_works_once_allowed() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "index.sqlite"
        await made(path)
        Path(name).chmod(0o777)
        path.chmod(0o000)
        in_another_process(
            path,
            f"""
            async def main():
                {NOT_ROOT}
                index = SqliteIndex(path)
                for call in (index.totals(), index.search(query("salary")), fill(index, *rows())):
                    assert "must be writable" in await raised(call)
                await index.close()
            """,
        )
        path.chmod(0o600)
        index = SqliteIndex(path)
        await use(index)
        await index.close()


async def test_a_file_system_without_room_leaves_the_old_state(path: Path) -> None:
    await made(path)
    in_another_process(
        path,
        """
        async def main():
            index = SqliteIndex(path)
            before = await index.totals()
            limit = path.stat().st_size + 200_000
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            assert "room" in await raised(fill(index, *rows(5000)))
            assert "room" in await raised(fill(index, *rows(5000)))
            assert await index.totals() == before
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await fill(index, *rows(5000))
            assert (await index.totals()).passages == 5000
            await index.close()
        """,
    )


def test_a_full_disk_says_to_make_room(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(IndexUnavailable, match="make room"), errors_explained(path):
            connection.execute("CREATE TABLE one (x)")
