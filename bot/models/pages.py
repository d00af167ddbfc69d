"""What is shown at once, without a place in the journal: pages, modals, a bot's home."""

from __future__ import annotations

from dataclasses import dataclass

from bot.models.messages import Event
from bot.models.replies import Posted, Reply
from bot.models.tickets import ConversationState, Learned, Said, Ticket
from knowledge.models import Passage


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation as it stands: what people `said`, what was `posted`, and what is not decided yet, oldest first.

    `ticket` is its latest one, None if there never was any.
    """

    state: ConversationState
    said: tuple[Said, ...]
    posted: tuple[Posted, ...]
    pending: tuple[Event, ...]
    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket as an expert sees it: its `card` as it stands now, and what people `said`, oldest first.

    `notes` stand under the card. `learned` are answers that wait for review, with their `check` in words.
    """

    ticket: Ticket
    card: Reply
    said: tuple[Said, ...]
    notes: tuple[Posted, ...] = ()
    learned: tuple[Learned, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A passage in its document: all passages of that, in order, as far as the reader may read it."""

    passage: Passage
    passages: tuple[Passage, ...]
