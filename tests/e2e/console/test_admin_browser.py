"""The admin's pages in a real browser: they follow what happens, fit a phone, and are for everybody to use."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from tests.e2e.console.admin_house import HOSTILE, LEAVE, House, weeks_behind
from tests.e2e.http.support import Site

CHROMIUM = shutil.which("chromium")
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PAGES = {
    "overview": "", "sources": "sources", "tickets": "tickets", "ticket": "tickets/1", "checks": "checks",
    "weekly": "weekly", "gaps": "gaps", "search": f"search?q={LEAVE}", "feedback": "feedback?all=yes",
    "learned": "learned", "pins": "pins", "people": "people", "audit": "audit", "settings": "settings",
    "commands": "commands", "explain": f"explain/{'a' * 24}", "job": "jobs/1",
}  # fmt: skip
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: `apt-get install chromium`")

Window = Callable[..., Awaitable[Page]]


@pytest.fixture
async def window(site: Site) -> AsyncIterator[Window]:
    """A window of Ada's. What the page complains about fails the test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)

        async def opened(**how: Any) -> Page:
            page = await (await browser.new_context(base_url=site.url, **how)).new_page()
            page.set_default_timeout(10_000)
            page.on("pageerror", lambda error: pytest.fail(str(error)))
            page.on("console", lambda said: pytest.fail(said.text) if "Content Security Policy" in said.text else None)
            await page.goto("/sign-in")
            await page.get_by_role("button", name=re.compile("^Ada ")).click()
            await page.wait_for_url(lambda url: "/sign-in" not in url)
            return page

        yield opened
        await browser.close()


@pytest.fixture
async def house(site: Site) -> House:
    """With something on every page."""
    made = House(site.app)
    await weeks_behind(made)
    await made.asked(LEAVE, id="a" * 24)
    await made.asked("Who may use the hanging garden?", id="b" * 24)
    await made.voted("a" * 24, helpful=False, reason=HOSTILE)
    for hours, state in ((2, "claimed"), (30, "answered"), (200, "open")):
        opened = datetime.now(UTC) - timedelta(hours=hours)
        await made.ticket(f"{HOSTILE} {hours}", opened=opened, state=state, claimant_name="Ben", draft="Perhaps. [1]")
    await made.drafted(HOSTILE, HOSTILE, "members")
    await made.drafted("Is there a gym?", "Yes, in the basement: **every day**.")
    ada = await site.app.directory.person("console:ada")
    for words in (["pin", LEAVE], ["reindex", "--dry-run"]):
        await site.app.admin.run(words, by=ada)
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_every_page_fits_and_has_no_serious_fault(
    house: House, window: Window, tmp_path: Path, scheme: str, width: int
) -> None:
    ada = await window(color_scheme=scheme, viewport={"width": width, "height": 800})
    found = []
    for name, path in PAGES.items():
        await ada.goto(f"/admin/{path}".rstrip("/"))
        await ada.screenshot(path=str(tmp_path / f"{name}-{width}-{scheme}.png"), full_page=True)
        found += [f"{name}: {each}" for each in await _faults(ada)]
        assert await ada.evaluate("document.documentElement.scrollWidth") <= width, name
        assert not await ada.locator("main :is(script, img, [onerror])").count(), name
    assert not found, "\n".join(found)


async def test_an_index_run_is_followed_without_reloading(site: Site, window: Window) -> None:
    ada = await window()
    async with site.app.catalogue.run():
        await ada.goto("/admin/sources")
        await ada.get_by_role("button", name="Reindex all").click()
        await ada.wait_for_url("**/admin/jobs/1")
        await ada.evaluate("window.same = true")
        await ada.locator("#job progress").wait_for()
    await ada.get_by_text("Done in").wait_for()
    assert await ada.evaluate("window.same"), "the page was reloaded"
    assert await ada.get_by_role("button", name="Cancel").count() == 0


async def test_a_run_is_followed_and_cancelled_where_the_sources_are(site: Site, window: Window) -> None:
    ada = await window()
    async with site.app.catalogue.run():
        await ada.goto("/admin/sources")
        await ada.get_by_role("button", name="Reindex all").click()
        await ada.goto("/admin/sources")
        await ada.get_by_role("button", name="Cancel job 1").click()
        await ada.get_by_text("Job 1 stops").wait_for()
    await ada.get_by_text("Cancelled: nothing was changed.").wait_for()


async def test_all_can_be_done_with_the_keyboard_on_a_phone(house: House, window: Window) -> None:
    ada = await window(viewport={"width": 360, "height": 800})
    await ada.goto("/admin")
    await ada.locator(".sections-menu > summary").focus()
    await ada.keyboard.press("Enter")
    await ada.get_by_role("link", name="Commands").focus()
    await ada.keyboard.press("Enter")
    await ada.get_by_label("A command").fill("cache purge")
    await ada.keyboard.press("Enter")
    await ada.get_by_role("heading", name="Are you sure?").wait_for()
    await ada.get_by_role("button", name="Yes, do it").focus()
    await ada.keyboard.press("Enter")
    await ada.get_by_text("All cached answers are forgotten").wait_for()


async def _faults(page: Page) -> list[str]:
    """But for those of what stands around every page, which test_browser.py looks at."""
    result = await Axe().run(page, context="main")
    return [
        f"{each['id']} ({each['impact']}): {', '.join(str(node['target']) for node in each['nodes'][:3])}"
        for each in result.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
