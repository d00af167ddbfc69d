"""What arrives, for programs. The package's docstring has the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from adapters.terminal.journal.feed import News
from bot.models import Conversation, Event, Exchange, Message, Ticket


def ready(person: str, conversation: Conversation) -> dict[str, Any]:
    return {"event": "ready", "person": person, "conversation": simple(conversation)}


def accepted(event: Event) -> dict[str, Any]:
    form = {"event": "accepted", "type": type(event).__name__.lower(), "conversation": simple(event.conversation)}
    return form | ({"id": event.id} if isinstance(event, Message) else {})


def news_form(news: News) -> dict[str, Any]:
    if news.gone:
        return {"event": "deleted", "id": news.reply.id}
    event = "posted" if news.before is None else "updated"
    return {"event": event, "reply": simple(news.reply), "at": news.posted.at.isoformat()}


def queue(tickets: Sequence[Ticket]) -> dict[str, Any]:
    return {"event": "queue", "tickets": simple(tickets)}


def mine(exchanges: Sequence[Exchange], tickets: Sequence[Ticket]) -> dict[str, Any]:
    return {"event": "mine", "exchanges": simple(exchanges), "tickets": simple(tickets)}


def why(exchange: Exchange) -> dict[str, Any]:
    return {"event": "why", "exchange": simple(exchange)}


def note(text: str) -> dict[str, Any]:
    return {"event": "note", "text": text}


def failed(text: str, *, typed: str) -> dict[str, Any]:
    return {"event": "failed", "text": text, "typed": typed}


def simple(value: Any) -> Any:
    """A value of `bot.models` as JSON has it."""
    if is_dataclass(value):
        return {field.name: simple(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): simple(each) for key, each in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(simple(each) for each in value)
    if isinstance(value, list | tuple):
        return [simple(each) for each in value]
    return value
