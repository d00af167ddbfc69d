"""A stage: people and places, the bot at work among them, its faults, and the time of day.

Who is there and how the bot is set up is said first; it starts when somebody does the first thing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from bot.app import App
from bot.app.service import Service
from bot.errors import StoreUnavailable
from bot.models import Answer, Question
from bot.settings import load
from tests.e2e.http_channel.replica import Listening
from tests.e2e.scenarios.driver import DESK, Driver, Need, Place, Written
from tests.e2e.scenarios.people import PATIENCE, Somebody
from tests.e2e.scenarios.world import World

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Stage:
    """One scenario's. `needs` is what the scenario says it needs of a platform: using more is an error."""

    def __init__(self, world: World, driver: Driver, *, home: Path, needs: Collection[Need]) -> None:
        self.desk = Place(DESK)
        self.begun: dict[Place, str] = {}
        """Threads, and who began them."""
        self._world = world
        self._driver = driver
        self._home = home
        self._needs = needs
        self._people: list[dict[str, Any]] = []
        self._settings: list[str] = []
        self._open = AsyncExitStack()
        self._app: _FragileApp | None = None
        self._service: Service | None = None
        self._running: asyncio.Task[None] | None = None
        self._poison = ""
        self._there = datetime.now(UTC)

    # Who is there

    def asker(self, name: str, *, groups: Collection[str] = (), zone: str = "") -> Somebody:
        return self._person(name, role="asker", groups=list(groups), zone=zone)

    def expert(self, name: str) -> Somebody:
        return self._person(name, role="expert")

    def admin(self, name: str) -> Somebody:
        return self._person(name, role="admin")

    def outsider(self, name: str) -> Somebody:
        """A customer, say: of no group of the organisation."""
        return self._person(name, role="asker", external=True)

    def _person(self, name: str, **about: Any) -> Somebody:
        self._before_it_starts()
        self._people.append({"id": self._driver.person(name), "name": name.capitalize(), **about})
        return Somebody(self, name, answers=about["role"] == "expert")

    # How the bot is set up

    def channel(
        self, name: str, *, mode: Literal["mention", "draft", "automatic"] = "mention", readers: Collection[str] = (),
        style: str = "", language: str = "",
    ) -> Place:  # fmt: skip
        """A channel, and when the bot speaks in it. `readers` are audiences, unless it is for all members."""
        self._before_it_starts()
        table = {"id": self._driver.room(name), "mode": mode, "style": style, "language": language}
        self._settings.append(_toml("[[channel]]", {**table, "audience": sorted(readers)} if readers else table))
        return Place(name)

    def is_at(self, hour: int, day: str, *, open_from: str = "09:00-17:00") -> None:
        """It is that hour of a day such as `sunday`, and experts are there from Monday to Friday.

        The clock stays: the calendar of the experts is turned until it is that time where they are.
        """
        self._before_it_starts()
        now = datetime.now(UTC)
        # Of the two ways round, the one that time zones know: UTC-11 to UTC+12.
        ahead = (hour - now.hour + 11) % 24 - 11
        self._there = now + timedelta(hours=ahead)
        turn = _DAYS.index(day) - self._there.weekday()
        table: dict[str, Any] = {"zone": f"Etc/GMT{-ahead:+d}" if ahead else "UTC"}
        table |= {_DAYS[number]: [open_from] for number in range(7) if (number + turn) % 7 < 5}
        self._settings.append(_toml("[hours]", table))

    def day_in(self, days: int) -> str:
        """What the day is called by the clock: `Mon`."""
        return _DAYS[(self._there.weekday() + days) % 7][:3].capitalize()

    # What goes wrong

    @asynccontextmanager
    async def while_the_index_is_gone(self) -> AsyncIterator[None]:
        async with self._without("knowledge.sqlite"):
            yield

    @asynccontextmanager
    async def while_the_store_is_gone(self) -> AsyncIterator[None]:
        async with self._without("journal.sqlite"):
            with suppress(StoreUnavailable):
                while True:  # what is being written still gets there
                    async with self._app_there.store.transaction():
                        pass
            yield

    @asynccontextmanager
    async def _without(self, name: str) -> AsyncIterator[None]:
        await self.driver()
        there, away = self._home / name, self._home / f"{name}.away"
        there.rename(away)
        try:
            yield
        finally:
            away.rename(there)

    def the_bot_breaks_at(self, words: str) -> None:
        """Whoever asks something with these words in it finds a fault that nobody knew."""
        self._before_it_starts()
        self._poison = words

    @asynccontextmanager
    async def while_the_bot_thinks(self) -> AsyncIterator[None]:
        """It has begun with what it was asked, and finds the answer when this ends."""
        await self.driver()
        app = self._app_there
        app.finds.clear()
        app.thinking.clear()
        try:
            yield
        finally:
            app.finds.set()

    async def the_bot_has_begun(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._app_there.thinking.wait()

    async def the_platform_loses_its_answer(self) -> None:
        """It does the next thing that the bot wants of it, but the bot never hears that it did."""
        (await self.driver()).loses_its_answer()

    async def the_platform_refuses_a_post(self) -> None:
        """The next one, for ever."""
        (await self.driver()).refuses_a_post()

    async def delivers_again(self, written: Written, times: int = 1) -> bool:
        """The same is sent again, by the platform or by whoever wrote it; whether that was accepted the last time."""
        needs: list[Need] = ["redelivery"] if written.accepted else []
        driver = await self.driver(*needs)
        return [await driver.deliver_again(written) for _ in range(times)][-1]

    # The course of things

    async def driver(self, *uses: Need) -> Driver:
        """The platform; with the first call, everything starts."""
        if unsaid := set(uses) - set(self._needs):
            raise AssertionError(f"The scenario does not say that it needs {', '.join(sorted(unsaid))}.")
        if self._service is None:
            await self._start()
        return self._driver

    async def settles(self) -> None:
        """All that was accepted is worked on, and all that was decided is posted."""
        await self.driver()
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self._app_there.store.reading() as work:
                    if not (await work.inbox.waiting() or await work.outbox.waiting()):
                        return
                self.goes_on()
                await asyncio.sleep(0.005)

    def goes_on(self) -> None:
        """Raises what the bot has died of, if it has."""
        if self._running is not None and self._running.done():
            self._running.result()
            raise AssertionError("The bot has stopped.")

    @property
    def _app_there(self) -> _FragileApp:
        assert self._app is not None, "Nothing has happened yet."
        return self._app

    def _before_it_starts(self) -> None:
        assert self._service is None, "Say who is there and how the bot is set up before anything happens."

    async def _start(self) -> None:
        settings = [
            _toml("[experts]", {"channel": self._driver.room(DESK)}),
            _toml("[work]", {"attempts": 2}),
            *self._settings,
        ]
        self._world.write_settings(self._home, "\n".join(settings))
        people = "\n".join(_toml("[[person]]", person) for person in self._people)
        (self._home / "people.toml").write_text(people, encoding="utf-8")
        self._app = app = await self._open.enter_async_context(_FragileApp(load(self._home)))
        app.embedder = self._world.embedder
        app.poison = self._poison
        app.wake = wake = Listening()
        self._service = Service(app, channels={self._driver.channel.platform: self._driver.channel})
        await app.store.migrate()
        self._running = asyncio.create_task(self._service.run())
        await self._driver.open(self._service.intake, app=app, world=self._world)
        async with asyncio.timeout(PATIENCE):
            await wake.rests.wait()

    async def close(self) -> None:
        if self._service is not None and self._running is not None:
            if self._app is not None:
                self._app.finds.set()
            self._service.stop()
            with suppress(Exception):
                await self._running
        await self._driver.close()
        await self._open.aclose()


class _FragileApp(App):
    """An App that fails at questions with `poison` in them, and thinks until it `finds`."""

    poison = ""

    async def __aenter__(self) -> _FragileApp:
        self.finds = asyncio.Event()
        self.finds.set()
        self.thinking = asyncio.Event()
        return self

    async def ask(self, question: Question) -> Answer:
        self.thinking.set()
        await self.finds.wait()
        if self.poison and self.poison in question.text:
            raise RuntimeError("A fault that nobody knew.")
        return await super().ask(question)


def _toml(header: str, table: dict[str, Any]) -> str:
    """JSON's texts, lists and truths are TOML's too."""
    return "\n".join([header, *(f"{key} = {json.dumps(value)}" for key, value in table.items() if value != ""), ""])
