"""What publishing an answer would change: on a real store, with the real router and embedder."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.errors import CommandError, NotAllowed
from bot.learning import Finding, told
from bot.models import Pin
from tests.contracts.stores import ticket
from tests.unit.learning.support import ADMIN, DOGS, EXPERT, LEAVE, MEMBER, NOW, OTHER, Place


async def test_an_answer_to_what_nobody_wrote_down_improves_its_question(place: Place) -> None:
    await place.pin(LEAVE)
    finding = await place.learning.check(await place.draft())
    assert (finding.before.outcome, finding.after.outcome) == ("unsure", "answered")
    assert finding.passes
    assert finding.cited
    assert (finding.golden, finding.broken, finding.already) == (1, (), "")
    text = finding.text(EXPERT)
    assert "**It improves its question**: not sure enough" in text
    assert f"answered from *{DOGS}*" in text
    assert "breaks no golden question (1 looked at)" in text


async def test_a_check_changes_nothing(place: Place) -> None:
    before = await place.index.totals()
    await place.learning.check(await place.draft())
    assert await place.index.totals() == before
    assert (await place.ask(DOGS)).outcome == "unsure"
    assert place.ordered == []


async def test_what_is_approved_is_answered_from_with_its_author_after_the_next_run(place: Place) -> None:
    draft = await place.draft()
    approved = await place.learning.approve(draft.id, by=OTHER)
    assert (approved.state, approved.reviewer, place.ordered) == ("approved", OTHER.id, [OTHER.id])
    assert approved == await place.get(draft.id)
    assert Finding.from_json(approved.check).passes
    assert told(approved.check, OTHER).startswith("**It improves its question**")
    assert (await place.reindex()).added == ["learned/1"]
    answer = await place.ask(DOGS)
    document = answer.citations[0].passage.document
    assert (answer.outcome, document.kind, document.owner) == ("answered", "learned", "Eva Expert")
    assert (document.uri, document.updated) == ("deskhand:learned/1", NOW.date())
    assert "Register your dog" in answer.text
    assert await place.audited() == [
        ("learned.approved", "improves its question, breaks 0 of 0 golden questions"),
    ]


async def test_what_the_check_promises_is_what_happens(place: Place) -> None:
    finding = await place.learning.check(await place.draft())
    await place.learning.approve(1, by=OTHER)
    await place.reindex()
    answer = await place.ask(DOGS)
    assert answer.confidence == pytest.approx(finding.after.confidence, abs=0.02)


async def test_an_answer_that_helps_nobody_is_refused_and_the_finding_kept(place: Place) -> None:
    draft = await place.draft(LEAVE, "Sorry, I have no idea.")
    before = await place.learning.check(draft)
    assert not before.passes
    with pytest.raises(CommandError, match=r"It is not published.\n\n\*\*It does not improve its question"):
        await place.learning.approve(draft.id, by=OTHER)
    kept = await place.get(draft.id)
    assert kept
    assert (kept.state, kept.reviewer, place.ordered) == ("draft", "", [])
    assert Finding.from_json(kept.check) == before
    assert [action for action, _ in await place.audited()] == ["learned.refused"]


async def test_an_answer_to_one_person_about_themselves_is_refused(place: Place) -> None:
    finding = await place.learning.check(
        await place.draft("How many vacation days do I have left?", "You have 7 vacation days left.")
    )
    assert finding.cited
    assert not finding.improves
    assert "such a question (personal) is not answered from documents" in finding.text(EXPERT)


async def test_a_reviewer_is_warned_of_words_that_only_their_question_finds(place: Place) -> None:
    finding = await place.learning.check(await place.draft(answer="Hi!"))
    assert finding.improves
    assert finding.alone.outcome == "unsure"
    assert "It answers only this very question: its own words say too little" in finding.text(EXPERT)
    assert "only this very" not in (await place.learning.check(await place.draft())).text(EXPERT)


async def test_a_document_that_answers_already_is_named(place: Place) -> None:
    finding = await place.learning.check(await place.draft(LEAVE, "You get 25 days of annual leave a year."))
    assert finding.before.outcome == "answered"
    assert finding.already == "Annual leave"
    assert "*Annual leave* answers it already" in finding.text(EXPERT)


# Golden questions


WRONG = (
    "A full-time employee has 19 days of annual leave. Full-time employees have 19 days of annual leave a year.\n"
    "How many days of annual leave a full-time employee has: 19 days, as far as I have heard."
)


async def test_a_document_that_joins_a_golden_answer_is_shown_with_it(place: Place) -> None:
    await place.pin(LEAVE)
    finding = await place.learning.check(await place.draft(LEAVE, "I was told 19 days of annual leave."))
    assert (finding.broken, [each.question for each in finding.joined]) == ((), [LEAVE])
    assert f"must not contradict it:\n\n- {LEAVE}: answered from *Annual leave*" in finding.text(EXPERT)


async def test_a_document_that_takes_a_pinned_question_over_is_refused(place: Place) -> None:
    await place.pin(LEAVE)
    draft = await place.draft(LEAVE, WRONG)
    finding = await place.learning.check(draft)
    assert [each.question for each in finding.broken] == [LEAVE]
    assert finding.improves
    assert not finding.passes
    with pytest.raises(CommandError, match=r"breaks 1 of 1 golden questions(?s:.)*annual leave"):
        await place.learning.approve(draft.id, by=OTHER)
    with pytest.raises(NotAllowed, match="Only an admin"):
        await place.learning.approve(draft.id, by=OTHER, force=True)
    forced = await place.learning.approve(draft.id, by=ADMIN, force=True)
    assert forced.state == "approved"
    assert (await place.audited())[-1][1].endswith("breaks 1 of 1 golden questions, forced")


async def test_a_pinned_question_that_was_not_answered_right_before_cannot_be_broken(place: Place) -> None:
    source = replace((await place.sources(LEAVE))[0], document="handbook/hotels")
    async with place.store.transaction() as work:
        await work.pins.put(Pin(LEAVE, LEAVE, "25", (source,), MEMBER, ADMIN.id, NOW))
    finding = await place.learning.check(await place.draft(LEAVE, "You have 19 days of annual leave a year."))
    assert (finding.golden, finding.broken) == (0, ())


@pytest.mark.parametrize(
    ("voter", "golden"), [("terminal:eva", 1), ("terminal:hanna", 0), ("local:root", 1), ("shop:kim", 0)]
)
async def test_an_answer_is_golden_if_an_expert_found_it_helpful(place: Place, voter: str, golden: int) -> None:
    await place.exchange(LEAVE)
    await place.vote("r", voter, helpful=True)
    assert (await place.learning.check(await place.draft())).golden == golden


async def test_an_answer_that_another_expert_found_wrong_is_not_golden(place: Place) -> None:
    await place.exchange(LEAVE)
    await place.vote("r", "terminal:eva", helpful=True)
    await place.vote("r", "terminal:hanna", helpful=False)
    assert (await place.learning.check(await place.draft())).golden == 1
    await place.vote("r", "local:root", helpful=False)
    assert (await place.learning.check(await place.draft())).golden == 0


async def test_a_draft_that_was_sent_as_it_was_is_golden(place: Place) -> None:
    await place.exchange(LEAVE, "sent")
    await place.exchange("What is the highest hotel rate in Dublin?", "edited")
    async with place.store.transaction() as work:
        await work.tickets.add(ticket(state="resolved", exchange="sent", draft_sent=True))
        await work.tickets.add(ticket(state="resolved", exchange="edited", card="c2"))
        await work.tickets.add(ticket(state="open", exchange="edited", draft_sent=True, card="c3"))
    assert (await place.learning.check(await place.draft())).golden == 1


async def test_a_question_that_was_confirmed_often_counts_once(place: Place) -> None:
    for id in ("a", "b", "c"):
        await place.exchange(LEAVE, id)
        await place.vote(id, "terminal:eva", helpful=True)
    assert (await place.learning.check(await place.draft())).golden == 1


async def test_what_an_asker_wrote_is_not_kept_with_a_finding(place: Place) -> None:
    await place.exchange(LEAVE)
    await place.vote("r", "terminal:eva", helpful=True)
    draft = await place.draft(LEAVE, WRONG)
    finding = await place.learning.check(draft)
    assert LEAVE in finding.text(EXPERT)
    kept = finding.to_json()
    assert json.loads(kept)["broken"][0]["question"] == ""
    assert "exchange r" in told(kept, EXPERT)
    assert told("", EXPERT) == ""
    assert told("written by hand", EXPERT) == "written by hand"


async def test_a_reviewer_is_not_shown_golden_questions_from_what_they_may_not_read(place: Place) -> None:
    question = "What is grade 7 paid a year?"
    await place.pin(question, frozenset({"hr", "members", "public"}))
    draft = await place.draft(question, "Grade 7 is paid 45,000 EUR a year, no more, as far as I have heard.")
    finding = await place.learning.check(draft)
    assert len(finding.broken) == 1
    assert question in finding.text(ADMIN)
    with pytest.raises(CommandError) as refused:
        await place.learning.approve(draft.id, by=OTHER)
    assert "1 that you cannot be shown" in str(refused.value)
    assert "Salary bands" not in str(refused.value)
