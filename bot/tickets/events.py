"""Tickets for programs, and their events as they leave by webhook."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from bot.models import Conversation, Reply, Ticket, made_id

WEBHOOK: Final = "webhook"


def ticket_event(ticket: Ticket, what: str, *, by: str, at: datetime) -> Reply:
    """A ticket event as it leaves by webhook; without what anybody wrote but the question."""
    form = {
        "event": f"ticket.{what}",
        "at": at.isoformat(),
        "by": by,
        "ticket": ticket_form(ticket),
    }
    return Reply(
        id=made_id(WEBHOOK, ticket.card, what, at.isoformat()),
        kind="event",
        conversation=Conversation(WEBHOOK, "tickets", str(ticket.number)),
        text=json.dumps(form),
        ticket=ticket.number,
    )


def ticket_form(ticket: Ticket) -> dict[str, object]:
    """A ticket for programs."""
    return {
        "number": ticket.number,
        "state": ticket.state,
        "question": ticket.question,
        "reason": ticket.reason,
        "topic": ticket.topic,
        "asker": ticket.asker,
        "claimant": ticket.claimant,
        "opened": ticket.opened.isoformat(),
        "link": ticket.link,
        "external_status": ticket.external_status,
    }
