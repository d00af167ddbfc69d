"""The way back for the bot into a thread that a person has taken over: a button under its last answer there.

Nothing is posted for it. The bot never talks over people, not even to say that it no longer talks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.models import Button, Conversation
from bot.ports import Channel, Work

_BUTTON: Final = Button("resume", "Bring the bot back", "-")


async def offer(work: Work, conversation: Conversation, channel: Channel | None) -> None:
    if channel is not None and not channel.lacks & {"update", "buttons"}:
        await _show(work, conversation, offered=True)


async def take_away(work: Work, conversation: Conversation) -> None:
    await _show(work, conversation, offered=False)


async def _show(work: Work, conversation: Conversation, *, offered: bool) -> None:
    last = await work.exchanges.last(conversation)
    posted = await work.posts.get(last.id) if last else None
    if posted is None:
        return
    others = tuple(button for button in posted.reply.buttons if button != _BUTTON)
    shown = replace(posted.reply, buttons=(*others, _BUTTON) if offered else others)
    if shown != posted.reply:
        await work.outbox.add(shown, "update")
