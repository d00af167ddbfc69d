"""The asker's pages, without a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.e2e.console.support import Visitor

Enter = Callable[[str], Awaitable[Visitor]]
LEAVE = "How many days of annual leave do I get a year?"
HUMAN = "I want to talk to a human about parking"
EVIL = "<script>document.title='owned'</script><img src=x onerror=alert(1)> \"' {{7*7}} How many days of annual leave?"


async def test_a_question_is_answered_with_a_source_that_opens_at_the_passage(enter: Enter) -> None:
    ana = await enter("Ana")
    await ana.submits("Ask", text=LEAVE)
    assert LEAVE in ana.text
    await ana.sees("days", "Annual leave", "Why this answer?")
    await ana.opens(ana.links("/documents/")[0])
    assert "Annual leave" in ana.text
    assert len(ana.page.xpath("//section[contains(@class, 'here')]")) == 1


async def test_why_says_what_was_found_and_how_sure_it_is(enter: Enter) -> None:
    ana = await enter("Ana")
    await ana.submits("Ask", text=LEAVE)
    await ana.sees("Why this answer?")
    await ana.opens(ana.links("/why/")[0])
    assert "where answers start at" in ana.text
    assert "quoted" in ana.text


async def test_a_question_for_a_person_says_who_has_it_and_can_be_withdrawn(enter: Enter) -> None:
    ana = await enter("Ana")
    await ana.submits("Ask", text=HUMAN)
    await ana.sees("as #1", "waits for a person")
    await ana.submits("I don't need it any more")
    await ana.sees("withdrawn")


async def test_an_answer_can_be_voted_on_with_a_reason_and_passed_on(enter: Enter) -> None:
    ana = await enter("Ana")
    await ana.submits("Ask", text=LEAVE)
    await ana.sees("Did not help")
    reply = ana.links("/why/")[0].removeprefix("/why/")
    action, fields = ana.form("Helped")
    await ana.sends(action, {**fields, "reply": reply, "helpful": "no", "reason": "It is 27 now."})
    await ana.sees("Thank you. Somebody will look")
    await ana.submits("Ask a person")
    await ana.sees("as #1")


async def test_a_question_can_be_changed_and_deleted(enter: Enter) -> None:
    ana = await enter("Ana")
    await ana.submits("Ask", text=LEAVE)
    await ana.sees("Annual leave", "Change")
    await ana.submits("Ask this instead", text="How long is the warranty of the purifier?")
    await ana.sees("24 months")
    assert LEAVE not in ana.text
    await ana.submits("Delete it")
    await ana.sees("Nothing has been said here yet")


async def test_a_form_that_is_sent_twice_is_one_message(enter: Enter) -> None:
    ana = await enter("Ana")
    form = ana.form("Ask", text=LEAVE)
    await ana.sends(*form)
    await ana.sends(*form)
    await ana.sees("Annual leave")
    assert ana.text.count("Why this answer?") == 1


async def test_what_was_asked_is_in_ones_history_and_in_nobody_elses(enter: Enter) -> None:
    ana, olga = await enter("Ana"), await enter("Olga")
    await ana.submits("Ask", text=LEAVE)
    await ana.sees("Annual leave")
    talk = ana.path
    await ana.opens("/history")
    assert LEAVE in ana.text
    for path in ("/history", talk, "/ask"):
        await olga.opens(path)
        assert LEAVE not in olga.text


async def test_a_document_opens_for_its_readers_and_for_others_as_if_there_were_none(enter: Enter) -> None:
    hana, ana = await enter("Hana"), await enter("Ana")
    await hana.submits("Ask", text="What does the salary of grade 7 start at?")
    await hana.sees("Why this answer?")
    passage = hana.links("/documents/")[0]
    await hana.opens(passage)
    assert hana.status == 200
    await ana.opens(passage)
    refused = (ana.status, ana.text)
    await ana.opens("/documents/nothing-like-that")
    assert (ana.status, ana.text) == refused
    assert ana.status == 404


async def test_what_people_write_stays_text(enter: Enter) -> None:
    ana = await enter("Ana")
    await ana.submits("Ask", text=EVIL)
    assert EVIL in ana.text
    assert not ana.page.xpath("//main//script | //main//img")
