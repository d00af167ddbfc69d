"""What whoever runs it looks at: whether it is alive, whether it is ready, and figures."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.http import health
from bot.errors import StoreUnavailable
from bot.models import Conversation, Message
from tests.e2e.http.support import BotDouble, Site, client, site_of


@pytest.fixture(autouse=True)
def _always_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT", 0)


async def ready(site: Site) -> tuple[int, list[str]]:
    answer = await site.nobody.get("/readyz")
    return answer.status_code, answer.json()["failed"]


async def figures(http: httpx2.AsyncClient) -> dict[tuple[str, ...], float]:
    """By name and the values of the labels."""
    text = (await http.get("/metrics")).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def ask(site: Site, text: str) -> None:
    """As somebody at the terminal, who is answered or handed over."""
    from bot.app.service import Service

    await Service(site.app).intake.accept(
        Message(
            conversation=Conversation("terminal", text[:3], private=True), author="terminal:ann", at=datetime.now(UTC),
            keys=(text,), id=text, text=text,
        )
    )  # fmt: skip
    for _ in range(100):
        await asyncio.sleep(0.1)
        async with site.app.store.reading() as work:
            if await work.inbox.waiting() + await work.outbox.waiting() == 0:
                return
    raise AssertionError("not answered")


class TestReady:
    async def test_a_service_that_works_is_alive_and_ready(self, site: Site) -> None:
        assert (await site.nobody.get("/healthz")).text == "ok"
        assert await ready(site) == (200, [])

    async def test_a_database_that_is_gone_is_named_and_comes_back(self, site: Site) -> None:
        journal = site.app.journal
        for file in journal.parent.glob("journal.sqlite*"):
            file.rename(file.with_name(f"away-{file.name}"))
        assert await ready(site) == (503, ["database"])
        assert (await site.nobody.get("/healthz")).status_code == 200
        for file in journal.parent.glob("away-*"):
            file.rename(file.with_name(file.name.removeprefix("away-")))
        assert await ready(site) == (200, [])

    async def test_migrations_that_are_missing_are_found(self, site: Site) -> None:
        with closing(sqlite3.connect(site.app.journal)) as connection:
            connection.execute("PRAGMA user_version = 1")
        assert await ready(site) == (503, ["database"])

    async def test_an_index_that_is_damaged_is_named(self, site: Site) -> None:
        (site.app.settings.home / "knowledge.sqlite").write_bytes(b"no database at all\n" * 1000)
        assert await ready(site) == (503, ["index"])

    async def test_a_part_that_does_not_answer_has_failed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hang() -> str:
            await asyncio.sleep(60)
            return ""

        monkeypatch.setattr(health, "PATIENCE", 0.1)
        async with site_of(BotDouble(faults={"database": hang})) as url, client(url) as http:
            answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["failed"]) == (503, ["database"])
        assert answer.headers["retry-after"]

    async def test_many_who_ask_at_once_are_told_what_was_found_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        looked = 0

        async def look() -> str:
            nonlocal looked
            looked += 1
            return "the disk of /srv/secret is full"

        monkeypatch.setattr(health, "KEPT", 60)
        async with site_of(BotDouble(faults={"index": look})) as url, client(url) as http:
            answers = await asyncio.gather(*(http.get("/readyz") for _ in range(10)))
        assert {answer.text for answer in answers} == {'{"ready":false,"failed":["index"]}'}
        assert looked == 1


class TestMetrics:
    async def test_they_tell_of_questions_tickets_and_requests(self, site: Site) -> None:
        await ask(site, "How many days of annual leave do I get a year?")
        await ask(site, "I want to talk to a person about the lounge")
        await site.expert.get("/api/v1/tickets/1")
        await site.expert.get("/api/v1/tickets/99")
        await site.nobody.get("/api/v1/tickets/1?q=secret")
        await site.nobody.get("/nowhere/secret")
        told = await figures(site.nobody)
        assert told["deskhand_events_accepted_total",] == 2
        assert told["deskhand_questions_last_day", "answered"] == 1
        assert told["deskhand_tickets", "open"] == 1
        assert told["deskhand_waiting", "inbox"] == told["deskhand_waiting", "outbox"] == 0
        assert 0 < told["deskhand_decision_seconds", "0.5"] < 10
        assert 0 < told["deskhand_delivery_seconds", "1"] < 10
        assert told["deskhand_part_up", "database"] == 1
        route = "/api/v1/tickets/{number}"
        counted = [told["deskhand_http_requests_total", "GET", route, status] for status in ("200", "400", "401")]
        assert counted == [1, 1, 1]
        assert told["deskhand_http_requests_total", "GET", "none", "404"] == 1
        assert told["deskhand_http_request_seconds_count", "GET", route] == 3
        assert told["process_resident_memory_bytes",] > 0
        assert not any("secret" in part for name in told for part in name)

    @pytest.mark.parametrize("fails_in", ["health", "reading"])
    async def test_without_a_database_they_tell_that(self, fails_in: str) -> None:
        async def gone() -> str:
            return "gone"

        async def fail() -> None:
            raise StoreUnavailable("gone")

        faults: dict[str, Callable[[], Awaitable[str]]] = {"database": gone} if fails_in == "health" else {}
        async with site_of(BotDouble(do=fail, faults=faults)) as url, client(url) as http:
            told = await figures(http)
        assert told["deskhand_part_up", "database"] == (0 if faults else 1)
        assert ("deskhand_events_accepted_total",) not in told

    async def test_where_others_get_in_they_take_the_token_of_an_expert(self) -> None:
        async with site_of(BotDouble(), local=False) as url:
            seen = {}
            for token in ("", "wrong", "asker", "expert"):
                async with client(url, token=token) as http:
                    seen[token] = (await http.get("/metrics")).status_code
        assert seen == {"": 401, "wrong": 401, "asker": 403, "expert": 500}
