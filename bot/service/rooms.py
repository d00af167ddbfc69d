"""What settings say of a channel, and which experts a question goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.models import Conversation, Person

Mode = Literal["mention", "draft", "automatic"]
Style = Literal["full", "brief"]


@dataclass(frozen=True, slots=True)
class Room:
    """A channel. `collections` None: all of them. `experts` empty: those of the topic, or the usual ones.

    `language` is what people write there, BCP 47; empty if nobody said.
    """

    mode: Mode = "mention"
    collections: frozenset[str] | None = None
    experts: str = ""
    style: Style = "full"
    language: str = ""


@dataclass(frozen=True, slots=True)
class TopicRoom:
    """Where the questions of a topic are searched, and who answers what is not found. `audience` None: everyone."""

    collections: frozenset[str] | None = None
    audience: frozenset[str] | None = None
    experts: str = ""


class Rooms:
    """All channels and topics. `experts` is where questions go if nothing else is said: `terminal:experts`."""

    def __init__(self, *, rooms: Mapping[str, Room], topics: Mapping[str, TopicRoom], experts: str) -> None:
        self._rooms = rooms
        self._topics = topics
        self._experts = experts
        everywhere = [
            experts,
            *(room.experts for room in rooms.values()),
            *(topic.experts for topic in topics.values()),
        ]
        self._expert_rooms = frozenset(filter(None, everywhere))

    def of(self, conversation: Conversation, asker: Person) -> Room:
        """People from outside get drafts that a person has seen, unless their channel says otherwise."""
        known = self._rooms.get(conversation.room)
        if known is None:
            return Room(mode="draft" if asker.external else "mention")
        return known

    @property
    def usual_experts(self) -> Conversation:
        return _conversation(self._experts)

    def is_for_experts(self, conversation: Conversation) -> bool:
        return conversation.room in self._expert_rooms

    def experts(self, room: Room, topic: str) -> Conversation:
        """The channel where the card goes."""
        of_topic = self._topics[topic].experts if topic in self._topics else ""
        return _conversation(room.experts or of_topic or self._experts)


def _conversation(room: str) -> Conversation:
    platform, _, channel = room.partition(":")
    return Conversation(platform, channel)
