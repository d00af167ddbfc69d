"""The console over a store that has seen a lot, in a process of its own.

    python -m tests.benchmarks.console HOME

Fills the store of HOME with 100,000 messages and 10,000 tickets, runs `deskhand serve` on it, and times pages as people
open them, one after the other; then opens 500 browsers that follow their conversations, and times how long questions
take to be acknowledged meanwhile. Prints figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import numpy as np
import psutil
from lxml import html

from bot.app import build
from bot.models import Conversation, Exchange, Reply, Said, Ticket
from bot.ports import Store
from bot.settings import load

MESSAGES, TICKETS, PEOPLE, BROWSERS = 100_000, 10_000, 2_000, 500
_BATCH = 1_000
_LOADS = 30
_QUESTIONS = 120
_PACE = 0.1
NOW = datetime.now(UTC)
ASKER, ADMIN = "console:person0", "console:admin"
PAGES = {
    ASKER: ("/ask", "/history", "/talk/t0"),
    ADMIN: ("/desk", "/desk/{ticket}", "/admin", "/admin/sources", "/admin/tickets", "/admin/weekly", "/admin/gaps"),
}


async def fill(store: Store) -> None:
    """Questions and answers of a year, a tenth of them handed over; one ticket in fifty is still open."""
    await store.migrate()
    for start in range(0, MESSAGES // 2, _BATCH):
        async with store.transaction() as work:
            for number in range(start, start + _BATCH):
                asked, answered, exchange, reply = _turn(number)
                await work.turns.add(asked)
                await work.turns.add(answered)
                await work.exchanges.add(exchange)
                await work.outbox.add(reply)
        async with store.transaction() as work:
            while deliveries := await work.outbox.claim("fill", lease=timedelta(minutes=5), limit=_BATCH):
                for each in deliveries:
                    await work.outbox.sent(each, worker="fill", post=each.reply.id)
    for start in range(0, TICKETS, _BATCH):
        async with store.transaction() as work:
            for number in range(start, start + _BATCH):
                await work.tickets.add(_ticket(number))


def _turn(number: int) -> tuple[Said, Said, Exchange, Reply]:
    person = f"console:person{number % PEOPLE}"
    place = Conversation("console", f"@{person.partition(':')[2]}", f"t{number // PEOPLE}", private=True)
    at = NOW - timedelta(minutes=10 * (MESSAGES // 2 - number))
    question = f"How is case {number % 977} of department {number % 31} handled in week {number % 52}?"
    text = "It is handled by the people who look after it, within **3 days**. [1]"
    reply = Reply(f"r{number}", "answer", place, text, answers=f"m{number}", votes=True)
    exchange = Exchange(
        id=reply.id, conversation=place, message=f"m{number}", asker=person, question=question, standalone=question,
        route="knowledge", outcome="unsure" if number % 10 == 0 else "answered", confidence=0.7, threshold=0.5,
        groups=frozenset({"members", "public"}), text=text, at=at,
    )  # fmt: skip
    asked = Said(place, "user", person, f"m{number}", question, at)
    return asked, Said(place, "assistant", "deskhand", reply.id, text, at), exchange, reply


def _ticket(number: int) -> Ticket:
    asked, _, exchange, _ = _turn(number * 5 % (MESSAGES // 2))
    closed = number % 50 != 0
    return Ticket(
        number=0, state="resolved" if closed else "open", conversation=asked.conversation, asker=asked.author,
        asker_name=asked.author, question=exchange.question, reason="Not sure enough.", card=f"card{number}",
        experts=Conversation("console", "experts"), opened=exchange.at, draft=exchange.text, draft_sent=number % 7 == 0,
        answered=exchange.at + timedelta(minutes=20) if closed else None,
    )  # fmt: skip


@asynccontextmanager
async def serving(home: Path) -> AsyncIterator[tuple[str, psutil.Process]]:
    command = [sys.executable, "-m", "bot", "--home", str(home), "serve", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    yield next(word for word in line.split() if word.startswith("http")), psutil.Process(process.pid)
    process.terminate()
    await process.wait()


async def signed_in(url: str, person: str) -> httpx2.AsyncClient:
    """With a session that the store was given: nobody is named in people.toml."""
    client = httpx2.AsyncClient(base_url=url, timeout=30, trust_env=False)
    client.cookies.set("deskhand", _SECRETS[person])
    return client


_SECRETS: dict[str, str] = {}


async def pages(url: str, *, ticket: int) -> dict[str, float]:
    """Milliseconds, the 95th percentile of each page."""
    found = {}
    for person, paths in PAGES.items():
        async with await signed_in(url, person) as client:
            for path in paths:
                times = [await _timed(client, path.format(ticket=ticket)) for _ in range(_LOADS)]
                found[path] = float(np.percentile(times, 95))
    return found


async def _timed(client: httpx2.AsyncClient, path: str) -> float:
    began = time.perf_counter()
    answer = await client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return (time.perf_counter() - began) * 1000


@dataclass
class Browser:
    """Follows a conversation: whenever it hears of something new, it fetches the page."""

    client: httpx2.AsyncClient
    heard: int = 0

    async def follow(self, talk: str) -> None:
        async with self.client.stream("GET", f"/live/talk/{talk}") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("event: changed"):
                    self.heard += 1
                    await self.client.get(f"/talk/{talk}")


async def many_browsers(url: str) -> dict[str, float]:
    """Questions at a steady pace by people whose pages are open among all the others."""
    people = [f"console:person{number}" for number in range(BROWSERS)]
    browsers = [Browser(await signed_in(url, person)) for person in people]
    following = [asyncio.create_task(each.follow("t0")) for each in browsers]
    while not all(each.heard for each in browsers):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    times = []
    for number in range(_QUESTIONS):
        browser = browsers[number % BROWSERS]
        page: html.HtmlElement = html.fromstring((await browser.client.get("/talk/t0")).text)
        form = next(form for form in page.forms if form.xpath(".//textarea[@id='composer']"))
        fields = {**dict(form.form_values()), "text": "How many days of annual leave do I get?"}
        began = time.perf_counter()
        answer = await browser.client.post("/talk/t0", data=fields)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 303, answer.text
        await asyncio.sleep(_PACE)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    for each in browsers:
        await each.client.aclose()
    return {"p99": float(np.percentile(times, 99)), "most": max(times)}


async def measured(home: Path) -> dict[str, object]:
    async with build(load(home)) as app:
        await fill(app.store)
        from bot.app.entrance import access_of

        access = access_of(app)
        for person in (ADMIN, *(f"console:person{number}" for number in range(BROWSERS))):
            _SECRETS[person] = await access.open_session(person)
        async with app.store.reading() as work:
            ticket = (await work.tickets.in_state("open", limit=1))[0].number
    async with serving(home) as (url, process):
        times = await pages(url, ticket=ticket)
        alone = process.memory_info().rss / 1e6
        acknowledged = await many_browsers(url)
        together = process.memory_info().rss / 1e6
    return {"pages": times, "acknowledged": acknowledged, "resident_mb": alone, "resident_mb_browsers": together}


def main(arguments: Sequence[str]) -> None:
    print(json.dumps(asyncio.run(measured(Path(arguments[0])))))


if __name__ == "__main__":
    main(sys.argv[1:])
