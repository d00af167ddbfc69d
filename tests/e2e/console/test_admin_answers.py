"""The admin's pages about answers: looked up, pinned, written, reviewed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.e2e.console.admin_house import LEAVE, PARKING, House, job_ended
from tests.e2e.console.support import Visitor
from tests.e2e.http.support import Site
from tests.e2e.organisation import Organisation

Enter = Callable[[str], Awaitable[Visitor]]


@pytest.fixture
def house(site: Site) -> House:
    return House(site.app)


@pytest.fixture
def strict(copy: Organisation) -> None:
    """The bot is sure of nothing; before it is served."""
    with (copy.folder / ".deskhand/deskhand.toml").open("a", encoding="utf-8") as file:
        file.write("[answer]\nthreshold = 1.0\n")


class TestAnswers:
    async def test_a_search_shows_what_is_found_what_is_answered_and_why(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/search")
        assert "Nobody is answered by this" in ada.text
        await ada.opens(f"/admin/search?q={PARKING}")
        assert "What would be answered" in ada.text
        assert "4 EUR" in ada.text
        assert "very close in meaning, best match of words" in ada.text
        assert "where answers start at" in ada.text
        assert "salaries" not in ada.page.text_content().casefold(), "Ada is not of HR"

    async def test_a_search_takes_whatever_is_typed(self, enter: Enter) -> None:
        ada = await enter("Ada")
        for typed in ("%00", "a%00b", "%FF%FE", "--", "--all", "%20", "x" * 4000):
            await ada.opens(f"/admin/search?q={typed}")
            assert ada.status == 200, typed
        for path in ("explain/%00", "explain/x%20y", "tickets/0", "tickets/%00", "tickets/x", "jobs/x", "audit.exe"):
            await ada.opens(f"/admin/{path}")
            assert ada.status in (200, 400, 404), path

    async def test_what_a_search_answers_can_be_pinned_and_unpinned(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens(f"/admin/search?q={PARKING}")
        await ada.submits("Pin this answer")
        assert "Pinned, until a passage it cites changes." in ada.text
        assert "Members are given a pinned answer instead of this." in ada.text
        await ada.opens("/admin/pins")
        assert "Pinned, until" not in ada.text, "it is said once"
        assert f"{PARKING} The answer" in ada.text
        await ada.submits("Unpin")
        assert "It is no longer pinned. " in ada.text
        assert "Nothing is pinned." in ada.text

    async def test_gaps_are_counted_and_filled_by_pinning_the_draft(
        self, strict: None, house: House, enter: Enter
    ) -> None:
        for number in "12":
            await house.asked(PARKING, id=number)
        ada = await enter("Ada")
        await ada.opens("/admin/gaps")
        assert f"2× asked: {PARKING} Closest: Parking" in ada.text
        await ada.submits("Pin the draft")
        assert "Are you sure?" in ada.text
        assert "pin" not in await house.actions()
        await ada.submits("Yes, do it")
        assert ada.path.startswith("/admin/gaps")
        assert "Pinned" in ada.text

    async def test_a_gap_is_filled_by_writing_the_answer_which_waits_for_review(
        self, house: House, enter: Enter
    ) -> None:
        await house.asked("Who may use the hanging garden?", id="1")
        ben = await enter("Ben")
        await ben.opens("/admin/gaps")
        await ben.submits("Send to review", **{"--answer": "Everybody may use the hanging garden.\nEven on Sundays."})
        assert ben.path == "/admin/learned"
        assert "It is number 1 and waits for review" in ben.text
        ada = await enter("Ada")
        await ada.opens("/admin/learned")
        assert "Everybody may use the hanging garden." in ada.text
        await ada.submits("Check and approve")
        assert "Approved: it becomes a document" in ada.text
        assert "It improves its question" in ada.text
        await job_ended(ada, 1)
        await ada.opens("/admin/search?q=Who may use the hanging garden?")
        assert "Everybody may use the hanging garden" in ada.text

    async def test_what_does_not_pass_its_check_stays_and_says_why(self, house: House, enter: Enter) -> None:
        await house.drafted(LEAVE, "Thirty.", "members")
        ada = await enter("Ada")
        await ada.opens("/admin/learned")
        assert "Publish it whatever" not in ada.text
        await ada.submits("Check and approve")
        assert "It is not published." in ada.text
        assert "What it would change It does not improve its question" in ada.text
        await ada.submits("Check and approve", flag="force")
        assert "Approved" in ada.text

    async def test_a_draft_without_readers_needs_an_audience(self, house: House, enter: Enter) -> None:
        await house.drafted("Is there a gym?", "Yes, in the basement.")
        ada = await enter("Ada")
        await ada.opens("/admin/learned")
        assert "Nobody may read it yet" in ada.text
        await ada.submits("Check and approve")
        assert "say for which audience" in ada.text
        reject = ada.page.get_element_by_id("reject-1")
        await ada.sends(reject.action, dict(reject.form_values()))
        assert "It stays out." in ada.text
        assert "Nothing waits for review." in ada.text

    async def test_feedback_is_looked_at_and_waits_no_more(self, house: House, enter: Enter) -> None:
        await house.asked(PARKING, id="a" * 24)
        await house.voted("a" * 24, helpful=False, reason="It is 6 EUR now.")
        ben = await enter("Ben")
        await ben.opens("/admin/feedback")
        assert f"{PARKING} It is 6 EUR now." in ben.text
        await ben.opens(ben.links("/admin/explain/")[0])
        assert "Why this answer?" in ben.text
        assert "4 EUR" in ben.text
        await ben.opens("/admin/feedback")
        await ben.submits("Looked at")
        assert "Nothing waits to be looked at." in ben.text
        await ben.opens("/admin/feedback?all=yes")
        assert "looked at" in ben.text
