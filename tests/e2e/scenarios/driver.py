"""What a platform's driver does: acts as its people do, and reads what they see.

A new platform is one driver and one line in `drivers/registry.py`. A driver knows its platform; what the bot should do
stands in the scenarios alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from bot.app import App
from bot.intake import Intake
from bot.models import Capability
from bot.ports import Channel
from tests.e2e.scenarios.world import World

DESK: Final = "experts"
"""The room of those who answer, where cards are."""
Need = (
    Capability
    | Literal["channels", "joining", "edits", "deletions", "attachments", "files", "commands"]
    | Literal["stopping", "resuming", "redelivery", "reasons", "notices"]
)
"""What a scenario needs of a platform: what its channel can do, and what its people can.

`channels`: more than private conversations. `joining`: to see and to do something where others write, in a thread that
somebody else began or at the desk of experts. `files`: more than one attachment of a message. `stopping`: of an answer
on its way. `resuming`: to call the bot back. `redelivery`: what was accepted may arrive again. `reasons`: of a vote.
`notices`: to experts, of what belongs to no ticket.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where people write: in private (`owner`), or in a `room`, of which a `thread` is one post and what is under it.

    Names are the scenario's; what the platform calls them, its driver knows.
    """

    room: str = ""
    thread: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote. `thread` is where it is answered. `accepted`: the platform was told that it arrived."""

    id: str
    place: Place
    thread: Place
    accepted: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A post of the bot as a person sees it now. Its `id` stays the same when the post changes.

    `text` is all that can be read of it, `title` and fields of a card too, without marks of any markup. `sources` are
    the titles of what it cites, `buttons` the labels that can be pressed, `votes` whether it can be voted on.
    """

    id: str
    text: str
    title: str = ""
    sources: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    votes: bool = False


class Driver(Protocol):
    """A platform with people on it. They are called by their names in the scenario: `ana`."""

    @property
    def channel(self) -> Channel:
        """The adapter that is under test, outwards."""
        ...

    @property
    def lacks(self) -> frozenset[Need]: ...

    def person(self, name: str) -> str:
        """The `Person.id` of somebody."""
        ...

    def room(self, name: str) -> str:
        """A channel as settings name it: `slack:T1/C2`."""
        ...

    async def open(self, intake: Intake, *, app: App, world: World) -> None:
        """The bot can be reached: from now on people act. `app` are its parts, `world` is what scenarios share."""
        ...

    async def close(self) -> None: ...

    async def write(
        self, by: str, text: str, *, at: Place, way: Literal["plain", "mention", "command"], files: Sequence[str]
    ) -> Written:
        """Write a message; a `plain` one in a channel is addressed to nobody. `files` are names of what comes with it.

        Where the bot says that it could not keep it, it is not delivered again before `deliver_again`.
        """
        ...

    async def deliver_again(self, written: Written) -> bool:
        """The platform, or whoever wrote it, sends the same once more; whether that was accepted.

        What was accepted before is sent again with `redelivery` only.
        """
        ...

    async def edit(self, by: str, written: Written, text: str) -> None: ...

    async def delete(self, by: str, written: Written) -> None: ...

    async def stop(self, by: str, at: Place) -> None: ...

    async def resume(self, by: str, at: Place) -> None:
        """Tell the bot that it may speak again in a thread that a person has."""
        ...

    async def press(self, by: str, post: Seen, label: str, *, typing: str) -> None: ...

    async def vote(self, by: str, post: Seen, *, helpful: bool, reason: str) -> None: ...

    def loses_its_answer(self) -> None:
        """The platform does the next thing that the bot wants of it, but the bot never hears that it did."""
        ...

    def refuses_a_post(self) -> None:
        """The platform does not take the next thing that the bot wants of it, and never will."""
        ...

    async def sees(self, by: str, at: Place) -> Sequence[Seen]:
        """What the bot posted there, as this person sees it, oldest first. A room is seen with all of its threads."""
        ...
