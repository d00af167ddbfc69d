"""People at the console, in a real browser: they type and press, and what they see is what its pages show."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Literal

from adapters.console.app import build_console
from adapters.console.channel import ConsoleChannel
from adapters.http.server import Server
from bot.app import App
from bot.app.console import BotForPages
from bot.app.entrance import access_of
from bot.app.serving import build_web
from bot.errors import ChannelUnavailable, PostRefused
from bot.intake import Intake
from bot.ports import Channel
from tests.e2e.scenarios.driver import DESK, Need, Place, Seen, Written
from tests.e2e.scenarios.drivers.console_browser import Chromium, Form, Window
from tests.e2e.scenarios.drivers.frail import Frail
from tests.e2e.scenarios.world import World

_LACKS: Final[frozenset[Need]] = frozenset(
    {"channels", "joining", "attachments", "files", "redelivery", "resuming", "notices"}
)
_STATES: Final = {"waits": "open", "waits again": "open again"}
"""What the console calls otherwise than the scenarios do."""


class ConsoleDriver:
    """`Driver`. A card is the page of its ticket, and the thread under it what stands on that page besides."""

    lacks: frozenset[Need] = _LACKS | ConsoleChannel.lacks

    def __init__(self) -> None:
        self._pages = ConsoleChannel()
        self._channel = Frail(self._pages)
        self._people: list[str] = []
        self._windows: dict[str, Window] = {}
        self._stop = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._chromium: Chromium | None = None

    @property
    def channel(self) -> Channel:
        return self._channel

    def person(self, name: str) -> str:
        self._people.append(name)
        return f"{self._channel.platform}:{name}"

    def room(self, name: str) -> str:
        return f"{self._channel.platform}:{name}"

    async def open(self, intake: Intake, *, app: App, world: World) -> None:
        listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._serving = asyncio.create_task(self._serve(intake, app, listening))
        url = f"http://127.0.0.1:{await listening}"
        self._chromium = world.browser
        windows = await asyncio.gather(*(self._enter(name, url) for name in self._people))
        self._windows = dict(zip(self._people, windows, strict=True))

    async def _serve(self, intake: Intake, app: App, listening: asyncio.Future[int]) -> None:
        site = build_console(
            BotForPages(app, intake), access_of(app), sign_in=app.settings.sign_in, channel=self._pages
        )
        server = Server(build_web(app, site), host="127.0.0.1", port=0, ready=listening.set_result)
        running = asyncio.create_task(server.run_here())
        await self._stop.wait()
        server.stop()
        site.close()
        await running

    async def _enter(self, name: str, url: str) -> Window:
        window = await self._browser.do(self._browser.window(url))
        await self._browser.do(window.enter(name.capitalize()))
        return window

    async def close(self) -> None:
        leaving = (self._browser.do(self._browser.leave(window)) for window in self._windows.values())
        await asyncio.gather(*leaving)
        self._stop.set()
        if self._serving is not None:
            await self._serving

    async def write(
        self, by: str, text: str, *, at: Place, way: Literal["plain", "mention", "command"], files: Sequence[str]
    ) -> Written:
        window = self._windows[by]
        if at.room == DESK:
            return Written("", at, at, accepted=await self._browser.do(window.answer(_page(at.thread), text)))
        assert at.owner == by, f"{by} is not in the conversation of {at.owner}."
        id = await self._browser.do(window.say(f"/deskhand {text}" if way == "command" else text))
        return Written(id, at, at, accepted=bool(id))

    async def deliver_again(self, written: Written) -> bool:
        """What was not kept is still in the line: they press Enter."""
        assert not written.accepted, "What was kept is not sent again."
        return bool(await self._browser.do(self._windows[written.place.owner].say_again()))

    async def edit(self, by: str, written: Written, text: str) -> None:
        await self._browser.do(self._windows[by].change(written.id, text))

    async def delete(self, by: str, written: Written) -> None:
        await self._browser.do(self._windows[by].delete(written.id))

    async def stop(self, by: str, at: Place) -> None:
        await self._browser.do(self._windows[by].stop())

    async def resume(self, by: str, at: Place) -> None:
        raise AssertionError("At the console nobody takes a thread over.")

    async def press(self, by: str, post: Seen, label: str, *, typing: str) -> None:
        window = self._windows[by]
        if post.title:
            await self._browser.do(window.press_at(_page(post.id), label, typing=typing))
        else:
            await self._browser.do(window.press(post.id, label))

    async def vote(self, by: str, post: Seen, *, helpful: bool, reason: str) -> None:
        await self._browser.do(self._windows[by].vote(post.id, helpful=helpful, reason=reason))

    def loses_its_answer(self) -> None:
        self._channel.next_error = ChannelUnavailable("It is told to lose its answer.")

    def refuses_a_post(self) -> None:
        self._channel.next_error = PostRefused("It is told to refuse.")

    async def sees(self, by: str, at: Place) -> Sequence[Seen]:
        window = self._windows[by]
        if at.room != DESK:
            return [_post(form) for form in await self._browser.do(window.talk())]
        return [seen for form in await self._browser.do(window.desk()) for seen in _on_page_of(form, at)]

    @property
    def _browser(self) -> Chromium:
        assert self._chromium is not None
        return self._chromium


def _page(card: str) -> str:
    return f"/desk/{card.removeprefix('#')}"


def _post(form: Form) -> Seen:
    return Seen(
        form["id"], form["text"], sources=tuple(form["sources"]), buttons=tuple(form["buttons"]), votes=form["votes"]
    )


def _on_page_of(form: Form, at: Place) -> Sequence[Seen]:
    """The card and what is under it, or in its thread the latter alone."""
    under = [Seen(word["id"], word["text"]) for word in form["words"]]
    if at.thread:
        return under if at.thread == form["number"] else []
    title = f"{form['number']} · {_STATES.get(form['state'], form['state'])}"
    text = f"{title}\n{form['asker']} asks: {form['question']}\n{form['text']}"
    card = Seen(form["number"], text, title, sources=tuple(form["sources"]), buttons=tuple(form["buttons"]))
    return [card, *under]
