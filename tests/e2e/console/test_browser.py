"""The console in a real browser: live, accessible, and deaf to what people write."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.http.support import Site

CHROMIUM = shutil.which("chromium")
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: `apt-get install chromium`")

Enter = Callable[..., Awaitable[Page]]
HUMAN = "I want to talk to a human about parking"
LEAVE = "How many days of annual leave do I get a year?"
EVIL = " ".join(
    [
        "<script>window.owned=1</script>", "<img src=x onerror='window.owned=1'>", "<svg/onload=window.owned=1>",
        "<a href='javascript:window.owned=1'>x</a>", "[x](javascript:window.owned=1)", "[x](JaVaScRiPt:window.owned=1)",
        "[x](data:text/html,<script>window.owned=1</script>)", "![x](x onerror=window.owned=1)",
        "<iframe srcdoc='<script>parent.owned=1</script>'></iframe>", "</textarea><script>window.owned=1</script>",
        "\"><script>window.owned=1</script>", "' onfocus='window.owned=1' autofocus='", "{{ 7 * 7 }} {% raw %}",
        "<style>@import 'http://evil.example'</style>", "<math><mi//xlink:href='javascript:window.owned=1'>",
        "[x](room:\" onclick=window.owned=1)", "<details open ontoggle=window.owned=1>",
        "`<b>`", "\u202e\u2066<b>\u0000",
    ]
)  # fmt: skip
"""What has got past others: in elements, attributes, links, templates, and odd characters."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield made
        await made.close()


@pytest.fixture
async def enter(site: Site, browser: Browser) -> Enter:
    """A window of somebody. What the page complains about fails the test."""

    async def enter(name: str, **how: Any) -> Page:
        context = await browser.new_context(base_url=site.url, **how)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        await page.goto("/sign-in")
        await page.get_by_role("button", name=re.compile(f"^{name} ")).click()
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    return enter


async def says(page: Page, text: str) -> None:
    await page.locator("[data-composer] textarea").fill(text)
    await page.keyboard.press("Enter")


async def test_a_question_is_handed_over_and_back_while_both_watch(enter: Enter) -> None:
    ana, ben = await enter("Ana"), await enter("Ben")
    await ben.goto("/desk")
    await says(ana, HUMAN)
    await ana.get_by_text("as #1").wait_for()
    await ben.get_by_role("link", name="#1").click()
    await ben.get_by_role("button", name="Take it").click()
    await ana.get_by_text("Ben has your question now").wait_for()
    await ben.get_by_label("Your answer to Ana").fill("Behind the house, number 12.")
    await ben.get_by_role("button", name="Send", exact=True).click()
    await ana.get_by_text("Behind the house, number 12.").wait_for()
    await says(ana, "Is it wide?")
    await ben.get_by_text("Is it wide?").first.wait_for()


async def test_a_citation_opens_the_passage_over_the_page_and_escape_closes_it(enter: Enter) -> None:
    ana = await enter("Ana")
    await says(ana, LEAVE)
    await ana.locator("article.is-answer a.mark").first.click()
    await ana.locator("dialog[open] .passage.here").wait_for()
    await ana.keyboard.press("Escape")
    assert await ana.locator("dialog[open]").count() == 0


async def test_what_somebody_is_typing_survives_what_arrives(enter: Enter) -> None:
    ana, ben = await enter("Ana"), await enter("Ben")
    await says(ana, HUMAN)
    await ana.get_by_text("as #1").wait_for()
    await ben.goto("/desk/1")
    await ben.get_by_label("Your answer to Ana").fill("I am just writing")
    await says(ana, "Please hurry")
    await ana.get_by_text("Please hurry").first.wait_for()
    await ben.wait_for_timeout(1500)
    assert await ben.get_by_label("Your answer to Ana").input_value() == "I am just writing"


async def test_nothing_that_people_write_is_run(enter: Enter) -> None:
    ana, ben = await enter("Ana"), await enter("Ben")
    await says(ana, f"{HUMAN} {EVIL}")
    await ana.get_by_text("as #1").wait_for()
    await ben.goto("/desk/1")
    await ben.get_by_label("Your answer to Ana").fill(f"{EVIL} [x](javascript:window.owned=1)")
    await ben.get_by_role("button", name="Send", exact=True).click()
    await ana.locator("article.is-relay").wait_for()
    await ben.goto("/desk")
    for page in (ana, ben):
        assert await page.evaluate("window.owned") is None
        assert await page.locator("main a[href^='javascript']").count() == 0
    ada = await enter("Ada")
    seen = [(ana, "/history"), (ana, "/ask"), (ada, "/desk/1"), (ada, "/admin/tickets"), (ada, "/admin/gaps")]
    for page, path in seen:
        await page.goto(path)
        assert await page.evaluate("window.owned") is None, path
        assert await page.locator("main :is(script, img, iframe, style, math)").count() == 0, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_no_page_has_a_serious_fault_for_those_who_see_or_move_otherwise(
    enter: Enter, scheme: str, width: int
) -> None:
    how = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    ana, ada = await enter("Ana", **how), await enter("Ada", **how)
    await says(ana, LEAVE)
    await ana.locator("article.is-answer").wait_for()
    why = await ana.get_by_role("link", name="Why this answer?").get_attribute("href")
    document = await ana.locator("a.mark").first.get_attribute("href")
    await says(ana, HUMAN)
    await ana.get_by_text("as #1").wait_for()
    talk = ana.url
    found = []
    for page, paths in ((ana, (talk, "/ask", "/history", why, document, "/nowhere", "/sign-in")), (ada, _pages())):
        for path in paths:
            await page.goto(str(path))
            found += [f"{path}: {each}" for each in await _faults(page)]
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert not found, "\n".join(found)


def _pages() -> list[str]:
    admin = "sources tickets checks weekly gaps search feedback learned pins people audit settings commands".split()
    return ["/desk", "/desk/1", "/admin", *(f"/admin/{name}" for name in admin)]


async def _faults(page: Page) -> list[str]:
    result = await Axe().run(page)
    return [
        f"{each['id']} ({each['impact']}): {', '.join(str(node['target']) for node in each['nodes'][:3])}"
        for each in result.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
