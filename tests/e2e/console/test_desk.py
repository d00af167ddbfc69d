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
    await ben.opens(ben.links("whose=free")[0])
    assert "#1" in ben.text
    await ben.opens("/desk?whose=anything&topic=%00%3Cb%3E")
    assert "1 question waits elsewhere" in ben.text


async def test_the_queue_says_who_waits_how_long_and_with_whom(enter: Enter) -> None:
    await asked(enter)
    ben, eva = await enter("Ben"), await enter("Eva")
    await ben.opens("/desk/1")
    await ben.submits("Take it")
    for who, holder in ((ben, "with you"), (eva, "with Ben")):
        await who.opens("/desk")
        assert "1 question waits for a person" in who.text
        assert f"Ana · {holder}" in who.text
        assert who.page.xpath("//main//time[@datetime]/text()") == ["1 min"]


async def test_what_came_of_a_press_is_shown_at_once(enter: Enter) -> None:
    await asked(enter)
    ben = await enter("Ben")
    await ben.opens("/desk/1")
    for button, state in (("Take it", "taken"), ("Give it back", "waits"), ("Not a request", "closed")):
        await ben.submits(button)
        assert ben.text.startswith(f"← Desk {state} #1"), ben.text
    await ben.submits("Reopen")
    assert "waits again" in ben.text


async def test_a_wrong_source_is_noted_with_its_reason(enter: Enter) -> None:
    await asked(enter, WARRANTY, name="Olga")
    ben, ada = await enter("Ben"), await enter("Ada")
    await ben.opens("/desk/1")
    await ben.submits("Report it", text="That is last year's.")
    assert "Ben: wrong source. It is noted for" in ben.text
    await ada.opens("/admin/feedback")
    assert "That is last year's." in ada.text


async def test_nothing_is_sent_without_words(enter: Enter) -> None:
    ana, ben = await asked(enter), await enter("Ben")
    await ben.opens("/desk/1")
    await ben.submits("Send", text=" \n ")
    assert ben.status == 400
    assert "Write an answer first." in ben.text
    await ana.opens(ana.path)
    assert "Ben" not in ana.text


async def test_an_answer_to_what_was_closed_meanwhile_is_not_lost(enter: Enter) -> None:
    await asked(enter)
    ben, eva = await enter("Ben"), await enter("Eva")
    await ben.opens("/desk/1")
    await eva.opens("/desk/1")
    await eva.submits("Not a request")
    await ben.submits("Send", text="Behind the house, which took me an hour to find out.")
    assert ben.status == 409
    assert "That is no longer open." in ben.text
    assert "which took me an hour" in ben.text


async def test_what_both_sides_said_is_there_by_name(enter: Enter) -> None:
    ana = await asked(enter)
    ben, eva = await enter("Ben"), await enter("Eva")
    await ben.opens("/desk/1")
    await ben.submits("Send", text="Number 12.")
    await ana.submits("Send", text="Is it wide?")
    await eva.opens("/desk/1")
    await eva.sees("Is it wide?")
    await eva.submits("Send", text="Wide enough.")
    await ben.sees("Number 12. you", "Is it wide? Ana", "Wide enough. Eva")


async def test_an_admin_looks_at_what_a_proposal_changes_and_decides(enter: Enter) -> None:
    ana, ben, ada = await enter("Ana"), await enter("Ben"), await enter("Ada")
    await ana.submits("Ask", text="Where do the swans of the company live?")
    await ana.sees("Ask a person")
    await ana.submits("Ask a person")
    await ana.sees("#1")
    await ben.opens("/desk/1")
    await ben.submits("Send", text="The swans of the company live on the pond behind the house.")
    await ana.sees("on the pond")
    await ben.submits("Propose it")
    assert "Proposed as knowledge" in ben.text
    assert "An admin looks at what it changes, and decides." in ben.text
    await ada.opens("/desk/1")
    await ada.submits("Check and publish")
    assert "Approved: it becomes a document with the next index run." in ada.text
    await ada.opens("/desk/1")
    assert "Proposed as knowledge" not in ada.text


async def test_buttons_that_are_not_of_a_card_do_nothing(enter: Enter) -> None:
    await asked(enter)
    ben = await enter("Ben")
    await ben.opens("/desk/1")
    action, fields = ben.form("Take it")
    for wrong in ("cancel_ticket", "approve", "confirm", "nothing"):
        await ben.sends(action, {**fields, "action": wrong})
        assert ben.status == 400
    await ben.opens("/desk/1")
    assert "waits #1" in ben.text


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
