"""Replies, cards and lists for people: calm, readable at 80 columns, with and without colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from adapters.terminal.console import count, safe
from adapters.terminal.journal.markdown import Barred, markdown, plain
from adapters.terminal.layout import rows
from adapters.terminal.sources import origin, place
from bot.models import Button, Exchange, Found, Reply, Source, Ticket, TicketState, in_meaning, in_words

Hint = Callable[[Button], str]
"""How a button is pressed here: `/take 3`; empty if not at all."""

_FOUND: Final = 8
_STATES: Final[dict[TicketState, str]] = {
    "open": "waits for somebody to take it",
    "claimed": "taken",
    "answered": "answered",
    "resolved": "resolved",
    "cancelled": "closed",
}
_SHORT: Final = 60


class Hints:
    """Commands, dim; none is broken where a line ends."""

    def __init__(self, hints: Sequence[str]) -> None:
        self._hints = hints

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines: list[str] = []
        for each in self._hints:
            if lines and len(lines[-1]) + 2 + len(each) <= options.max_width:
                lines[-1] += f"  {each}"
            else:
                lines.append(each)
        yield Text("\n".join(lines), style="dim")


def show_reply(reply: Reply, *, hint: Hint) -> RenderableType:
    """A reply as the asker sees it: what is said, where it stands, what can be done about it."""
    body = markdown(reply.text)
    parts: list[RenderableType] = [Barred(body, style="green") if reply.kind == "relay" else body]
    if reply.title:
        parts.insert(0, Text(safe(reply.title), style="bold"))
    if reply.sources:
        parts += [Text(), show_sources(reply.sources)]
    if hints := _hints(reply, hint):
        parts += [Text(), Hints(hints)]
    return Group(*parts)


def show_card(reply: Reply, *, hint: Hint) -> RenderableType:
    """A ticket's card with all that is known of it."""
    number = reply.ticket
    title = Text(safe(reply.title), style="bold").append(f"  #{safe(reply.conversation.channel)}", style="dim not bold")
    fields: list[tuple[RenderableType, RenderableType]] = [
        (Text(label, style="dim"), markdown(value)) for label, value in reply.fields
    ]
    if reply.sources:
        fields.append((Text("Sources", style="dim"), show_sources(reply.sources)))
    hints = [f"/reply {number} TEXT", *filter(None, map(hint, reply.buttons))]
    return Group(title, Text(), _fields(fields), Text(), Hints(hints))


def show_note(reply: Reply, *, number: int) -> RenderableType:
    """What is said under a card: `#3  Bob: and on Sundays?`"""
    lead = [Text(f"#{number}", style="bold")] if number else []
    return rows([(*lead, markdown(reply.text))], gap=2, first="")


def show_sources(sources: Sequence[Source], *, whole: bool = False) -> Table:
    """`whole`: with the address written out."""
    return rows(
        (Text(f"[{source.number}]"), Group(Text(place(source.title, source.heading_path)), _origin(source, whole)))
        for source in sources
    )


def show_queue(tickets: Sequence[Ticket], *, now: datetime | None = None) -> RenderableType:
    now = now or datetime.now(UTC)
    if not tickets:
        return Text("Nothing is waiting.", style="dim")
    lines = (
        (
            Text(f"#{ticket.number}"),
            Group(
                Text(_short(ticket.question)),
                Text(f"{safe(ticket.asker_name)}, {_ago(now, ticket.opened)} · {_standing(ticket)}", style="dim"),
            ),
        )
        for ticket in tickets
    )
    return rows(lines, gap=2, first="bold")


def show_mine(exchanges: Sequence[Exchange], tickets: Sequence[Ticket]) -> RenderableType:
    """What somebody asked, latest last, as one reads upwards."""
    by_number = {ticket.number: ticket for ticket in tickets}
    asked = [exchange for exchange in exchanges if exchange.question]
    if not asked:
        return Text("You have asked nothing yet.", style="dim")
    return rows(
        (
            Text(f"{exchange.at.astimezone():%d %b %H:%M}", style="dim"),
            Group(Text(_short(exchange.question)), Text(_became(exchange, by_number), style="dim")),
        )
        for exchange in reversed(asked)
    )


def show_why(exchange: Exchange) -> RenderableType:
    """How a question was understood, what was found for it, and how sure that made the bot."""
    parts: list[RenderableType] = []
    if exchange.standalone not in ("", exchange.question):
        parts.append(Text(f"Understood as: {_short(exchange.standalone, 200)}"))
    if exchange.found:
        parts.append(Text("What was found, best first; what was quoted has a dot.", style="dim"))
        most = max(found.bm25 for found in exchange.found)
        shown = exchange.found[:_FOUND]
        parts.append(rows((Text("●" if found.cited else "·"), _found(found, most)) for found in shown))
    else:
        parts.append(Text("Nothing was found that you may read.", style="dim"))
    return Group(*parts, Text(), _sureness(exchange))


def first_words(reply: Reply) -> str:
    """An earlier reply in one line."""
    return _short(plain(reply.text), 300)


def _hints(reply: Reply, hint: Hint) -> list[str]:
    """What can be done about it; what stands alone says what it does."""
    pressed = [(command, button.label) for button in reply.buttons if (command := hint(button))]
    if reply.votes:
        return ["/helpful", "/unhelpful WHY", *(command for command, _ in pressed), "/why"]
    if len(pressed) == 1:
        command, label = pressed[0]
        return [f"{command} · {safe(label[:1].lower() + label[1:])}"]
    return [command for command, _ in pressed]


def _fields(fields: Sequence[tuple[RenderableType, RenderableType]]) -> Group:
    """Short ones close together, long ones with air around them."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in fields:
        table.add_row(label, value)
    return Group(table)


def _origin(source: Source, whole: bool) -> Text:
    name = "" if whole else source.document
    return origin(updated=source.updated, owner=source.owner, uri=source.uri, name=name)


def _short(text: str, most: int = _SHORT) -> str:
    words = " ".join(safe(text).split())
    return words if len(words) <= most else f"{words[: most - 2].rstrip()} …"


def _standing(ticket: Ticket) -> str:
    return f"{_STATES[ticket.state]} by {safe(ticket.claimant_name)}" if ticket.claimant else _STATES[ticket.state]


def _became(exchange: Exchange, tickets: dict[int, Ticket]) -> str:
    if ticket := tickets.get(exchange.ticket):
        return f"#{ticket.number} {_standing(ticket)}"
    if exchange.ticket:
        return f"#{exchange.ticket}"
    return "answered" if exchange.outcome == "answered" else "no answer found"


def _ago(now: datetime, then: datetime) -> str:
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 1:
        return "just now"
    if minutes < 90:
        return f"{count(minutes, 'minute')} ago"
    return f"{count(round(minutes / 60), 'hour')} ago" if minutes < 36 * 60 else f"{round(minutes / 1440)} days ago"


def _found(found: Found, most: float) -> Text:
    how = f"{in_meaning(found.cosine)}, {in_words(found.bm25, most)}"
    return Text(place(found.title, found.heading_path)).append(f"\n{how}", style="dim")


def _sureness(exchange: Exchange) -> Text:
    answered = exchange.outcome == "answered"
    text = Text("● ", style="green") if answered else Text("○ ", style="yellow")
    words = "Sure enough to answer" if answered else "Not sure enough to answer"
    text.append(f"{words}: {exchange.confidence:.2f}, where answers start at {exchange.threshold:.2f}", style="default")
    origin = {"cached": "  from the cache", "pinned": "  pinned by an admin"}.get(exchange.origin, "")
    return text.append(origin, style="dim default")
