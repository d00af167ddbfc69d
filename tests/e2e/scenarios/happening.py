"""What people change afterwards, what platforms repeat, and what breaks."""

from __future__ import annotations

from tests.e2e.scenarios.asking import LEAVE
from tests.e2e.scenarios.stage import Stage
from tests.e2e.scenarios.telling import scenario

PARKING = "What does a parking space cost?"


@scenario("an event that is delivered four times is answered once", "private", "redelivery")
async def redelivery(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    asked = await ana.says(LEAVE)
    await stage.delivers_again(asked, times=2)
    await ana.sees_an_answer(citing="Annual leave")
    await stage.delivers_again(asked)
    await ana.sees_nothing_more()


@scenario("an edited question is answered anew, in the place of the old answer", "private", "edits", "update")
async def edited(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    asked = await ana.says(LEAVE)
    answer = await ana.sees_an_answer(citing="Annual leave")
    await ana.edits(asked, PARKING)
    await ana.sees_that(answer, shows="4 EUR a day")
    await ana.sees_nothing_more()


@scenario("a deleted question takes its answer with it", "private", "deletions", "delete")
async def deleted(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    asked = await ana.says(LEAVE)
    answer = await ana.sees_an_answer(citing="Annual leave")
    await ana.deletes(asked)
    await ana.no_longer_sees(answer)
    await ana.sees_nothing_more()


@scenario("a deleted question withdraws its ticket", "private", "deletions", "delete", "update")
async def withdrawn(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    asked = await ana.says("I want to talk to a human")
    notice = await ana.sees_a_notice("#1")
    card = await ben.sees_a_card("#1 · open")
    await ana.deletes(asked)
    await ana.no_longer_sees(notice)
    await ben.sees_that(card, shows="#1 · closed")
    await ana.sees_nothing_more()
    await ana.says(LEAVE)
    await ana.sees_an_answer(citing="Annual leave")


@scenario("a question deleted while the bot looks is not answered", "private", "deletions")
async def deleted_at_once(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    async with stage.while_the_bot_thinks():
        asked = await ana.says(LEAVE)
        await stage.the_bot_has_begun()
        await ana.deletes(asked)
    for each in (ana, ben):
        await each.sees_nothing_more()


@scenario("what the bot breaks at goes to a person, and the next question is answered", "private")
async def poison(stage: Stage) -> None:
    stage.the_bot_breaks_at("xyzzy")
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    zoe = stage.asker("zoe").in_private()
    await ana.says("What about xyzzy in the handbook?")
    await ana.sees_a_notice("Something went wrong on my side", "#1", "within 20 minutes")
    await ben.sees_a_card("#1 · open", "xyzzy")
    await ana.sees_nothing_more()
    await zoe.says(LEAVE)
    await zoe.sees_an_answer(citing="Annual leave")


@scenario("while the index is gone, questions go to people", "private")
async def no_index(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    zoe = stage.asker("zoe").in_private()
    async with stage.while_the_index_is_gone():
        await ana.says(LEAVE)
        await ana.sees_a_notice("cannot look into the documents at the moment", "#1", "within 20 minutes")
        await ben.sees_a_card("#1 · open", "could not be searched", "annual leave")
    await zoe.says(LEAVE)
    await zoe.sees_an_answer(citing="Annual leave")


@scenario("while the store is gone nothing is accepted, and nothing lost", "private")
async def no_store(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    async with stage.while_the_store_is_gone():
        asked = await ana.says(LEAVE)
        assert not asked.accepted, "It is accepted."
    assert await stage.delivers_again(asked), "It is not accepted afterwards."
    await ana.sees_an_answer(citing="Annual leave")
    await ana.sees_nothing_more()


@scenario("a post of which the platform's word is lost is not made twice", "private", "find")
async def lost_word(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    await stage.the_platform_loses_its_answer()
    await ana.says(LEAVE)
    await ana.sees_an_answer(citing="Annual leave")
    await ana.sees_nothing_more()


@scenario("nor, by way of a placeholder, where a platform cannot be asked", "private", "update")
async def lost_word_of_a_placeholder(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    await stage.the_platform_loses_its_answer()
    await ana.says(LEAVE)
    await ana.sees_an_answer(citing="Annual leave")
    await ana.sees_nothing_more()


@scenario("what a platform never takes, experts hear of, and the next question is answered", "private", "notices")
async def refused(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await stage.the_platform_refuses_a_post()
    await ana.says(LEAVE)
    notice = await ben.sees_a_notice("could not be posted")
    assert "25 days" not in notice.text
    await ana.sees_nothing_more()
    await ana.says(PARKING)
    await ana.sees_an_answer(citing="Parking")


@scenario("an edit of a question that people have is passed on to them", "private", "edits", "update", "threads")
async def edited_with_experts(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    asked = await ana.says("I want to talk to a human about parking")
    await ana.sees_a_notice("#1")
    card = await ben.sees_a_card("#1 · open", "about parking")
    await ana.edits(asked, "I want to talk to a human about bicycles")
    await ben.sees_a_notice("Ana edited the question", "bicycles")
    await ben.sees_that(card, shows="Ana asks: I want to talk to a human about bicycles")
    for each in (ana, ben):
        await each.sees_nothing_more()


@scenario("an edit into something that nobody is sure of goes to a person", "private", "edits", "update")
async def edited_into_doubt(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    asked = await ana.says(LEAVE)
    answer = await ana.sees_an_answer(citing="Annual leave")
    await ana.edits(asked, "I want to talk to a human about my leave")
    await ana.sees_that(answer, shows="experts as #1")
    await ben.sees_a_card("#1 · open", "about my leave")
    await ana.sees_nothing_more()
