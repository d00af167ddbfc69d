"""An organisation whose console is served, with people who are signed in, and with some weeks behind it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, Final

import httpx2

from bot.app import App
from bot.app.entrance import access_of
from bot.models import (
    Conversation,
    Exchange,
    Feedback,
    Learned,
    Person,
    Question,
    Ticket,
    exchange_of,
)
from tests.e2e.http.support import client, serving

ADA: Final = "console:ada"
EVA: Final = "console:eva"
ANA: Final = "console:ana"
ROLES: Final = {"admin": ADA, "expert": EVA, "asker": ANA}
PEOPLE: Final = """
[[person]]
id = "console:ada"
name = "Ada"
role = "admin"

[[person]]
id = "console:eva"
name = "Eva"
role = "expert"

[[person]]
id = "console:ana"
name = "Ana"
groups = ["hr"]

[[person]]
id = "slack:T1/U9"
name = "Sam"
"""
HOSTILE: Final = '<script>alert(1)</script> & "quotes" \'><img src=x onerror=alert(2)>'
TALK: Final = Conversation("console", "@ana", "t1", private=True)


@dataclass
class House:
    """The site, and a browser without a script for each role and for nobody."""

    url: str
    app: App
    browsers: dict[str, httpx2.AsyncClient]

    async def page(self, path: str, *, by: str = "admin") -> str:
        answer = await self.browsers[by].get(path)
        assert answer.status_code == 200, (path, answer.status_code, shown(answer.text))
        return answer.text

    async def send(self, path: str = "/admin/run", *, by: str = "admin", **form: Any) -> httpx2.Response:
        """A form with the token that the person's pages carry; `__x` stands for a field `--x`."""
        page = await self.browsers[by].get("/ask")
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        fields = {name.replace("__", "--"): value for name, value in form.items()}
        return await self.browsers[by].post(path, data={**({"csrf": csrf[1]} if csrf else {}), **fields})

    async def said(self, *args: Any, by: str = "admin", **form: Any) -> str:
        """What the page after a form says of it."""
        answer = await self.send(*args, by=by, **form)
        assert answer.status_code == 303, (answer.status_code, shown(answer.text))
        return shown(await self.page(answer.headers["location"], by=by))

    async def asked(self, text: str, *, id: str, at: datetime | None = None, ticket: int = 0) -> Exchange:
        """Kept as if Ana had asked it then; how it is answered is what the documents say."""
        groups = frozenset({"hr", "members", "public"})
        at = at or datetime.now(UTC)
        answer = await self.app.ask(Question(text, groups=groups, today=at.date()))
        made = exchange_of(
            answer, id=id, conversation=TALK, message=id, asker=ANA, question=text, standalone=text, groups=groups,
            at=at, ticket=ticket,
        )  # fmt: skip
        async with self.app.store.transaction() as work:
            await work.exchanges.add(made)
        return made

    async def ticket(self, question: str, *, opened: datetime | None = None, **more: Any) -> Ticket:
        made = Ticket(
            number=0, state="open", conversation=TALK, asker=ANA, asker_name="Ana", question=question,
            reason="The documents do not say.", experts=Conversation("console", "experts"), card=f"card-{question}",
            opened=opened or datetime.now(UTC),
        )  # fmt: skip
        async with self.app.store.transaction() as work:
            return await work.tickets.add(replace(made, **more))

    async def voted(self, reply: str, *, helpful: bool, reason: str = "") -> None:
        async with self.app.store.transaction() as work:
            await work.feedback.put(Feedback(reply, ANA, helpful, reason, datetime.now(UTC)))

    async def drafted(self, question: str, answer: str, *audience: str) -> Learned:
        draft = Learned(0, "draft", question, answer, frozenset(audience), 0, EVA, datetime.now(UTC))
        async with self.app.store.transaction() as work:
            return await work.learned.add(draft)

    async def person(self, role: str) -> Person:
        return await self.app.directory.person(ROLES[role])

    async def job_ended(self, number: int) -> str:
        """The page of an index run when it has ended."""
        from asyncio import sleep, timeout

        async with timeout(30):
            while 'action="/admin/run"' in (page := await self.page(f"/admin/jobs/{number}")) and "Cancel" in page:
                await sleep(0.1)
        return page


@asynccontextmanager
async def house_in(home: Path) -> AsyncIterator[House]:
    (home / "people.toml").write_text(PEOPLE, encoding="utf-8")
    async with serving(home) as site:
        access = access_of(site.app)
        browsers = {"nobody": client(site.url)}
        for role, person in ROLES.items():
            secret = await access.open_session(person)
            browsers[role] = client(site.url)
            browsers[role].cookies.set("deskhand", secret)
        try:
            yield House(site.url, site.app, browsers)
        finally:
            for browser in browsers.values():
                await browser.aclose()


def shown(page: str) -> str:
    """The words of a page's main part."""
    main = page.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


async def weeks_behind(house: House) -> None:
    """Some weeks of questions, tickets and opinions."""
    now = datetime.now(UTC)
    for week in range(11, -1, -1):
        at = now - timedelta(weeks=week)
        first = await house.asked("How many days of annual leave do I get?", id=f"{week:024x}", at=at)
        for number in range((week * 7) % 9 + 14 - week):
            await _again(house, first, id=f"{week + 256:012x}{number:012x}", at=at)
        if week % 2:
            await house.voted(f"{week:024x}", helpful=True)
        for number in range(week % 4 + 1):
            wait = timedelta(minutes=18 + 13 * week + 40 * number)
            answered = at + wait if at + wait < now else None
            await house.ticket(
                f"Who repairs the chairs in room {week}{number}?", opened=at, state="resolved" if week else "open",
                answered=answered, resolved=answered, draft_sent=not number % 2 and bool(week), card=f"c{week}-{number}",
            )  # fmt: skip


async def _again(house: House, like: Exchange, *, id: str, at: datetime) -> None:
    outcome: Any = "answered" if int(id[-2:], 16) % 3 else "unsure"
    async with house.app.store.transaction() as work:
        await work.exchanges.add(replace(like, id=id, message=id, at=at, outcome=outcome))
