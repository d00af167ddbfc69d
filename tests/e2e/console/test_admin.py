"""The admin's pages about the service: what they show, and what can be done on them without a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.console.admin_house import House, job_ended, weeks_behind
from tests.e2e.console.support import Visitor
from tests.e2e.http.support import Site

Enter = Callable[[str], Awaitable[Visitor]]


@pytest.fixture
def house(site: Site) -> House:
    return House(site.app)


async def test_the_overview_says_what_there_is_and_what_waits(house: House, enter: Enter) -> None:
    ada = await enter("Ada")
    await ada.opens("/admin")
    assert "Documents 4" in ada.text
    assert "nobody waits" in ada.text
    await house.ticket("Who waters the plants?")
    await ada.opens("/admin")
    assert "Tickets 1 1 open" in ada.text
    assert all(name in ada.text for name in ("hr", "manual", "docs"))


async def test_checks_say_what_works_and_what_to_do_about_the_rest(site: Site, enter: Enter) -> None:
    ada = await enter("Ada")
    await ada.opens("/admin/checks")
    assert "Everything works" in ada.text
    (site.app.settings.home / "people.toml").write_text("[[person", encoding="utf-8")
    await ada.opens("/admin/checks")
    assert "1 thing does not work" in ada.text
    assert "does not work people" in ada.text
    assert "What to do:" in ada.text


class TestSources:
    async def test_each_shows_its_last_run_and_who_reads_it(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/sources")
        assert "hr policy · read by hr" in ada.text
        assert "+1 added ~0 changed −0 deleted 0 unchanged" in ada.text

    async def test_a_dry_run_says_what_would_change_and_can_be_done_then(self, site: Site, enter: Enter) -> None:
        ada = await enter("Ada")
        (site.app.settings.home.parent / "manual/filter.md").write_text("# Filter\n\nChange it once a year.\n")
        await ada.opens("/admin/sources")
        await ada.submits("Dry run of manual")
        assert "What would change in manual" in ada.text
        await job_ended(ada, 1)
        assert "It would be: 1 added, 1 unchanged. added manual/filter.md" in ada.text
        assert "Done in" not in ada.text
        await ada.submits("Do it")
        await job_ended(ada, 2)
        assert "Done in" in ada.text

    async def test_a_run_that_would_remove_most_is_refused_and_asks(self, site: Site, enter: Enter) -> None:
        ada = await enter("Ada")
        (site.app.settings.home.parent / "manual/warranty.md").unlink()
        await ada.opens("/admin/sources")
        await ada.submits("Reindex manual")
        await job_ended(ada, 1)
        assert "Nothing was changed: it would remove 1 of the 1 document of manual" in ada.text
        await ada.submits("Remove them, it is right")
        await job_ended(ada, 2)
        assert "1 deleted" in ada.text

    async def test_a_document_that_cannot_be_read_is_named_with_what_to_do(self, site: Site, enter: Enter) -> None:
        ada = await enter("Ada")
        (site.app.settings.home.parent / "hr/broken.pdf").write_bytes(b"%PDF-1.4 cut off")
        await ada.opens("/admin/sources")
        await ada.submits("Reindex all")
        await job_ended(ada, 1)
        assert "1 error" in ada.text
        await ada.opens("/admin/sources")
        assert "1 document could not be read" in ada.text
        assert "hr/broken.pdf is damaged or cut off" in ada.text
        ben = await enter("Ben")
        await ben.opens("/admin/sources")
        assert "broken.pdf" not in ben.text
        assert "1 that you may not read: ask an admin" in ben.text

    async def test_an_expert_sees_sources_without_anything_to_do(self, enter: Enter) -> None:
        ben = await enter("Ben")
        await ben.opens("/admin/sources")
        assert "Reindex" not in ben.text

    async def test_a_job_that_waits_is_cancelled_and_says_so(self, site: Site, enter: Enter) -> None:
        ada = await enter("Ada")
        async with site.app.catalogue.run():
            await ada.opens("/admin/sources")
            await ada.submits("Reindex all")
            await ada.sees("looks for documents")
            await ada.submits("Cancel")
            assert "Job 1 stops" in ada.text
            await job_ended(ada, 1)
        assert "Cancelled: nothing was changed." in ada.text


class TestNumbers:
    async def test_tickets_are_shown_by_age_oldest_first(self, house: House, enter: Enter) -> None:
        now = datetime.now(UTC)
        for hours, question in ((2, "Newer?"), (100, "Older?")):
            await house.ticket(question, opened=now - timedelta(hours=hours), state="claimed", claimant_name="Ben")
        await house.ticket("Done?", state="resolved", card="done")
        ben = await enter("Ben")
        await ben.opens("/admin/tickets")
        assert ben.text.index("Older?") < ben.text.index("Newer?")
        assert "Done?" not in ben.text
        bars = [each.text for each in ben.page.xpath("//*[local-name()='rect']/*[local-name()='title']")]
        assert bars == ["1–4 hours: 1 claimed", "3–7 days: 1 claimed"]
        await ben.opens("/admin/tickets?all=yes")
        assert "Done?" in ben.text

    async def test_many_tickets_come_in_pages(self, house: House, enter: Enter) -> None:
        for number in range(103):
            await house.ticket(f"Question {number:03}?", opened=datetime(2026, 1, 1, 0, number % 60, tzinfo=UTC))
        ben = await enter("Ben")
        await ben.opens("/admin/tickets")
        assert "Page 1 of 2, 103 in all" in ben.text
        await ben.opens("/admin/tickets" + ben.links("?page=2")[0])
        assert len(ben.links("/admin/tickets/")) == 3 + len(ben.links("← Tickets"))

    async def test_a_ticket_is_linked_to_another_help_desk(self, house: House, enter: Enter) -> None:
        await house.ticket("Who waters the plants?")
        ben = await enter("Ben")
        await ben.opens("/admin/tickets/1")
        await ben.submits("Save", word="https://desk.example.com/47", **{"--status": "in work"})
        assert "#1 is linked to https://desk.example.com/47." in ben.text
        assert "in work https://desk.example.com/47" in ben.text
        await ben.submits("Link it no more")
        assert "#1 is linked no more." in ben.text
        await ben.opens("/admin/tickets/9")
        assert ben.status == 400
        assert "There is no ticket #9." in ben.text

    async def test_each_week_is_plotted_tabled_and_downloaded(self, house: House, enter: Enter) -> None:
        await weeks_behind(house)
        ben = await enter("Ben")
        await ben.opens("/admin/weekly")
        assert len(ben.page.xpath("//figure/*[local-name()='svg'][@role='img'][@aria-labelledby]")) == 3
        assert not ben.page.xpath("//main//@style | //main//script | //main//style")
        rows = ben.page.xpath("//table/tbody/tr")
        assert len(rows) == 12
        csv = (await ben.client.get(ben.links("weekly.csv")[0])).text.splitlines()
        assert csv[0].startswith("begins,asked,answered")
        assert len(csv) == 13
        asked = [line.split(",")[1] for line in csv[1:]]
        assert [row.xpath("td")[0].text for row in reversed(rows)] == asked
        assert any(f": {int(asked[-1])} asked" in title.text for title in ben.page.iter("title"))

    async def test_weeks_without_questions_say_so(self, enter: Enter) -> None:
        ben = await enter("Ben")
        await ben.opens("/admin/weekly?weeks=4")
        assert "Nobody has asked anything in that time." in ben.text
        await ben.opens("/admin/weekly?weeks=many")
        assert ben.status == 400
        assert '"many" is no number of weeks' in ben.text
