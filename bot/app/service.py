"""The bot at work: intake, workers and senders over the parts of an App."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from bot.app.clock import now
from bot.intake import Intake
from bot.router.answers import Answers
from bot.service import Room, Rooms, SupportBot, TopicRoom
from bot.service.asked import Questions
from bot.service.changes import Changes
from bot.service.orders import Orders
from bot.service.presses import Presses
from bot.service.recheck import Recheck
from bot.tickets.desk import Desk, Promise
from bot.tickets.events import WEBHOOK
from bot.tickets.hours import Hours, zone_named
from bot.worker import Sender, Timing, Upkeep, Worker
from bot.worker.jobs import Jobs

if TYPE_CHECKING:
    from bot.app import App
    from bot.ports import Channel
    from bot.settings import Settings

_SENDERS: Final = 8
_TRIES_AN_HOUR: Final = 12


class Service:
    """Everything that runs. `intake` takes events in; `run` works on them until `stop`."""

    def __init__(self, app: App, *, channels: Mapping[str, Channel] | None = None, name: str = "") -> None:
        settings = app.settings
        channels = app.channels if channels is None else channels
        self._app = app
        name = name or f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        rooms = rooms_of(settings)
        desk = desk_of(app, channels)
        answers = Answers(
            ask=app.ask,
            cache=app.cache,
            index=app.catalogue,
            catalogue=app.catalogue,
            store=app.store,
            recipe=f"quoted|{app.threshold}|{settings.embedder.model}",
        )
        questions = Questions(directory=app.directory, answers=answers, rooms=rooms, desk=desk, clock=now)
        presses = Presses(
            store=app.store,
            channels=channels,
            rooms=rooms,
            desk=desk,
            clock=now,
        )
        bot = SupportBot(
            store=app.store,
            directory=app.directory,
            channels=channels,
            questions=questions,
            presses=presses,
            changes=Changes(app.store, app.directory, questions, rooms, desk),
            orders=Orders(app.admin, app.directory),
            rooms=rooms,
            desk=desk,
        )
        timing = Timing(at_once=settings.work.at_once, lease=timedelta(seconds=settings.work.lease_seconds))
        self.intake = Intake(store=app.store, directory=app.directory, index=app.catalogue, wake=app.wake)
        self.worker = Worker(
            store=app.store,
            wake=app.wake,
            bot=bot,
            name=name,
            timing=timing,
            deadline=timedelta(seconds=settings.work.deadline_seconds),
            attempts=settings.work.attempts,
        )
        self.sender = Sender(
            store=app.store,
            wake=app.wake,
            channels=channels,
            name=name,
            timing=Timing(at_once=_SENDERS, lease=timing.lease),
            undeliverable=desk.undeliverable,
            recheck=Recheck(app.store, app.directory, app.catalogue, desk),
            attempts=_TRIES_AN_HOUR * settings.work.send_hours,
        )
        self.jobs = Jobs(
            store=app.store,
            wake=app.wake,
            execute=app.jobs.execute,
            name=name,
            timing=Timing(at_once=1, poll=timedelta(seconds=1)),
        )
        self._upkeep = Upkeep(store=app.store, remind=desk.remind, keep=keep_of(settings), clock=now)

    async def run(self) -> None:
        """Until `stop`; then what is running has 18 s to end. Raises StoreUnavailable if there is no database."""
        await self._app.store.migrate()
        upkeep = asyncio.create_task(self._upkeep.run())
        try:
            await asyncio.gather(self.worker.run(), self.sender.run(), self.jobs.run())
        finally:
            upkeep.cancel()

    def stop(self) -> None:
        for loop in (self.worker, self.sender, self.jobs):
            loop.stop()


def desk_of(app: App, channels: Mapping[str, Channel]) -> Desk:
    return Desk(
        promise=promise_of(app.settings),
        directory=app.directory,
        experts=rooms_of(app.settings).usual_experts,
        index=app.catalogue,
        clock=now,
        events=events_of(app.settings, channels),
    )


def promise_of(settings: Settings) -> Promise:
    hours, experts = settings.hours, settings.experts
    return Promise(
        hours=Hours(zone=zone_named(hours.zone) or UTC, week=hours.week, holidays=hours.dates, yearly=hours.yearly),
        usual=timedelta(minutes=experts.usual_minutes),
        remind=timedelta(minutes=experts.remind_minutes),
        reassign=timedelta(minutes=experts.reassign_minutes),
    )


def events_of(settings: Settings, channels: Mapping[str, Channel]) -> Callable[[str], bool]:
    """Which ticket events leave by webhook."""
    chosen = settings.webhook.events
    return lambda event: WEBHOOK in channels and (chosen is None or event in chosen)


def rooms_of(settings: Settings) -> Rooms:
    return Rooms(
        rooms={
            each.id: Room(each.mode, each.collections, each.experts, each.style, each.language)
            for each in settings.channel
        },
        topics={each.name: TopicRoom(each.collections, each.audience, each.experts) for each in settings.topic},
        experts=settings.experts.channel,
    )


def keep_of(settings: Settings) -> dict[str, timedelta]:
    """How long finished rows of each table are kept; what lets nobody in any more, not at all."""
    days = {
        "inbox": settings.retention.deliveries,
        "outbox": settings.retention.deliveries,
        "turns": settings.retention.messages,
        "exchanges": settings.retention.messages,
        "posts": settings.retention.messages,
        "tickets": settings.retention.tickets,
        "feedback": settings.retention.feedback,
        "audit": settings.retention.audit,
    }
    return {table: timedelta(days=count) for table, count in days.items() if count} | {"credentials": timedelta(0)}
