"""Commands given on pages, who may sign in, what is kept, and whom pages trust."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from json import dumps

import pytest

from bot.app.entrance import access_of
from tests.e2e.console.admin_house import BEN, HOSTILE, LEAVE, PARKING, House, weeks_behind
from tests.e2e.console.support import Visitor
from tests.e2e.http.support import Site

Enter = Callable[[str], Awaitable[Visitor]]


@pytest.fixture
def house(site: Site) -> House:
    return House(site.app)


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
