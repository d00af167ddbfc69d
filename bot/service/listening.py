"""Is a message for the bot? Who has the thread?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from bot.models import OPEN, ConversationState, Message, Person, Said, Ticket
from bot.service.rooms import Room

Verdict = Literal["answer", "to_asker", "to_experts", "take_over", "remember", "ignore"]

_ASKS: Final = re.compile(
    r"\?|^\W*(hi|hello|hey|good (morning|afternoon|evening))?\W*(how|what|when|where|who|whom|whose|which|why|can|"
    r"could|do|does|did|is|are|am|was|were|will|would|should|shall|may|has|have|any(one|body)|some(one|body)|please|help|"
    r"i need|i can'?t|i cannot|i want|i would like|i'd like|we need|we can'?t|looking for|need)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS: Final = 3
_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Scene:
    """A message and everything that decides what becomes of it.

    `said` is what came before. `ticket` is the open one of the conversation, `card` the one whose card the message was
    written under. `experts`: the author answers for the organisation here.
    """

    message: Message
    author: Person
    state: ConversationState
    room: Room
    said: tuple[Said, ...] = ()
    ticket: Ticket | None = None
    card: Ticket | None = None
    experts: bool = False


def verdict(scene: Scene) -> Verdict:
    """What to do with a message.

    `to_asker` and `to_experts` relay it; `take_over` leaves the thread to the person who wrote; `remember` keeps it as
    context and says nothing.
    """
    message, state, ticket = scene.message, scene.state, scene.ticket
    if message.from_bot or not says_something(message):
        return "ignore"
    if scene.card is not None:
        return "to_asker" if scene.experts else "ignore"
    called = message.address in ("mention", "command")
    if ticket is not None and ticket.state in OPEN and not called:
        return "to_experts" if message.author == ticket.asker else "remember"
    if state.owner and not called:
        return "remember"
    return "answer" if called or message.address == "direct" else _in_a_channel(scene)


def says_something(message: Message) -> bool:
    """A lone emoji or a row of dots asks nothing; a picture without words does."""
    return bool(_LETTER.search(message.text) or re.search(r"\d|\?", message.text) or message.attachments)


def looks_like_a_question(text: str) -> bool:
    """Whether something that was only seen in a channel deserves a look."""
    return len(text.split()) >= _FEWEST_WORDS and _ASKS.search(text) is not None


def _in_a_channel(scene: Scene) -> Verdict:
    """What was not addressed to the bot at all."""
    message, state = scene.message, scene.state
    if state.answered:
        # Its own thread: the asker needs to call nobody, and anybody else who speaks there takes over.
        return "answer" if message.author == state.asker else "take_over"
    if scene.room.mode == "mention" or not looks_like_a_question(message.text):
        return "ignore"
    if state.asker and message.author != state.asker:
        return "take_over"
    return "answer"
