"""Handing over to people, and back."""

from __future__ import annotations

from tests.e2e.scenarios.asking import LEAVE
from tests.e2e.scenarios.stage import Stage
from tests.e2e.scenarios.telling import scenario

HUMAN = "I want to talk to a human about parking"


@scenario("a question goes to an expert and back, until it is resolved", "private", "buttons", "threads")
async def there_and_back(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben")
    await ana.says(HUMAN)
    await ana.sees_a_notice("experts as #1", "within 20 minutes")
    card = await ben.at_the_desk().sees_a_card("#1 · open", "Ana asks", "about parking")
    await ben.at_the_desk().presses("Take it", on=card)
    await ana.sees_a_notice("Ben has your question now")
    await ben.at_the_desk().sees_that(card, shows="#1 · taken")

    await ben.under(card).says("It costs 4 EUR a day.")
    await ana.sees_a_notice("Ben: It costs 4 EUR a day.")
    await ben.at_the_desk().sees_that(card, shows="#1 · answered")
    await ana.says("Is it free at night?")
    await ben.under(card).sees_a_notice("Ana: Is it free at night?")
    await ben.under(card).says("Yes, from 20:00.")
    await ana.sees_a_notice("Ben: Yes, from 20:00.")
    await ana.sees_nothing_more()

    await ben.at_the_desk().presses("Resolve", on=card)
    await ben.at_the_desk().sees_that(card, shows="#1 · resolved")
    await ana.sees_a_notice("Ben has marked this as resolved", "I answer again")
    await ana.says(LEAVE)
    await ana.sees_an_answer(citing="Annual leave")
    await ana.sees_nothing_more()


@scenario("an asker says that it is solved, and that it is not after all", "private", "buttons", "threads")
async def solved(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben")
    await ana.says(HUMAN)
    card = await ben.at_the_desk().sees_a_card("#1 · open")
    await ben.under(card).says("It costs 4 EUR a day.")
    said = await ana.sees_a_notice("Ben: It costs 4 EUR a day.")
    await ana.presses("That solves it", on=said)
    await ben.at_the_desk().sees_that(card, shows="#1 · resolved")
    resolved = await ana.sees_a_notice("This is resolved")
    await ana.presses("Not resolved", on=resolved)
    await ana.sees_a_notice("open again")
    await ben.at_the_desk().sees_that(card, shows="#1 · open again")


@scenario("of two experts who take a question at once, one has it", "private", "buttons", "only_for")
async def one_claimant(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    ben, cleo = stage.expert("ben").at_the_desk(), stage.expert("cleo").at_the_desk()
    await ana.says(HUMAN)
    await ana.sees_all()
    card = await ben.sees_a_card("#1 · open")
    await cleo.sees_a_card("#1 · open")
    await ben.presses("Take it", on=card)
    await cleo.presses_what_they_saw("Take it", on=card)
    await ana.sees_a_notice("Ben has your question now")
    await cleo.sees_a_notice("Ben has it already")
    for each in (ana, ben, cleo):
        await each.sees_nothing_more()


@scenario("what only experts may do is refused to others", "private", "channels", "joining", "buttons", "only_for")
async def not_an_expert(stage: Stage) -> None:
    ana, olga = stage.asker("ana"), stage.outsider("olga")
    ben = stage.expert("ben").at_the_desk()
    await ana.in_private().says(HUMAN)
    card = await ben.sees_a_card("#1 · open")
    await olga.at_the_desk().sees_a_card("#1 · open")
    await olga.at_the_desk().presses("Take it", on=card)
    await olga.at_the_desk().sees_a_notice("Only those who answer questions")
    await ben.sees_that(card, shows="#1 · open")
    await ben.sees_nothing_more()


@scenario("a colleague who replies takes the thread over, until the bot is called", "channels", "threads", "joining")
async def take_over(stage: Stage) -> None:
    ana, ben, lobby = stage.asker("ana"), stage.asker("ben"), stage.channel("lobby")
    asked = await ana.at(lobby).mentions_the_bot("What does a parking space cost?")
    thread = asked.thread
    await ana.at(thread).sees_an_answer(citing="Parking")
    await ben.at(thread).says("It is 5 EUR since last week.")
    await ana.at(thread).says("And how many days of annual leave do I get?")
    await ana.at(thread).sees_nothing_more()
    await ana.at(thread).mentions_the_bot("How many days of annual leave do I get?")
    await ana.at(thread).sees_an_answer(citing="Annual leave")
    await ana.at(thread).sees_nothing_more()


@scenario("or until somebody resumes it", "channels", "threads", "joining", "resuming", "only_for")
async def resumed(stage: Stage) -> None:
    ana, ben, lobby = stage.asker("ana"), stage.asker("ben"), stage.channel("lobby")
    asked = await ana.at(lobby).mentions_the_bot("What does a parking space cost?")
    thread = asked.thread
    await ana.at(thread).sees_an_answer(citing="Parking")
    await ben.at(thread).says("It is 5 EUR since last week.")
    await ana.at(thread).resumes_the_bot()
    await ana.at(thread).sees_a_notice("I am back")
    await ana.at(thread).says(LEAVE)
    await ana.at(thread).sees_an_answer(citing="Annual leave")
    await ana.at(thread).sees_nothing_more()


@scenario("with the button that appears under the answer", "channels", "threads", "joining", "buttons", "update",
          "only_for")  # fmt: skip
async def resumed_by_button(stage: Stage) -> None:
    ana, ben, lobby = stage.asker("ana"), stage.asker("ben"), stage.channel("lobby")
    asked = await ana.at(lobby).mentions_the_bot("What does a parking space cost?")
    thread = asked.thread
    answer = await ana.at(thread).sees_an_answer(citing="Parking")
    await ben.at(thread).says("It is 5 EUR since last week.")
    await ana.at(thread).can_press("Bring the bot back", on=answer)
    await ana.at(thread).presses("Bring the bot back", on=answer)
    await ana.at(thread).sees_a_notice("I am back")
    await ana.at(thread).says(LEAVE)
    await ana.at(thread).sees_an_answer(citing="Annual leave")


@scenario("a ticket from a channel goes on in private", "channels", "threads", "private", "buttons")
async def private(stage: Stage) -> None:
    ana, ben, lobby = stage.asker("ana"), stage.expert("ben"), stage.channel("lobby")
    asked = await ana.at(lobby).mentions_the_bot(HUMAN)
    await ana.at(asked.thread).sees_a_notice("experts as #1")
    card = await ben.at_the_desk().sees_a_card("#1 · open", "in lobby")
    await ben.at_the_desk().presses("Take it", on=card)
    await ben.at_the_desk().sees_that(card, shows="#1 · taken")
    await ben.at_the_desk().presses("Go on in private", on=card)
    await ana.at(asked.thread).sees_a_notice("Ben has your question now")
    await ana.at(asked.thread).sees_a_notice("Ben goes on with you in private")
    await ana.in_private().sees_a_notice("This is about your question", "parking")
    await ben.under(card).says("Your space is number 12.")
    await ana.in_private().sees_a_notice("Ben: Your space is number 12.")
    await ana.in_private().says("Great, is it wide?")
    await ben.under(card).sees_a_notice("Ana: Great, is it wide?")
    await ana.at(lobby).sees_nothing_more()
    await ana.in_private().sees_nothing_more()


@scenario("outside opening hours the asker is told when somebody is there", "private")
async def outside_hours(stage: Stage) -> None:
    stage.is_at(22, "sunday", open_from="09:00-17:00")
    ana = stage.asker("ana").in_private()
    await ana.says(HUMAN)
    await ana.sees_a_notice("experts as #1", "from 09:00 tomorrow (closed until then)")


@scenario("before the weekend, that is after it", "private")
async def on_friday(stage: Stage) -> None:
    stage.is_at(22, "friday", open_from="08:30-17:00")
    ana = stage.asker("ana").in_private()
    await ana.says(HUMAN)
    await ana.sees_a_notice(f"from {stage.day_in(3)} 08:30 (closed until then)")


@scenario("in a watched channel in draft mode, experts decide what is said", "channels", "threads", "buttons")
async def draft_mode(stage: Stage) -> None:
    ana, ben = stage.asker("ana"), stage.expert("ben").at_the_desk()
    forum = stage.channel("forum", mode="draft")
    asked = await ana.at(forum).says(LEAVE)
    card = await ben.sees_a_card("#1 · open", "Answers here are looked at first", "25 days")
    await ana.at(forum).sees_nothing_more()
    await ben.presses("Send draft", on=card)
    await ana.at(asked.thread).sees_a_notice("Ben", "25 days")
    await ana.at(forum).sees_nothing_more()


@scenario("what experts dismiss in draft mode, nobody hears of", "channels", "threads", "buttons")
async def not_a_request(stage: Stage) -> None:
    ana, ben = stage.asker("ana"), stage.expert("ben").at_the_desk()
    forum = stage.channel("forum", mode="draft")
    await ana.at(forum).says("Does anybody know how many days of annual leave Tom took?")
    card = await ben.sees_a_card("#1 · open")
    await ben.presses("Not a request", on=card)
    await ben.sees_that(card, shows="#1 · closed")
    await ana.at(forum).sees_nothing_more()


@scenario("in automatic mode, questions are answered and nothing else", "channels", "threads")
async def automatic_mode(stage: Stage) -> None:
    ana, ben = stage.asker("ana"), stage.asker("ben")
    forum = stage.channel("forum", mode="automatic")
    await ben.at(forum).says("Lunch is ready in the kitchen, enjoy it!")
    await ben.at(forum).says("Does anybody want to play table tennis with me?")
    await ben.at(forum).sees_nothing_more()
    asked = await ana.at(forum).says(LEAVE)
    await ana.at(asked.thread).sees_an_answer(citing="Annual leave")
    await ana.at(forum).sees_nothing_more()


@scenario("while a person has a thread the bot is silent there, unless it is called", "channels", "threads", "joining",
          "buttons")  # fmt: skip
async def silent(stage: Stage) -> None:
    ana, ben, tom, lobby = stage.asker("ana"), stage.expert("ben"), stage.asker("tom"), stage.channel("lobby")
    asked = await ana.at(lobby).mentions_the_bot(HUMAN)
    thread = asked.thread
    await ana.at(thread).sees_a_notice("experts as #1")
    card = await ben.at_the_desk().sees_a_card("#1 · open")
    await tom.at(thread).says("How many days of annual leave do I get a year?")
    await ana.at(thread).says("It is about the garage in the north.")
    await ben.under(card).sees_a_notice("Ana: It is about the garage in the north.")
    await ana.at(thread).sees_nothing_more()
    await tom.at(thread).mentions_the_bot(LEAVE)
    await ana.at(thread).sees_an_answer(citing="Annual leave")
    await ben.under(card).says("The garage has room.")
    await ana.at(thread).sees_a_notice("Ben: The garage has room.")
    for each in (ana.at(thread), ben.at_the_desk()):
        await each.sees_nothing_more()


@scenario("what is asked while a ticket is open is added to it, and makes no second one", "channels", "threads")
async def one_ticket(stage: Stage) -> None:
    ana, ben, lobby = stage.asker("ana"), stage.expert("ben"), stage.channel("lobby")
    asked = await ana.at(lobby).mentions_the_bot(HUMAN)
    await ana.at(asked.thread).sees_a_notice("experts as #1")
    card = await ben.at_the_desk().sees_a_card("#1 · open")
    await ana.at(asked.thread).mentions_the_bot("I want to talk to a human about bicycles")
    await ana.at(asked.thread).sees_a_notice("#1", "added")
    await ben.under(card).sees_a_notice("Ana", "bicycles")
    for each in (ana.at(asked.thread), ben.at_the_desk()):
        await each.sees_nothing_more()


@scenario("who gives a question back is not waited for", "private", "buttons")
async def given_back(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    ben, cleo = stage.expert("ben").at_the_desk(), stage.expert("cleo").at_the_desk()
    await ana.says(HUMAN)
    await ana.sees_a_notice("#1")
    card = await ben.sees_a_card("#1 · open")
    await ben.presses("Take it", on=card)
    await ana.sees_a_notice("Ben has your question now")
    await ben.sees_that(card, shows="#1 · taken")
    await ben.presses("Give it back", on=card)
    await ana.sees_a_notice("Ben has given your question back", "within 20 minutes")
    await ben.sees_that(card, shows="#1 · open")
    await cleo.sees_a_card("#1 · open")
    await cleo.presses("Take it", on=card)
    await ana.sees_a_notice("Cleo has your question now")
    await ana.sees_nothing_more()


@scenario("who needs no answer any more withdraws the question", "private", "buttons")
async def withdrawn(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await ana.says(HUMAN)
    passed_on = await ana.sees_a_notice("#1")
    card = await ben.sees_a_card("#1 · open")
    await ana.presses("I don't need it any more", on=passed_on)
    await ana.sees_a_notice("withdrawn")
    await ben.sees_that(card, shows="#1 · closed")
    await ana.says(LEAVE)
    await ana.sees_an_answer(citing="Annual leave")


@scenario("an expert edits the draft before it is sent", "private", "buttons")
async def edit_and_send(stage: Stage) -> None:
    olga, ben = stage.outsider("olga").in_private(), stage.expert("ben").at_the_desk()
    await olga.says("How long is the warranty of the purifier?")
    await olga.sees_a_notice("#1")
    card = await ben.sees_a_card("#1 · open", "24 months")
    await ben.presses("Edit and send", on=card, typing="24 months, and 36 with the receipt.")
    await olga.sees_a_notice("Ben: 24 months, and 36 with the receipt.")
    await ben.sees_that(card, shows="#1 · answered")
    await olga.sees_nothing_more()
