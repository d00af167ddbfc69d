"""What only an index in a file has to stand: crashes, and other processes beside this one."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite_index import SqliteIndex
from adapters.sqlite_index.reading import Reader
from knowledge.errors import RunInProgress
from knowledge.models import IndexRow, Totals
from tests.contracts.index_rows import all_of, document, fill, hits, publication, query, replacement, row, unit

MOVE_AWAY = "is damaged: move it away and run `deskhand index` again"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "index.sqlite"


@pytest.fixture
async def index(path: Path) -> AsyncIterator[SqliteIndex]:
    made = SqliteIndex(path)
    yield made
    await made.close()


def rows(name: str, count: int = 50) -> list[IndexRow]:
    return [
        row(f"{name}{n}", f"{name} {name}{n} words", unit(n, 1, len(name)), of=document(f"{name}/{n // 10}.md"))
        for n in range(count)
    ]


# Another process, ended or killed at a chosen point


@contextmanager
def another_process(path: Path, script: str) -> Iterator[subprocess.Popen[str]]:
    """Runs `script` with an `index` on the file and the helpers above; ends it by kill -9."""
    prelude = f"""
        import asyncio, os, sys, time
        from pathlib import Path
        from adapters.sqlite_index import SqliteIndex, threads, writing
        from tests.contracts.index_rows import *
        from tests.unit.test_sqlite_index import rows

        def say(what):
            print(what, flush=True)

        def stop_at(module, name):
            real = getattr(module, name)
            def stopping(*args):
                real(*args)
                say("there")
                time.sleep(600)
            setattr(module, name, stopping)

        index = SqliteIndex(Path({str(path)!r}))
        async def main():
    """
    source = textwrap.dedent(prelude) + textwrap.indent(textwrap.dedent(script), "    ") + "\nasyncio.run(main())\n"
    process = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def wait_for(process: subprocess.Popen[str], said: str = "there") -> None:
    assert process.stdout is not None
    assert process.stdout.readline().strip() == said


async def state(index: SqliteIndex) -> tuple[object, ...]:
    found = await index.search(query("old", "new", "words", limit=500))
    return await index.totals(), found.frequencies, sorted((hit.passage_id, hit.bm25, hit.cosine) for hit in found.hits)


async def test_a_process_killed_while_staging_leaves_the_old_state_and_its_finished_batches(path: Path) -> None:
    index = SqliteIndex(path)
    await fill(index, *rows("old"))
    before = await state(index)
    with another_process(
        path,
        """
        await index.stage(rows("done"))
        stop_at(writing, "_discard")
        await index.stage(rows("new"))
        """,
    ) as process:
        wait_for(process)
    assert await state(index) == before
    assert len(await index.vectors([each.vector_key for each in rows("done")])) == 50
    assert await index.vectors([each.vector_key for each in rows("new")]) == {}
    await fill(index, *rows("new"))
    assert (await index.totals()).passages == 100
    await index.close()


@pytest.mark.parametrize("point", ["_list_documents", "_remove_passages", "_describe", "_place", "record_runs"])
async def test_a_process_killed_while_publishing_leaves_the_old_state(path: Path, point: str) -> None:
    index = SqliteIndex(path)
    await fill(index, *rows("old"))
    before = await state(index)
    with another_process(
        path,
        f"""
        stop_at(writing, {point!r})
        await index.stage(rows("new"))
        await index.publish(publication(
            *all_of(rows("new")).replaced, deleted=[f"old/{{n}}.md" for n in range(5)], runs=[run_record()]
        ))
        """,
    ) as process:
        wait_for(process)
        assert await state(index) == before
    assert await state(index) == before
    await index.close()
    reopened = SqliteIndex(path)
    assert await state(reopened) == before
    assert len(await reopened.vectors([each.vector_key for each in rows("new")])) == 50, "staged rows are still there"
    await reopened.publish(all_of(rows("new")))
    assert (await reopened.totals()).passages == 100
    await reopened.close()


async def test_a_process_killed_right_after_publishing_leaves_the_new_state(path: Path) -> None:
    with another_process(
        path,
        """
        stop_at(threads, "_empty_log")
        await fill(index, *rows("new"))
        """,
    ) as process:
        wait_for(process)
    index = SqliteIndex(path)
    assert await index.totals() == Totals(generation=1, documents=5, passages=50)
    assert len(await hits(index, query("new", limit=500))) == 50
    await index.close()


async def test_searches_go_on_while_another_process_publishes(path: Path) -> None:
    index = SqliteIndex(path)
    await fill(index, *rows("even"))
    with another_process(
        path,
        """
        for n in range(1, 40):
            name, other = (("even", "odd"), ("odd", "even"))[n % 2]
            await index.stage(rows(name))
            gone = [f"{other}/{n}.md" for n in range(5)]
            await index.publish(publication(*all_of(rows(name)).replaced, deleted=gone))
        await index.close()
        """,
    ) as process:
        seen = set()
        while process.poll() is None:
            found = await index.search(query("even", "odd", limit=500))
            names = {hit.passage_id.rstrip("0123456789") for hit in found.hits}
            assert len(names) == 1
            assert (len(found.hits), found.passages, sorted(found.frequencies.values())) == (50, 50, [0, 50])
            generation = (await index.totals()).generation
            seen.add(generation)
        assert process.returncode == 0
    assert len(seen) > 2, "the searches ran beside the publications"
    await index.close()


async def test_a_publication_in_the_middle_of_a_search_is_not_seen_by_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def publish() -> None:
        other = SqliteIndex(path)
        await other.stage(rows("new"))
        await other.publish(publication(*all_of(rows("new")).replaced, deleted=[f"old/{n}.md" for n in range(5)]))
        await other.close()

    real = Reader._by_words

    def publishing(reader: Reader, *args: Any, **kwargs: Any) -> dict[int, float]:
        asyncio.run(publish())  # the reader has a thread without a loop
        return real(reader, *args, **kwargs)

    index = SqliteIndex(path)
    await fill(index, *rows("old"))
    before = await state(index)
    monkeypatch.setattr(Reader, "_by_words", publishing)
    found = await index.search(query("old", "new", "words", limit=500))
    assert sorted((hit.passage_id, hit.bm25, hit.cosine) for hit in found.hits) == before[2]
    assert {hit.document_id.split("/")[0] for hit in found.hits} == {"old"}
    monkeypatch.undo()
    assert set(await hits(index, query("new", limit=500))) == {f"new{n}" for n in range(50)}
    await index.close()


async def test_an_index_that_was_open_all_the_time_finds_what_a_new_one_finds(path: Path) -> None:
    old, writer, chance = SqliteIndex(path), SqliteIndex(path), random.Random(1)
    for _ in range(25):
        name = f"d{chance.randrange(6)}"
        of = document(f"{name}/x.md", audience=frozenset(chance.sample(["members", "hr"], chance.randint(1, 2))))
        staged = [
            row(f"{name}-{n}", f"{name} words", unit(*[chance.gauss(0, 1) for _ in range(3)]), of=of)
            for n in range(chance.randrange(8))
        ]
        await writer.stage(staged)
        await writer.publish(publication(replacement(of, *(each.passage.id for each in staged))))
        new = SqliteIndex(path)
        asked = query("d1", "d2", "words", vector=unit(1, 2, 3), limit=5)
        assert await hits(old, asked) == await hits(new, asked)
        await new.close()
    await old.close()
    await writer.close()


async def test_searches_go_on_while_this_process_publishes(index: SqliteIndex) -> None:
    await fill(index, *rows("old"))
    many = rows("new", 4000)
    await index.stage(many)
    publishing = asyncio.create_task(index.publish(all_of(many)))
    during = 0
    while not publishing.done():
        during += len((await index.search(query("old", limit=500))).hits) == 50
    await publishing
    assert during > 5


async def test_several_processes_may_make_the_file_at_once(path: Path) -> None:
    making = "await index.publish(publication()); await index.close(); say('there')"
    with ExitStack() as stack:
        for process in [stack.enter_context(another_process(path, making)) for _ in range(3)]:
            wait_for(process)
    index = SqliteIndex(path)
    assert (await index.totals()).generation == 3
    await index.close()
    assert [each.name for each in path.parent.iterdir()] == ["index.sqlite"]


async def test_a_process_killed_while_making_the_file_is_no_trouble(path: Path) -> None:
    with another_process(
        path,
        """
        from adapters.sqlite_index import database
        stop_at(database, "_fill_in")
        await index.publish(publication())
        """,
    ) as process:
        wait_for(process)
        index = SqliteIndex(path)
        assert (await index.totals()).generation == 0
    await fill(index, *rows("new"))
    assert (await index.totals()).generation == 1
    await index.close()
    assert [each.name for each in path.parent.iterdir()] == ["index.sqlite"]


# The lock of a run


async def test_a_run_in_another_process_is_respected_and_ends_with_its_process(index: SqliteIndex, path: Path) -> None:
    holding = """
        async with index.run():
            say("there")
            time.sleep(600)
        """
    with another_process(path, holding) as process:
        wait_for(process)
        with pytest.raises(RunInProgress, match="Another `deskhand index` is running"):
            async with index.run():
                pytest.fail("a second run began")
        assert (await index.search(query("leave"))).passages == 0
    async with index.run():
        pass
