"""A ticket as experts see it: one card, always in its true state."""

from __future__ import annotations

from typing import Final

from bot.models import Button, Reply, Source, Ticket, TicketState

STATES: Final[dict[TicketState, str]] = {
    "open": "open",
    "claimed": "taken",
    "answered": "answered",
    "resolved": "resolved",
    "cancelled": "closed",
}
_LONGEST_DRAFT: Final = 1500


def card(ticket: Ticket) -> Reply:
    """The card of a ticket as it stands now."""
    where = "in private" if ticket.conversation.private else f"in {ticket.conversation.channel}"
    fields = [
        ("Question", f"> {_quoted(ticket.question)}"),
        ("Asked by", f"{ticket.asker_name} {where}{', now in private' if ticket.private else ''}"),
        ("Why you", ticket.reason),
    ]
    if ticket.topic:
        fields.append(("Topic", ticket.topic))
    if ticket.draft:
        fields.append(("Draft", _cut(ticket.draft)))
    if ticket.claimant:
        fields.append(("With", ticket.claimant_name))
    if ticket.link:
        fields.append(("Also", f"{ticket.link} ({ticket.external_status or 'linked'})"))
    return Reply(
        id=ticket.card,
        kind="card",
        conversation=ticket.experts,
        title=f"#{ticket.number} · {_state(ticket)}",
        text=_headline(ticket),
        fields=tuple(fields),
        sources=ticket.sources,
        buttons=buttons(ticket),
        ticket=ticket.number,
    )


def buttons(ticket: Ticket) -> tuple[Button, ...]:
    """What can be done with a ticket now; the most useful first."""
    number = str(ticket.number)
    if ticket.state in ("resolved", "cancelled"):
        again = [Button("reopen", "Reopen", number)]
        if ticket.state == "resolved":
            again.insert(0, Button("make_knowledge", "Make this knowledge", number))
        return tuple(again)
    listed = [] if ticket.claimant else [Button("take", "Take it", number)]
    if ticket.draft:
        listed.append(Button("send_draft", "Send draft", number))
        listed.append(Button("edit_and_send", "Edit and send", number, asks="Answer"))
    if ticket.state == "answered":
        listed.append(Button("resolve", "Resolve", number))
        listed.append(Button("make_knowledge", "Make this knowledge", number))
    if ticket.claimant:
        listed.append(Button("release", "Give it back", number))
    if not ticket.conversation.private and ticket.private is None:
        listed.append(Button("go_private", "Go on in private", number))
    listed.append(Button("not_a_request", "Not a request", number))
    if ticket.sources:
        listed.append(Button("wrong_source", "Wrong source", number, asks="What is wrong with it?"))
    return tuple(listed)


def draft_with_sources(draft: str, sources: tuple[Source, ...]) -> str:
    """The draft as an asker gets it, its sources named at the end."""
    named = [f"[{source.number}] {' › '.join([source.title, *source.heading_path])}" for source in sources]
    return "\n".join([draft, "", *named]) if named else draft


def _state(ticket: Ticket) -> str:
    again = " again" if ticket.reopened and ticket.state == "open" else ""
    return STATES[ticket.state] + again


def _headline(ticket: Ticket) -> str:
    """What the notification shows."""
    return f"{ticket.asker_name} asks: {_cut(' '.join(ticket.question.split()), 200)}"


def _quoted(text: str) -> str:
    return _cut(text).replace("\n", "\n> ")


def _cut(text: str, most: int = _LONGEST_DRAFT) -> str:
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"
