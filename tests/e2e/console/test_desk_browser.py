"""The desk in a real browser: one whole hand-over, and what somebody has typed stays theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.console.test_browser import ARGS, CHROMIUM, HUMAN, Enter, enter, says

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: `apt-get install chromium`")
__all__ = ["enter"]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield made
        await made.close()


async def _asked(enter: Enter) -> tuple[Page, Page]:
    """Ana, whose question waits, and Ben at its ticket, which came by itself into the queue he was looking at."""
    ana, ben = await enter("Ana"), await enter("Ben")
    await ben.goto("/desk")
    await ben.get_by_text("All answered").wait_for()
    await says(ana, HUMAN)
    await ben.get_by_role("link", name="#1").click()
    await ben.get_by_role("heading", name="#1 from Ana").wait_for()
    return ana, ben


async def test_a_whole_hand_over_without_reloading(enter: Enter) -> None:
    ana, ben = await _asked(enter)
    eva = await enter("Eva")
    await eva.goto("/desk/1")
    await ben.get_by_role("button", name="Take it").click()
    await eva.locator("#state").get_by_text("taken").wait_for()
    await eva.locator("#facts").get_by_text("Ben").wait_for()
    await ben.get_by_label("Your answer to Ana").fill("Behind the house, number 12.")
    await ben.keyboard.press("Control+Enter")
    await ana.locator("article.is-relay").get_by_text("number 12.").wait_for()
    await eva.locator("#said").get_by_text("Behind the house, number 12.").wait_for()
    await says(ana, "Is it wide?")
    await ben.locator("#said").get_by_text("Is it wide?").wait_for()
    await ben.get_by_label("Your answer to Ana").fill("Wide enough.")
    await ben.locator("#reply").get_by_role("button", name="Send").click()
    await ana.locator("article.is-relay").get_by_text("Wide enough.").wait_for()
    await ben.locator("summary", has_text="Make this knowledge").click()
    await ben.get_by_role("button", name="Propose it").click()
    await ben.get_by_role("heading", name="Proposed as knowledge").wait_for()
    await ben.get_by_role("button", name="Resolve").click()
    await ben.locator("#state").get_by_text("resolved").wait_for()
    assert await ben.get_by_label("Your answer to Ana").count() == 0
    await ana.locator("article.is-notice").get_by_text("marked this as resolved").wait_for()


async def test_what_the_asker_says_arrives_beside_an_answer_that_is_half_written(enter: Enter) -> None:
    ana, ben = await _asked(enter)
    answer = ben.get_by_label("Your answer to Ana")
    await answer.fill("I am just writ")
    await ben.locator("h1").click()
    await says(ana, "Please hurry")
    await ben.locator("#said").get_by_text("Please hurry").wait_for()
    await ben.get_by_role("button", name="Take it").click()
    await ben.locator("#state").get_by_text("taken").wait_for()
    assert await answer.input_value() == "I am just writ"
    for text in ("One.", "Two."):
        await answer.fill(text)
        await ben.locator("#reply").get_by_role("button", name="Send").click()
        await ana.locator("article.is-relay").get_by_text(text).wait_for()


async def test_of_two_who_take_it_at_once_the_other_reads_who_has_it(enter: Enter) -> None:
    _, ben = await _asked(enter)
    eva = await enter("Eva")
    await eva.goto("/desk/1")
    await eva.context.set_offline(True)  # her page does not hear of it
    await ben.get_by_role("button", name="Take it").click()
    await ben.locator("#state").get_by_text("taken").wait_for()
    await eva.context.set_offline(False)
    await eva.get_by_role("button", name="Take it").click()
    await eva.locator("#told").get_by_text("Ben has it already").wait_for()
    await eva.locator("#facts").get_by_text("Ben").wait_for()
