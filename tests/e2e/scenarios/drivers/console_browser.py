"""People in front of the console: one browser, a window for each person, and their hands and eyes in it."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Coroutine
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeVar

from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    Response,
    TimeoutError,
    WebError,
    async_playwright,
)

CHROMIUM: Final = shutil.which("chromium")
_ARGS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_EYES: Final = Path(__file__).with_name("console.js")
_PATIENCE: Final = 10_000.0
_AT_ONCE: Final = 2_000.0
"""Milliseconds."""

T = TypeVar("T")
Form = dict[str, Any]


class Chromium:
    """A browser that starts when it is first used. It outlives the loops of single tests, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._starting = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._idle: list[BrowserContext] = []

    async def do(self, thing: Coroutine[Any, Any, T]) -> T:
        """What people do in it is done in its own loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(thing, self._loop))

    async def window(self, url: str) -> Window:
        """One that knows nothing of the others. Windows are used again, as opening one takes a while."""
        async with self._starting:
            if self._browser is None:
                self._playwright = await async_playwright().start()
                self._browser = await self._playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGS)
        if self._idle:
            return Window(self._idle.pop(), url)
        context = await self._browser.new_context(viewport={"width": 800, "height": 600}, reduced_motion="reduce")
        context.set_default_timeout(_PATIENCE)
        await context.add_init_script(path=_EYES)
        await context.new_page()
        return Window(context, url)

    async def leave(self, window: Window) -> None:
        self._idle.append(await window.close())

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(timeout=20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        if self._browser and self._playwright:
            await self._browser.close()
            await self._playwright.stop()


class Window:
    """Somebody's. They have their conversation in one tab, and if they answer, the desk and each ticket in others."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._context = context
        self._url = url
        self._tabs: dict[str, Page] = {}
        self._complaints: list[str] = []
        context.on("weberror", self._complain)

    def _complain(self, error: WebError) -> None:
        self._complaints.append(str(error.error))

    async def enter(self, name: str) -> None:
        """They sign in, and are where people of their kind begin."""
        page = self._context.pages[0]
        await page.goto(f"{self._url}/sign-in", wait_until="commit")
        await page.get_by_role("button").filter(has=page.get_by_text(name, exact=True)).click()
        await page.wait_for_url(lambda url: "/sign-in" not in url, wait_until="domcontentloaded")
        self._tabs["/desk" if page.url.endswith("/desk") else "/ask"] = page

    async def close(self) -> BrowserContext:
        """Nothing of it is left. Raises if a page has complained."""
        _, *others = self._context.pages
        for page in others:
            await page.close()
        await self._context.clear_cookies()
        self._context.remove_listener("weberror", self._complain)
        assert not self._complaints, self._complaints
        return self._context

    async def say(self, text: str) -> str:
        """Into the conversation; where on the page it stands, empty if it was not kept."""
        await (await self._tab("/ask")).locator("[data-composer] textarea").fill(text)
        return await self.say_again()

    async def say_again(self) -> str:
        """What stands in the line."""
        page = await self._tab("/ask")
        line = page.locator("[data-composer] textarea")
        if not await _kept(page, line.press("Enter")):
            await page.locator("[data-toast]").wait_for()
            assert await line.input_value(), "What was not kept is lost."
            return ""
        await page.wait_for_url("**/talk/*", wait_until="domcontentloaded")
        await page.locator("[data-composer] textarea:placeholder-shown").wait_for()
        return await page.evaluate("eyes.latest()")  # type: ignore[no-any-return]

    async def change(self, message: str, text: str) -> None:
        line = await self._open_change(message)
        await line.get_by_label("Your question").fill(text)
        await self._must(line.get_by_role("button", name="Ask this instead"))

    async def delete(self, message: str) -> None:
        await self._must((await self._open_change(message)).get_by_role("button", name="Delete it"))

    async def _open_change(self, message: str) -> Locator:
        line = (await self._tab("/ask")).locator(f"[id='{message}']")
        await line.get_by_text("Change", exact=True).click()
        return line

    async def stop(self) -> None:
        """Where nothing is on its way there is nothing to press."""
        page = await self._tab("/ask")
        await page.evaluate("eyes.follows()")
        button = page.get_by_role("button", name="Stop")
        if await button.count():
            await self._must(button)

    async def press(self, post: str, label: str) -> None:
        page = await self._tab("/ask")
        await self._must(page.locator(f"[id='{post}']").get_by_role("button", name=label, exact=True))

    async def vote(self, post: str, *, helpful: bool, reason: str) -> None:
        line = (await self._tab("/ask")).locator(f"[id='{post}']")
        if helpful:
            await self._must(line.get_by_role("button", name="This helped"))
            return
        await line.get_by_text("Did not help").click()
        await line.get_by_label("What is wrong with it?").fill(reason)
        await self._must(line.get_by_role("button", name="Send"))

    async def talk(self) -> list[Form]:
        return await (await self._tab("/ask")).evaluate("eyes.talk()")  # type: ignore[no-any-return]

    async def desk(self) -> list[Form]:
        """All tickets that they have ever seen there."""
        for address in await (await self._tab("/desk")).evaluate("eyes.queue()"):
            await self._tab(address)
        tickets = [page for address, page in list(self._tabs.items()) if address.startswith("/desk/")]
        return [await page.evaluate("eyes.ticket()") for page in tickets]

    async def answer(self, ticket: str, text: str) -> bool:
        page = await self._tab(ticket)
        await page.get_by_label("Your answer to").fill(text)
        return await _kept(page, page.locator("#reply").get_by_role("button", name="Send").click())

    async def press_at(self, ticket: str, label: str, *, typing: str) -> None:
        page = await self._tab(ticket)
        exactly = re.compile(f"^{re.escape(label)}$")
        if not typing:
            await self._must(page.locator("main button").filter(has_text=exactly), again=f"eyes.again({label!r})")
            return
        form = page.locator("details").filter(has=page.locator("summary").filter(has_text=exactly))
        await form.locator("summary").click()
        await form.locator("textarea").fill(typing)
        await self._must(form.locator("button"))

    async def _must(self, button: Locator, *, again: str = "") -> None:
        """Press it, even if the page was quicker and took it away: `again` puts it back."""
        page = button.page
        assert await _kept(page, _press(button, again)), await page.locator("[data-toast]").inner_text()

    async def _tab(self, address: str) -> Page:
        if address not in self._tabs:
            self._tabs[address] = page = await self._context.new_page()
            await page.goto(f"{self._url}{address}", wait_until="domcontentloaded")
        return self._tabs[address]


async def _kept(page: Page, hand: Coroutine[Any, Any, None]) -> bool:
    """Whether the bot has taken what this sends."""

    def sent(response: Response) -> bool:
        return response.request.method == "POST"

    async with page.expect_response(sent) as answering:
        await hand
    return (await answering.value).status < 400


async def _press(button: Locator, again: str) -> None:
    try:
        if not again or await button.count():
            await button.click(timeout=_AT_ONCE if again else _PATIENCE)
            return
    except TimeoutError:
        if await button.count():
            raise
    await button.page.evaluate(again)
    await button.click()
