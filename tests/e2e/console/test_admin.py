"""The admin's pages: what they show, and what can be done on them without a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.console.admin_house import BEN, HOSTILE, LEAVE, House, job_ended, weeks_behind
from tests.e2e.console.support import Visitor
from tests.e2e.http.support import Site
from tests.e2e.organisation import Organisation

Enter = Callable[[str], Awaitable[Visitor]]
PARKING = "How much is a parking space in the garage?"


@pytest.fixture
def house(site: Site) -> House:
    return House(site.app)


@pytest.fixture
def strict(copy: Organisation) -> None:
    """The bot is sure of nothing; before it is served."""
    with (copy.folder / ".deskhand/deskhand.toml").open("a", encoding="utf-8") as file:
        file.write("[answer]\nthreshold = 1.0\n")


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
        await ada.opens("/admin/sources")
        await ada.submits("Dry run of manual")
        assert "What would change in manual" in ada.text
        await job_ended(ada, 1)
        assert "It would be: 1 unchanged" in ada.text
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


class TestCommandLine:
    async def test_every_command_can_be_given_and_says_what_it_says(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/commands")
        await ada.submits("Do it", line="pin 'How much is a parking space in the garage?'")
        assert "Pinned, until a passage it cites changes." in ada.text
        await ada.submits("Do it", line="pins")
        assert PARKING in ada.text
        await ada.submits("Do it", line="search what's the leave")
        assert "Annual leave" in ada.text

    async def test_what_is_wrong_is_said_beside_what_was_typed(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/commands")
        await ada.submits("Do it", line="tikets")
        assert ada.status == 400
        assert "There is no command tikets" in ada.text
        assert "Did you mean tickets" in ada.text
        assert ada.page.get_element_by_id("line").value == "tikets"

    async def test_what_cannot_be_undone_is_asked_first(self, house: House, enter: Enter) -> None:
        await house.asked(LEAVE, id="1")
        ada = await enter("Ada")
        await ada.opens("/admin/commands")
        await ada.submits("Do it", line="forget console:ana")
        assert "Forget console:ana? This removes everything they wrote" in ada.text
        assert "forgot" not in await house.actions()
        await ada.submits("Yes, do it")
        assert "Forgot console:ana: 1 answer" in ada.text
        assert "forgot" in await house.actions()

    async def test_the_cache_is_purged_by_a_button(self, house: House, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/commands")
        await ada.submits("Forget cached answers")
        assert "Forget all cached answers?" in ada.text
        await ada.submits("Yes, do it")
        assert "All cached answers are forgotten" in ada.text

    async def test_an_index_run_leads_to_its_page_and_an_export_is_a_file(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/commands")
        action, fields = ada.form("Do it", line="audit --export jsonl")
        answer = await ada.client.post(action, data=fields)
        assert answer.headers["content-disposition"].endswith('.jsonl"')
        await ada.submits("Do it", line="reindex docs")
        assert ada.path == "/admin/jobs/1"


class TestOrganisation:
    async def test_the_audit_is_shown_and_downloaded(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/gaps")
        await ada.opens("/admin/audit")
        assert "console:ada gaps 30 days" in ada.text
        for form, kind in (("csv", "text/csv"), ("jsonl", "application/x-ndjson")):
            answer = await ada.client.get(ada.links(f"audit.{form}")[0])
            assert answer.headers["content-type"].startswith(kind)
            assert "attachment" in answer.headers["content-disposition"]
            assert "console:ada" in answer.text
        await ada.opens("/admin/audit?since=2999-01-01")
        assert "Nothing was done in that time." in ada.text
        await ada.opens("/admin/audit?since=tomorrow")
        assert ada.status == 400

    async def test_no_spreadsheet_takes_a_downloaded_line_for_a_formula(self, site: Site, enter: Enter) -> None:
        ada = await enter("Ada")
        await site.app.admin.run(["reindex"], by=await site.app.directory.person("console:ada"))
        hostile = '=HYPERLINK("https://evil.example")'
        from bot.app.entrance import access_of

        await access_of(site.app).sign_out_everywhere(hostile, by="+1+1")
        text = (await ada.client.get("/admin/audit.csv")).text
        assert "'=HYPERLINK" in text
        assert ",'+1+1," in text

    async def test_settings_say_where_they_come_from_and_no_secret(self, site: Site, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/settings")
        assert "[http]" in ada.text
        assert "port 0 command line" in ada.text
        assert "channel terminal:experts default" in ada.text
        assert "audience hr deskhand.toml" in ada.text

    async def test_a_link_signs_somebody_in_once(self, site: Site, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/people")
        assert f"Ben {BEN} expert" in ada.text
        await ada.submits("Make a link for Ben", person=BEN)
        address = ada.page.get_element_by_id("made-link").value
        assert "/sign-in/" in address
        await ada.opens("/admin/people")
        assert "/sign-in/" not in ada.text
        assert not ada.page.xpath("//*[@id='made-link']"), "it is shown once"
        new = await enter("Olga")
        await new.submits("Sign out")
        await new.opens(f"/sign-in/{address.rpartition('/')[2]}")
        await new.sends(new.page.forms[-1].action or new.path, {})
        assert "Ben" in new.page.text_content()

    async def test_a_person_is_signed_out_everywhere(self, enter: Enter) -> None:
        ada, ben = await enter("Ada"), await enter("Ben")
        await ada.opens("/admin/people")
        await ada.submits("Sign out everywhere: Ben", person=BEN)
        assert "console:ben is signed out everywhere: 1 browser." in ada.text
        await ben.opens("/admin")
        assert "Who are you?" in ben.text

    async def test_nobody_on_the_console_gets_no_link(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/people")
        action, fields = ada.form("Make a link", person="slack:U1")
        await ada.sends("/admin/people/link", {**fields, "person": "slack:U1"})
        assert "is nobody on the console" in ada.text
        assert action


class TestTrust:
    async def test_what_people_wrote_is_shown_as_they_wrote_it(self, house: House, enter: Enter) -> None:
        await house.asked(HOSTILE, id="b" * 24)
        await house.voted("b" * 24, helpful=False, reason=HOSTILE)
        await house.ticket(HOSTILE, claimant_name=HOSTILE, topic=HOSTILE, draft=HOSTILE, link="https://x.example/")
        await house.drafted(HOSTILE, HOSTILE, "members")
        ada = await enter("Ada")
        pages = ("gaps", "feedback", "tickets", "tickets/1", "learned", f"explain/{'b' * 24}")
        for page in (*pages, f"search?q={HOSTILE.replace('&', '%26').replace('#', '%23')}"):
            await ada.opens(f"/admin/{page}")
            assert ada.status == 200, page
            field = "".join(ada.page.xpath("//input[@id='q']/@value"))
            assert "<script>alert(1)</script>" in ada.text + field, page
            assert not ada.page.xpath("//main//script | //main//img | //main//@onerror | //main//@style"), page
            assert not [href for href in ada.page.xpath("//@href") if href.startswith("javascript")], page
        await ada.opens("/admin/commands")
        await ada.submits("Do it", line=HOSTILE)
        assert not ada.page.xpath("//main//script | //main//img")

    async def test_what_is_said_on_the_next_page_is_never_markup_of_somebody_else(self, enter: Enter) -> None:
        from base64 import urlsafe_b64encode
        from json import dumps

        ada = await enter("Ada")
        for value in (urlsafe_b64encode(dumps([HOSTILE, True]).encode()).decode(), "nonsense", "W10=", "MQ=="):
            ada.client.cookies.set("deskhand-said", value, path="/admin")
            await ada.opens("/admin/sources")
            assert ada.status == 200
            assert not ada.page.xpath("//main//script | //main//img")

    async def test_a_form_goes_back_to_admin_pages_only(self, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/pins")
        action, fields = ada.form("Pin", word=PARKING, back="https://evil.example/admin")
        answer = await ada.client.post(action, data=fields, follow_redirects=False)
        assert "location" not in answer.headers

    async def test_no_order_is_taken_without_the_token_of_the_page(self, house: House, enter: Enter) -> None:
        ada = await enter("Ada")
        await ada.opens("/admin/pins")
        action, fields = ada.form("Pin", word=PARKING)
        for wrong in ("", "0" * 64):
            await ada.sends(action, {**fields, "csrf": wrong})
            assert ada.status == 403
        await ada.sends(action, {name: value for name, value in fields.items() if name != "csrf"})
        assert ada.status == 403
        assert "pin" not in await house.actions()

    async def test_an_expert_who_gives_an_admins_command_is_refused_and_audited(
        self, house: House, enter: Enter
    ) -> None:
        ben = await enter("Ben")
        await ben.opens("/admin/commands")
        assert "forget PERSON" not in ben.text
        for line in ("forget console:ana --yes", "reindex", "pin Who?", "audit --export csv"):
            await ben.opens("/admin/commands")
            await ben.submits("Do it", line=line)
            assert ben.status == 403
            assert "Only admins can use" in ben.text
        assert (await house.actions()).count("refused") == 4

    async def test_an_expert_is_led_to_no_page_that_is_not_for_them(self, enter: Enter) -> None:
        ben = await enter("Ben")
        await ben.opens("/admin")
        for path in dict.fromkeys(ben.page.xpath("//nav[contains(@class, 'sections')]//a/@href")):
            await ben.opens(path)
            assert ben.status == 200, path
        assert not ben.links("/admin/audit")

    async def test_every_page_names_what_it_is_and_every_field_has_a_label(self, house: House, enter: Enter) -> None:
        await weeks_behind(house)
        await house.drafted("Is there a gym?", "Yes.")
        ada = await enter("Ada")
        await ada.opens("/admin")
        paths = dict.fromkeys(ada.page.xpath("//nav[contains(@class, 'sections')]//a/@href"))
        titles = []
        for path in paths:
            await ada.opens(path)
            assert len(ada.page.xpath("//h1")) == 1, path
            titles.append(ada.page.findtext(".//title"))
            ids = ada.page.xpath("//@id")
            assert len(ids) == len(set(ids)), path
            labelled = set(ada.page.xpath("//label/@for"))
            fields = ada.page.xpath("//main//input[not(@type='hidden')] | //main//textarea | //main//select")
            assert all(each.get("id") in labelled for each in fields), path
            assert all(table.xpath("caption") for table in ada.page.xpath("//table")), path
            assert all(time.get("datetime") for time in ada.page.xpath("//time")), path
        assert len(set(titles)) == len(paths)
