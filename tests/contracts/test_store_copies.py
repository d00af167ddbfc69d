"""What every store promises of backups; one fills either kind of database."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreUnavailable
from bot.models import AdminJob, AuditEntry, ConversationState, Feedback, Learned, Pin, Said
from bot.ports import Store
from tests.contracts.registry import STORES
from tests.contracts.stores import ANA, LEASE, START, Place, accept, message, post, reply, thread, ticket
from tests.contracts.test_store_conversations import exchange
from tests.contracts.test_store_credentials import TOKEN


async def fill(store: Store) -> None:
    """Something in every table."""
    await accept(store, "a", "b")
    await post(store, reply("r1", passages=("p",)), reply("r2"))
    async with store.transaction() as work:
        await work.inbox.claim("w1", lease=LEASE, limit=1)
        await work.outbox.add(reply("r3", text="emoji \N{PARTY POPPER}"))
        await work.turns.save(ConversationState(thread(), asker=ANA))
        await work.turns.add(Said(thread(), "user", ANA, "a", "Hello", START))
        await work.exchanges.add(exchange("r1"))
        await work.tickets.add(ticket(remind_at=START))
        await work.feedback.put(Feedback("r1", ANA, helpful=True, reason="", at=START))
        await work.audit.add(AuditEntry(START, ANA, "act", "on"))
        await work.pins.put(Pin("k", "q", "t", (), frozenset({"members"}), ANA, START))
        await work.learned.add(Learned(0, "draft", "q", "a", frozenset(), 1, ANA, START))
        await work.jobs.add(AdminJob(0, "reindex", "queued", "", ANA, START))
        await work.credentials.add(TOKEN)


async def assert_filled(store: Store) -> None:
    async with store.reading() as work:
        assert await work.inbox.waiting() == 2
        assert [each.reply.id for each in await work.posts.citing(["p"])] == ["r1"]
        assert [number for number, _ in await work.posts.latest("slack", after=0)] == [1, 2]
        assert await work.turns.state(thread()) == ConversationState(thread(), asker=ANA)
        assert len(await work.turns.recent(thread())) == 1
        assert await work.exchanges.get("r1") == exchange("r1")
        assert [each.number for each in await work.tickets.due()] == [1]
        assert len(await work.feedback.of("r1")) == 1
        assert [entry.actor async for entry in work.audit.entries()] == [ANA]
        assert len(await work.pins.all()) == 1
        assert len(await work.learned.in_state("draft")) == 1
        assert len(await work.jobs.recent()) == 1
        assert await work.credentials.all("token") == [TOKEN]


async def assert_goes_on(store: Store) -> None:
    """What is stored after a restore gets numbers of its own."""
    await post(store, reply("r3", text="emoji \N{PARTY POPPER}"), reply("r4", to=thread("2")))
    await accept(store, "c")
    async with store.transaction() as work:
        assert (await work.tickets.add(ticket(card="c2"))).number == 2
        assert (await work.jobs.add(AdminJob(0, "reindex", "queued", "", ANA, START))).id == 2
        assert not await work.inbox.add(message("a"))
        await work.audit.add(AuditEntry(START, ANA, "act", "again"))
        assert len([number for number, _ in await work.posts.latest("slack", after=2)]) == 2


@pytest.mark.parametrize("other", STORES)
async def test_a_backup_fills_either_kind_of_database(place: Place, other: str, tmp_path: Path) -> None:
    store = place.open()
    await fill(store)
    copy = tmp_path / "copies" / "backup.sqlite"
    await store.backup(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in copy.parent.iterdir()] == [copy.name]
    (tmp_path / "other").mkdir()
    async with STORES[other](tmp_path / "other") as target:
        restored = target.open()
        async with restored.transaction() as work:
            for number in range(5):
                await work.tickets.add(ticket(card=str(number)))
        await restored.close()
        await target.close()
        await restored.restore(copy)
        await assert_filled(restored)
        await assert_goes_on(restored)
    await assert_filled(store)


async def test_a_backup_is_one_state_while_others_write(place: Place, tmp_path: Path) -> None:
    store, writer = place.open(), place.open()
    done = False

    async def write() -> None:
        number = 0
        while not done:
            async with writer.transaction() as work:
                await work.inbox.add(message(str(number), to=thread(str(number))))
                await work.outbox.add(reply(str(number), to=thread(str(number))))
            number += 1

    writing = asyncio.create_task(write())
    for number in range(3):
        await asyncio.sleep(0.05)
        await store.backup(tmp_path / f"{number}.sqlite")
        with closing(sqlite3.connect(tmp_path / f"{number}.sqlite")) as copy:
            events, replies = (copy.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("inbox", "outbox"))
            assert events == replies
    done = True
    await writing


async def test_a_backup_replaces_the_last_one(store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "backup.sqlite"
    await store.backup(copy)
    await accept(store, "a")
    await store.backup(copy)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM inbox").fetchone() == (1,)


async def test_a_backup_that_cannot_be_written_says_so_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="file"):
        await store.backup(tmp_path / "file" / "backup.sqlite")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnavailable, match="folder"):
        await store.backup(tmp_path / "folder")
    assert not [each for each in tmp_path.iterdir() if each.name.endswith(".new")]


def spoiled(folder: Path, how: str, backup: Path) -> Path:
    file = folder / how
    match how:
        case "missing":
            pass
        case "empty":
            file.touch()
        case "text":
            file.write_text("no database at all\n" * 100)
        case "cut":
            file.write_bytes(backup.read_bytes()[:20_000])
        case "other":
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("CREATE TABLE things (name TEXT)")
        case "newer":
            file.write_bytes(backup.read_bytes())
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA user_version = 999")
    return file


@pytest.mark.parametrize("how", ["missing", "empty", "text", "cut", "other", "newer"])
async def test_what_is_no_backup_is_refused_and_changes_nothing(place: Place, tmp_path: Path, how: str) -> None:
    store = place.open()
    await fill(store)
    await store.backup(tmp_path / "backup.sqlite")
    await place.close()
    file = spoiled(tmp_path, how, tmp_path / "backup.sqlite")
    with pytest.raises(StoreUnavailable):
        await store.restore(file)
    await assert_filled(store)
    assert not [each for each in tmp_path.iterdir() if each.name.endswith(".new")]


async def test_a_database_that_somebody_uses_is_not_replaced(place: Place, tmp_path: Path) -> None:
    store, bot = place.open(), place.open()
    await store.backup(tmp_path / "backup.sqlite")
    await accept(bot, "a")
    with pytest.raises(StoreUnavailable, match="in use"):
        await store.restore(tmp_path / "backup.sqlite")
    await accept(bot, "b")
    await place.close()
    await store.restore(tmp_path / "backup.sqlite")
    async with bot.reading() as work:
        assert await work.inbox.waiting() == 0
