"""What is removed: a person's words when they ask for it, and everything in its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Table,
    bindparam,
    delete,
    exists,
    literal,
    or_,
    select,
    tuple_,
    union,
    update,
)

from adapters.sql_store.schema import (
    audit,
    citations,
    conversations,
    credentials,
    exchanges,
    feedback,
    inbox,
    inbox_keys,
    outbox,
    posts,
    said,
    tickets,
)
from adapters.sql_store.unit import Unit
from adapters.sql_store.values import to_number
from bot.models import OPEN

MOST: Final = 2000
"""Rows that one transaction removes of a table: others wait for it."""


async def erase(unit: Unit, person: str) -> Mapping[str, int]:
    """Remove what a person wrote and what was answered to them.

    What is not finished stays until it is: unread events, replies on their way, open tickets with what is posted of
    them. The audit stays; it holds no text. Of an event its keys stay, so that no redelivery brings it back.
    """
    return {name: await unit.changed(statement, {"person": person}) for name, statement in _erasing().items()}


async def expire(unit: Unit, *, before: Mapping[str, datetime]) -> Mapping[str, int]:
    """Remove finished rows that are older; at most `MOST` of each table, so call it again while it finds as many.

    Open tickets stay, and with them their posts, exchanges, and the turns of their conversations.
    """
    counts = dict.fromkeys(before, 0)
    for name, moment in before.items():
        for step in _expiring()[name]:
            changed = await unit.changed(step.statement, {"before": to_number(moment), "most": MOST})
            counts[name] += changed if step.counts else 0
    return counts


@cache
def _erasing() -> dict[str, Any]:
    """In this order: what tells whose a row is goes last."""
    person: BindParameter[str] = bindparam("person")
    answered = select(exchanges.c.id).where(exchanges.c.asker == person)
    asked = select(tickets.c.number).where(tickets.c.asker == person, ~_is_open())
    alone = union(
        select(conversations.c.id).where(conversations.c.asker == person, conversations.c.private),
        select(inbox.c.lane).where(inbox.c.author == person, inbox.c.private),
    )
    posted = (
        or_(
            posts.c.reply.in_(answered), posts.c.ticket.in_(asked), posts.c.conversation.in_(alone),
            posts.c.only_for == person,
        ),
        ~_of_open_ticket(posts.c.ticket),
    )  # fmt: skip
    return {
        "citations": delete(citations).where(citations.c.reply.in_(select(posts.c.reply).where(*posted))),
        "posts": delete(posts).where(*posted),
        "outbox": delete(outbox).where(
            outbox.c.finished.is_not(None),
            or_(
                outbox.c.reply.in_(answered), outbox.c.ticket.in_(asked), outbox.c.lane.in_(alone),
                outbox.c.only_for == person,
            ),
        ),
        "said": delete(said).where(
            or_(said.c.author == person, said.c.conversation.in_(alone), said.c.message.in_(answered))
        ),
        "feedback": delete(feedback).where(feedback.c.person == person),
        "exchanges": delete(exchanges).where(exchanges.c.asker == person, ~_of_open_ticket(exchanges.c.ticket)),
        "tickets": delete(tickets).where(tickets.c.asker == person, ~_is_open()),
        "conversations": delete(conversations).where(conversations.c.asker == person, conversations.c.owner == ""),
        "inbox": update(inbox)
        .where(inbox.c.author == person, inbox.c.finished.is_not(None))
        .values(author="", message="", value=""),
        "credentials": delete(credentials).where(credentials.c.person == person),
    }  # fmt: skip


class _Step(NamedTuple):
    statement: Delete
    counts: bool = True


@cache
def _expiring() -> dict[str, list[_Step]]:
    before: BindParameter[int] = bindparam("before")
    events = _oldest(inbox.c.id, where=[inbox.c.finished < before], by=inbox.c.finished)
    posted = (posts.c.at < before, ~_of_open_ticket(posts.c.ticket), ~_is_open_card(posts.c.reply))
    old_posts = _oldest(posts.c.id, where=posted, by=posts.c.at)
    unheld = (conversations.c.updated < before, conversations.c.owner == "", ~_in_open_ticket(conversations.c.id))
    closed = (tickets.c.updated < before, ~_is_open())
    return {
        "inbox": [
            _Step(delete(inbox_keys).where(inbox_keys.c.event.in_(events)), counts=False),
            _Step(delete(inbox).where(inbox.c.id.in_(events))),
        ],
        "outbox": [_removal(outbox, outbox.c.finished < before, by=outbox.c.finished)],
        "posts": [
            _Step(
                delete(citations).where(
                    citations.c.reply.in_(select(posts.c.reply).where(posts.c.id.in_(old_posts)))
                ),
                counts=False,
            ),
            _Step(delete(posts).where(posts.c.id.in_(old_posts))),
        ],
        "turns": [
            _removal(said, said.c.at < before, ~_in_open_ticket(said.c.conversation), by=said.c.at),
            _removal(conversations, *unheld, by=conversations.c.updated),
        ],
        "exchanges": [
            _removal(exchanges, exchanges.c.at < before, ~_of_open_ticket(exchanges.c.ticket),
                by=exchanges.c.at,
            )
        ],
        "tickets": [_removal(tickets, *closed, by=tickets.c.updated)],
        "feedback": [
            _removal(feedback, feedback.c.at < before, by=feedback.c.at)
        ],
        "audit": [_removal(audit, audit.c.at < before, by=audit.c.at)],
        "credentials": [_removal(credentials, credentials.c.expires < before, by=credentials.c.expires)],
    }  # fmt: skip


def _oldest(*keys: Any, where: Sequence[ColumnElement[bool]], by: Any) -> Any:
    return select(*keys).where(*where).order_by(by, *keys).limit(bindparam("most"))


def _removal(table: Table, *conditions: ColumnElement[bool], by: Any) -> _Step:
    keys = list(table.primary_key)
    chosen = _oldest(*keys, where=conditions, by=by)
    return _Step(delete(table).where((keys[0] if len(keys) == 1 else tuple_(*keys)).in_(chosen)))


def _is_open(table: Any = tickets) -> Any:
    return table.c.state.in_(sorted(OPEN))


def _of_open_ticket(number: Any) -> Any:
    held = tickets.alias("held")
    return exists(select(literal(1)).select_from(held).where(_is_open(held), held.c.number == number))


def _is_open_card(reply: Any) -> Any:
    held = tickets.alias("held")
    return exists(select(literal(1)).select_from(held).where(_is_open(held), held.c.card == reply))


def _in_open_ticket(conversation: Any) -> Any:
    held = tickets.alias("held")
    return exists(
        select(literal(1)).select_from(held).where(
            _is_open(held), or_(held.c.conversation == conversation, held.c.private == conversation)
        )
    )  # fmt: skip
