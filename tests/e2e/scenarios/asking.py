"""Asking, in private and in channels."""

from __future__ import annotations

from tests.e2e.scenarios.stage import Stage
from tests.e2e.scenarios.telling import scenario

LEAVE = "How many days of annual leave do I get a year?"
LOUNGE = "Which airport lounge may we use in Singapore?"


@scenario("a question in private is answered with its sources", "private")
async def in_private(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    await ana.says(LEAVE)
    answer = await ana.sees_an_answer(citing="Annual leave", saying="25 days")
    assert "Ask a person" in answer.buttons
    await ana.sees_nothing_more()


@scenario("a mention in a channel is answered in its thread", "channels", "threads")
async def mention(stage: Stage) -> None:
    ana, ben = stage.asker("ana"), stage.asker("ben")
    lobby = stage.channel("lobby")
    await ben.at(lobby).says(LEAVE)
    await ben.at(lobby).sees_nothing_more()
    asked = await ana.at(lobby).mentions_the_bot(LEAVE)
    await ana.at(asked.thread).sees_an_answer(citing="Annual leave", saying="25 days")
    await ana.at(lobby).sees_nothing_more()


@scenario("what is answered in a channel, everybody there can read", "channels", "threads", "joining")
async def answered_to_all(stage: Stage) -> None:
    ana, ben = stage.asker("ana"), stage.asker("ben")
    asked = await ana.at(stage.channel("lobby")).mentions_the_bot(LEAVE)
    await ben.at(asked.thread).sees_an_answer(citing="Annual leave", saying="25 days")
    await ben.at(asked.thread).sees_nothing_more()


@scenario("a follow-up is understood from its thread, and needs no mention", "channels", "threads")
async def follow_up(stage: Stage) -> None:
    ana, lobby = stage.asker("ana"), stage.channel("lobby")
    asked = await ana.at(lobby).mentions_the_bot("Can I work from home?")
    await ana.at(asked.thread).sees_an_answer(citing="Remote work", saying="3 days a week")
    await ana.at(asked.thread).says("And from abroad?")
    await ana.at(asked.thread).sees_an_answer(citing="Remote work", saying="20 days a year")
    await ana.at(lobby).sees_nothing_more()


@scenario("what is not found: where it looked, and a person on request", "private", "buttons")
async def not_found(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await ana.says("Who won the chess championship in 1972?")
    notice = await ana.sees_a_notice("couldn't find this in the documents you can read", "within 20 minutes")
    await ben.sees_nothing_more()
    await ana.presses("Ask a person", on=notice)
    await ana.sees_a_notice("passed your question to experts as #1")
    await ben.sees_a_card("#1 · open", "chess championship", "They asked for a person after the bot's reply")


@scenario("a question that is not surely answered goes to a person, with a draft", "private")
async def unsure(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await ana.says("How many days of annual leave do part-time interns in their probation get on resignation?")
    await ana.sees_a_notice("the closest I have is Annual leave", "#1")
    card = await ben.sees_a_card("#1 · open", "Not sure enough")
    assert {"Take it", "Send draft", "Edit and send", "Not a request", "Wrong source"} <= set(card.buttons)


@scenario("whoever asks for a person gets one at once", "private")
async def person(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await ana.says("I want to talk to a human")
    await ana.sees_a_notice("Of course.", "experts as #1", "within 20 minutes")
    await ben.sees_a_card("#1 · open", "Ana asks", "They asked for a person")
    await ana.sees_nothing_more()


@scenario("a personal question goes to somebody who can look it up", "private")
async def personal(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await ana.says("How many vacation days do I have left?")
    await ana.sees_a_notice("your own records, which I cannot see", "#1")
    await ben.sees_a_card("#1 · open", "somebody's own records")


@scenario("what is too vague is asked back about, once at most", "private")
async def clarifying(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await ana.says("It doesn't work")
    await ana.sees_a_notice("Can you tell me a little more?")
    await ben.sees_nothing_more()
    await ana.says("still broken")
    await ana.sees_a_notice("#1")
    await ben.sees_a_card("#1 · open", "It stayed unclear", "It doesn't work", "still broken")
    await ana.sees_nothing_more()


@scenario("what was asked back about is answered with what was added", "private")
async def clarified(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    await ana.says("help")
    await ana.sees_a_notice("Can you tell me a little more?")
    await ana.says("the price of a parking space in the garage")
    await ana.sees_an_answer(citing="Parking", saying="4 EUR a day")


@scenario("small talk is answered kindly, and goes to nobody", "private")
async def small_talk(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await ana.says("Hello!")
    await ana.sees_a_notice("Hello.", "Ask me")
    await ana.says("thank you so much")
    await ana.sees_a_notice("You're welcome")
    await ben.sees_nothing_more()


@scenario("attachments are named as not read", "private", "attachments", "files")
async def attachments(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    await ana.says(LEAVE, attaching=["contract.pdf", "screen.png"])
    await ana.sees_an_answer(citing="Annual leave", saying="I did not read contract.pdf or screen.png")


@scenario("whoever has a question on its way can stop it", "private", "stopping")
async def stop(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    async with stage.while_the_bot_thinks():
        await ana.says(LEAVE)
        await stage.the_bot_has_begun()
        await ana.stops()
    await ana.sees_a_notice("Stopped")
    await ana.sees_nothing_more()
    await ana.says("What does a parking space cost?")
    await ana.sees_an_answer(citing="Parking")
    await ana.stops()
    await ana.sees_nothing_more()
    await ben.sees_nothing_more()


@scenario("a vote is thanked for in private, and takes a reason", "channels", "joining", "votes", "reasons", "only_for")
async def feedback(stage: Stage) -> None:
    ana, ben = stage.asker("ana"), stage.asker("ben")
    asked = await ana.at(stage.channel("lobby")).mentions_the_bot(LEAVE)
    answer = await ana.at(asked.thread).sees_an_answer(citing="Annual leave")
    await ben.at(asked.thread).sees_all()
    await ana.at(asked.thread).votes(on=answer, helpful=False, because="It is 27 days since July.")
    await ana.at(asked.thread).sees_a_notice("Thank you", "look at this answer")
    await ben.at(asked.thread).votes(on=answer, helpful=True)
    await ben.at(asked.thread).sees_a_notice("Thank you, good to know")
    for each in (ana, ben):
        await each.at(asked.thread).sees_nothing_more()


@scenario("a bad answer's voter can leave a reason that admins find", "private", "votes", "reasons", "commands")
async def reviewed(stage: Stage) -> None:
    ana, ada = stage.asker("ana").in_private(), stage.admin("ada").in_private()
    await ana.says(LEAVE)
    answer = await ana.sees_an_answer(citing="Annual leave")
    await ana.votes(on=answer, helpful=False, because="It is 27 days since July.")
    await ana.sees_a_notice("Thank you")
    await ada.commands("feedback")
    await ada.sees_a_notice("27 days since July")


@scenario("an admin's commands are for admins, and help explains them", "private", "commands")
async def commands(stage: Stage) -> None:
    ana, ada = stage.asker("ana").in_private(), stage.admin("ada").in_private()
    await ada.commands("help")
    await ada.sees_a_notice("status", "reindex")
    await ada.commands("status")
    await ada.sees_a_notice("documents")
    await ada.commands("reindx handbook")
    await ada.sees_a_notice("Did you mean", "reindex")
    await ana.commands("reindex")
    await ana.sees_a_notice("admin")
    for each in (ana, ada):
        await each.sees_nothing_more()


@scenario("a restricted document is for its readers: nobody else learns that there is one", "private", "channels",
          "threads")  # fmt: skip
async def restricted(stage: Stage) -> None:
    ana, hana = stage.asker("ana"), stage.asker("hana", groups=["hr"])
    ben, lobby = stage.expert("ben").at_the_desk(), stage.channel("lobby")
    salary = "What does the salary of grade 7 start at?"
    await hana.in_private().says(salary)
    await hana.in_private().sees_an_answer(citing="Salaries", saying="60,000 EUR")
    await ana.in_private().says(salary)
    told = await ana.in_private().sees_a_notice("couldn't find")
    in_public = await hana.at(lobby).mentions_the_bot(salary)
    told_all = await hana.at(in_public.thread).sees_a_notice("couldn't find")
    await stage.settles()
    cards = await ben.sees_all()
    for said in (told, told_all, *cards):
        assert "Salaries" not in said.text + " ".join(said.sources)
        assert "60,000" not in said.text


@scenario("a restricted answer that is handed over is not shown to all experts", "private", "buttons")
async def restricted_draft(stage: Stage) -> None:
    hana, ben = stage.asker("hana", groups=["hr"]).in_private(), stage.expert("ben").at_the_desk()
    await hana.says("What does the salary of grade 7 start at?")
    answer = await hana.sees_an_answer(citing="Salaries", saying="60,000 EUR")
    await hana.presses("Ask a person", on=answer)
    await hana.sees_a_notice("#1")
    card = await ben.sees_a_card("#1 · open", "salary of grade 7", "not everybody here may read")
    assert "60,000" not in card.text
    assert not card.sources
    assert "Send draft" not in card.buttons


@scenario("people from outside get public knowledge only, after a person has looked", "private", "buttons")
async def outsider(stage: Stage) -> None:
    olga, ben = stage.outsider("olga").in_private(), stage.expert("ben").at_the_desk()
    await olga.says("How long is the warranty of the purifier?")
    await olga.sees_a_notice("Thank you", "#1", "within 20 minutes")
    card = await ben.sees_a_card("#1 · open", "The warranty of the purifier lasts 24 months")
    await ben.presses("Send draft", on=card)
    await olga.sees_a_notice("Ben", "24 months")
    await ben.sees_that(card, shows="#1 · answered")


@scenario("people from outside learn nothing of what is for members", "private")
async def outsider_asks_for_more(stage: Stage) -> None:
    olga, ben = stage.outsider("olga").in_private(), stage.expert("ben").at_the_desk()
    await olga.says(LEAVE)
    notice = await olga.sees_a_notice("#1")
    card = await ben.sees_a_card("#1 · open")
    for said in (notice, card):
        assert "25 days" not in said.text
        assert "Annual leave" not in said.text + " ".join(said.sources)


@scenario("a question in another language goes to a person, and the asker reads so in theirs", "private")
async def foreign(stage: Stage) -> None:
    ana, ben = stage.asker("ana").in_private(), stage.expert("ben").at_the_desk()
    await ana.says("Wie viele Tage Elternzeit kann ich nehmen, und wann muss ich das sagen?")
    await ana.sees_a_notice("Ich verstehe nur Englisch sicher", "#1")
    await ben.sees_a_card("#1 · open", "Elternzeit")


@scenario("a picture without a word is not passed over", "private", "attachments")
async def only_a_picture(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    await ana.says("", attaching=["screen.png"])
    await ana.sees_a_notice("I did not read screen.png")
    await ana.sees_nothing_more()


@scenario("a message of many pages is answered or passed on like any other", "private")
async def long(stage: Stage) -> None:
    ana = stage.asker("ana").in_private()
    await ana.says(f"{LEAVE} {'I have been here for years and like it. ' * 1000}")
    await stage.settles()
    assert len(await ana.sees_all()) == 1


@scenario("a command in a channel is answered to whoever gave it alone", "channels", "commands", "private")
async def command_in_a_channel(stage: Stage) -> None:
    ada, ana, lobby = stage.admin("ada"), stage.asker("ana"), stage.channel("lobby")
    await ada.at(lobby).commands("status")
    alone = ada.in_private() if "only_for" in (await stage.driver()).lacks else ada.at(lobby)
    await alone.sees_a_notice("documents")
    await ana.at(lobby).sees_nothing_more()


@scenario("where it is to be brief, an answer is its best quote alone", "channels", "threads")
async def brief(stage: Stage) -> None:
    ana, full, short = stage.asker("ana"), stage.channel("full"), stage.channel("short", style="brief")
    question = "How many days may I work from home, and how many from abroad?"
    whole = await ana.at((await ana.at(full).mentions_the_bot(question)).thread).sees_an_answer(citing="Remote work")
    best = await ana.at((await ana.at(short).mentions_the_bot(question)).thread).sees_an_answer(citing="Remote work")
    assert len(best.sources) == 1
    assert len(best.text) < len(whole.text)


@scenario("a channel says what is written there, where a question is too short to tell", "channels", "threads")
async def language_of_a_channel(stage: Stage) -> None:
    ana, lobby = stage.asker("ana"), stage.channel("lobby", language="de")
    asked = await ana.at(lobby).mentions_the_bot("Kantine montags?")
    await ana.at(asked.thread).sees_a_notice("Ich verstehe nur Englisch sicher", "#1")
    asked = await ana.at(lobby).mentions_the_bot(LEAVE)
    await ana.at(asked.thread).sees_an_answer(citing="Annual leave")
