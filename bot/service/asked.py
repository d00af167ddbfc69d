"""A question -> an answer, a question back, a ticket, or a stated reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.models import (
    LONGEST_QUESTION,
    Answer,
    Button,
    ConversationState,
    Exchange,
    Job,
    Message,
    Progress,
    Question,
    Reply,
    ReplyKind,
    Said,
    Ticket,
    brief,
    exchange_of,
    made_id,
    sources_of,
)
from bot.ports import Directory, Work
from bot.router.answers import Answers, Made
from bot.router.followups import standalone
from bot.service import languages, wording
from bot.service.listening import Scene
from bot.service.rooms import Rooms
from bot.tickets.desk import Asked, Desk, owner_of, withdraw
from knowledge.errors import KnowledgeError

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Questions:
    """Everything that answering needs."""

    directory: Directory
    answers: Answers
    rooms: Rooms
    desk: Desk
    clock: Callable[[], datetime]

    async def decide(self, job: Job, scene: Scene) -> Answered:
        """Search and score; nothing is stored yet. What is wrong with the knowledge becomes a ticket."""
        message, author = scene.message, scene.author
        groups = author.readable
        if not message.conversation.private:
            groups = groups & await self.directory.audience(message.conversation)
        text = message.text.strip()[:LONGEST_QUESTION]
        if scene.state.clarifying:
            text = f"{scene.state.clarifying} {text}"[:LONGEST_QUESTION]
        question = Question(text=text, groups=groups, today=self.clock().date(), collections=scene.room.collections)
        try:
            said = [each for each in scene.said if each.message != message.id]
            question = replace(question, history=await self.answers.remembered(said, groups=groups))
            made = await self.answers.ask(question)
            if scene.room.style == "brief":
                made = replace(made, answer=brief(made.answer))
        except KnowledgeError as exc:
            # The desk still works without documents: a person answers.
            log.error("knowledge.unavailable", error=type(exc).__name__)
            made = None
        return Answered(self, job, scene, question, made)


@dataclass(frozen=True, slots=True)
class Answered:
    """What was found for a message; `made` is None if nothing could be searched.

    `again`: the message was edited, so what is said replaces what was said before.
    """

    all: Questions
    job: Job
    scene: Scene
    question: Question
    made: Made | None
    again: bool = False

    async def commit(self, work: Work) -> None:
        """Look again who has the thread, then store what is said, and say it."""
        message = self.scene.message
        asked = Said.of(message, text=self.question.text)
        if await work.inbox.stops(message.conversation, after=self.job):
            await work.turns.add(asked)  # without a word to it, by which whoever stopped it is told so
            return
        state = await work.turns.state(message.conversation)
        if state.owner != self.scene.state.owner and message.address not in ("mention", "command"):
            # A person has taken over while we were looking: the bot never talks over them.
            await self._leave_to_owner(work, state)
            return
        await work.turns.add(asked)
        state = replace(state, asker=state.asker or message.author, clarifying="")
        if self._only_overheard():
            await work.turns.save(state)
            return
        reply, ticket, state = await self._reply(work, state)
        if reply is not None:
            await work.outbox.add(reply, "update" if self.again else "post")
            await work.turns.add(
                Said(message.conversation, "assistant", "deskhand", reply.id, reply.text, self.all.clock())
            )
            state = replace(state, answered=True)
        await work.turns.save(state)
        if self.made is not None:
            await work.exchanges.add(self._exchange(self.made, ticket))

    @property
    def progress(self) -> Progress:
        made = self.made
        if self._only_overheard():
            return "ignored"
        return "answered" if made and made.answer.outcome == "answered" else "needs_person"

    def _only_overheard(self) -> bool:
        """Something that was not addressed to the bot, and for which it has nothing to offer."""
        if self.scene.message.address != "seen" or self.scene.state.answered or self.made is None:
            return False
        answer = self.made.answer
        if self.scene.room.mode == "draft":
            return answer.route.name == "small_talk"
        # "Has anybody seen my keys?" is not for the bot, and not for its experts.
        return answer.outcome != "answered" and answer.route.name != "knowledge"

    async def _reply(
        self, work: Work, state: ConversationState
    ) -> tuple[Reply | None, Ticket | None, ConversationState]:
        """What is said, the ticket if the question is handed over, and the conversation as it is from now on."""
        if self.made is None:
            ticket = await self._hand_over(work, "The documents could not be searched.")
            text = wording.unsearchable(ticket, when=self._when())
            said = self._say("notice", text, withdraw(ticket), ticket=ticket)
            return said, ticket, replace(state, owner=owner_of(ticket))
        answer, message = self.made.answer, self.scene.message
        drafts = self.scene.room.mode == "draft" and (self.scene.author.external or message.address == "seen")
        if answer.route.name == "small_talk":
            return self._say("notice", wording.small_talk(message.text)), None, state
        if answer.route.name == "clarify" and not state.clarified:
            asked = replace(state, clarifying=self.question.text, clarified=True)
            return self._say("question", wording.UNCLEAR, self._ask_person()), None, asked
        if drafts or not (told := self._without_people(answer)):
            return await self._escalate(work, answer, state, drafts=drafts)
        return told, None, replace(state, clarified=False)

    def _without_people(self, answer: Answer) -> Reply | None:
        """The answer, or that there is none; None if a person has to see the question."""
        if answer.outcome == "answered":
            return self._answer(answer)
        if answer.route.name == "admin" and self.scene.author.may("expert"):
            return self._say("notice", wording.COMMANDS, self._ask_person())
        foreign = self._language != languages.ENGLISH
        if answer.route.name in ("admin", "out_of_scope") and not foreign:
            # What is far from all documents in English may be near in another language: that is for people to tell.
            return self._say("notice", wording.not_found(answer.evidence, when=self._when()), self._ask_person())
        return None

    def _ask_person(self) -> Button:
        return Button("ask_person", "Ask a person", self.id)

    async def _escalate(
        self, work: Work, answer: Answer, state: ConversationState, *, drafts: bool
    ) -> tuple[Reply | None, Ticket | None, ConversationState]:
        there = await work.tickets.open_in(self.scene.message.conversation)
        ticket = await self._hand_over(work, wording.reason(answer, draft_mode=drafts))
        state = replace(state, owner=owner_of(ticket))
        if drafts and not there and self.scene.message.address == "seen":
            return None, ticket, state
        if there:
            text = wording.added(there)
        elif drafts:
            text = wording.passed_for_review(ticket, when=self._when())
        else:
            text = wording.handed_over(ticket, route=answer.route, evidence=answer.evidence, when=self._when())
        if first := languages.HANDED_OVER.get(self._language):
            text = f"{first}\n\n{text}"
        return self._say("notice", text, withdraw(ticket), ticket=ticket), ticket, state

    async def _hand_over(self, work: Work, reason: str) -> Ticket:
        message, made = self.scene.message, self.made
        asked = Asked(
            conversation=message.conversation,
            message=message.id,
            asker=self.scene.author,
            question=self.question.text,
            reason=reason,
            experts=self.all.rooms.experts(self.scene.room, ""),
            exchange=self.id,
        )
        if made is None:
            return await self.all.desk.open(work, asked)
        topic = made.answer.route.topic
        asked = replace(asked, topic=topic, experts=self.all.rooms.experts(self.scene.room, topic))
        if made.answer.route.name == "person":
            # "A human, please" is about what was asked before, if anything was; it is no question to draft on.
            before = await work.exchanges.last(message.conversation)
            if before and before.route in ("knowledge", "out_of_scope", "clarify"):
                question = f"{before.standalone}\n{self.question.text}"
                asked = replace(asked, question=question, draft=before.text, sources=before.sources)
        else:
            asked = replace(asked, draft=made.answer.text, sources=sources_of(made.answer))
        return await self.all.desk.open(work, asked)

    def _answer(self, answer: Answer) -> Reply:
        heard = answer.standalone if answer.standalone != self.question.text else ""
        opening = f"*{heard}*\n\n" if heard else ""
        said = self._say("answer", opening + answer.text, self._ask_person())
        return replace(said, sources=sources_of(answer), votes=True)

    def _say(self, kind: ReplyKind, text: str, *buttons: Button, ticket: Ticket | None = None) -> Reply:
        message = self.scene.message
        return Reply(
            id=self.id,
            kind=kind,
            conversation=message.conversation,
            text=text + wording.unread(message.attachments),
            buttons=buttons,
            answers=message.id,
            ticket=ticket.number if ticket else 0,
        )

    async def _leave_to_owner(self, work: Work, state: ConversationState) -> None:
        message = self.scene.message
        ticket = await work.tickets.open_in(message.conversation)
        if ticket and message.author == ticket.asker:
            text = self.question.text
            await self.all.desk.from_asker(work, ticket, self.scene.author, text=text, message=message.id)
        await work.turns.add(Said.of(message))

    def _understood(self, answer: Answer) -> str:
        """The question made whole by what people wrote before it. What the bot said may not be for all who read this:
        experts, and whoever looks after the bot."""
        if not answer.standalone:
            return self.question.text
        return standalone(self.question.text, tuple(turn for turn in self.question.history if turn.role == "user"))

    @property
    def _language(self) -> str:
        return languages.language_of(self.question.text, usual=self.scene.room.language)

    def _when(self) -> str:
        return self.all.desk.when(self.scene.author.zone)

    @property
    def id(self) -> str:
        return answer_id(self.scene.message)

    def _exchange(self, made: Made, ticket: Ticket | None) -> Exchange:
        message = self.scene.message
        return exchange_of(
            made.answer,
            id=self.id,
            conversation=message.conversation,
            message=message.id,
            asker=message.author,
            question=message.text,
            standalone=self._understood(made.answer),
            groups=self.question.groups,
            at=self.all.clock(),
            ticket=ticket.number if ticket else 0,
            origin=made.origin,
        )


def answer_id(message: Message) -> str:
    """The id of the reply to a message."""
    return made_id("answer", message.conversation.id, message.id)
