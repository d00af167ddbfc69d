"""The experts' desk, without a script."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.e2e.console.support import Visitor

Enter = Callable[[str], Awaitable[Visitor]]
HUMAN = "I want to talk to a human about parking"
WARRANTY = "How long is the warranty of the purifier?"
EVIL = "<img src=x onerror=alert(1)>"


async def asked(enter: Enter, text: str = HUMAN, *, name: str = "Ana") -> Visitor:
    who = await enter(name)
    await who.opens("/ask")
    await who.submits("Ask", text=text)
    await who.sees("#1")
    return who


async def test_a_question_goes_to_the_desk_and_the_answer_back(enter: Enter) -> None:
    ana, ben = await asked(enter), await enter("Ben")
    await ben.opens("/desk")
    assert "#1" in ben.text
    assert "waits" in ben.text
    await ben.opens("/desk/1")
    await ben.submits("Take it")
    await ben.sees("taken", "With Ben")
    await ana.sees("Ben has your question now")
    await ben.submits("Send", text="Behind the house, number 12.")
    await ben.sees("answered", "Behind the house, number 12.")
    await ana.sees("Ben: Behind the house, number 12.")
    await ana.submits("Send", text="Is it wide?")
    await ben.sees("Is it wide?", "taken")
    await ben.submits("Resolve")
    await ben.sees("resolved", "Reopen")
    await ana.sees("Ben has marked this as resolved")
    await ben.opens("/desk")
    assert "All answered" in ben.text


async def test_of_two_experts_who_take_it_at_once_one_has_it_and_the_other_is_told(enter: Enter) -> None:
    await asked(enter)
    ben, eva = await enter("Ben"), await enter("Eva")
    for each in (ben, eva):
        await each.opens("/desk/1")
    await asyncio.gather(ben.submits("Take it"), eva.submits("Take it"))
    await ben.sees("taken")
    winner, other = (ben, eva) if "With Ben" in ben.text else (eva, ben)
    await other.sees("has it already")
    await winner.sees("Give it back")
    assert "has it already" not in winner.text


async def test_a_press_that_is_sent_twice_does_nothing_twice(enter: Enter) -> None:
    ana, ben = await asked(enter), await enter("Ben")
    await ben.opens("/desk/1")
    form = ben.form("Send", text="Number 12.")
    await ben.sends(*form)
    await ben.sends(*form)
    await ana.sees("Ben: Number 12.")
    assert ana.text.count("Number 12.") == 1


async def test_the_draft_is_sent_with_its_sources(enter: Enter) -> None:
    olga, ben = await asked(enter, WARRANTY, name="Olga"), await enter("Ben")
    await ben.opens("/desk/1")
    assert "The bot would have said" in ben.text
    await ben.submits("Send draft")
    await olga.sees("Ben:", "24 months")


async def test_a_draft_that_quotes_what_an_expert_may_not_read_is_not_shown(enter: Enter) -> None:
    hana, ben = await enter("Hana"), await enter("Ben")
    await hana.submits("Ask", text="What does the salary of grade 7 start at?")
    await hana.sees("Ask a person")
    await hana.submits("Ask a person")
    await hana.sees("#1")
    await ben.opens("/desk/1")
    assert "salary of grade 7" in ben.text
    assert "The bot would have said" not in ben.text
    assert not ben.links("/documents/")


async def test_an_answer_becomes_a_proposal_for_the_documents(enter: Enter) -> None:
    ana, ben = await asked(enter), await enter("Ben")
    await ben.opens("/desk/1")
    await ben.submits("Send", text="Behind the house.")
    await ana.sees("Behind the house.")
    await ben.sees("Make this knowledge")
    await ben.submits("Propose it")
    await ben.sees("It waits for review")


async def test_filters_stand_in_the_address(enter: Enter) -> None:
    await asked(enter)
    ben = await enter("Ben")
    await ben.opens("/desk?whose=mine")
    assert "1 question waits elsewhere" in ben.text
    await ben.opens("/desk?whose=free")
    assert "#1" in ben.text


async def test_a_ticket_is_linked_to_another_help_desk_by_an_address_that_is_one(enter: Enter) -> None:
    await asked(enter)
    ben = await enter("Ben")
    await ben.opens("/desk/1")
    await ben.submits("Save", address="https://desk.example.com/7", status="waiting")
    assert ben.page.xpath("//a[@href='https://desk.example.com/7']")
    await ben.submits("Save", address="javascript:alert(1)", status="x")
    assert ben.status == 400


async def test_who_asks_gets_nowhere_near_the_desk(enter: Enter) -> None:
    ana = await asked(enter)
    for path in ("/desk", "/desk/1", "/desk/2", "/live/tickets"):
        await ana.opens(path)
        assert ana.status == 403
        assert "parking" not in ana.text


async def test_what_people_write_stays_text(enter: Enter) -> None:
    await asked(enter, f"{HUMAN} {EVIL}")
    ben = await enter("Ben")
    for path in ("/desk", "/desk/1"):
        await ben.opens(path)
        assert EVIL in ben.text
        assert not ben.page.xpath("//main//img")
