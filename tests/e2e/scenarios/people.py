"""People, what they do, and what they see.

    ana = stage.asker("ana")
    asked = await ana.in_private().says("How many days of annual leave do I get?")
    answer = await ana.in_private().sees_an_answer(citing="Annual leave")
    await ana.in_private().votes(on=answer, helpful=False, because="It is out of date.")

What a person has seen counts once: the next expectation looks at what is new to them. So after everything that was to
be expected, `sees_nothing_more` says that there was no more than that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from tests.e2e.scenarios.driver import Driver, Need, Place, Seen, Written

if TYPE_CHECKING:
    from tests.e2e.scenarios.stage import Stage

PATIENCE: Final = 15.0
"""Seconds until what should be seen is missing. A machine may be busy."""
_LOOK_EVERY: Final = 0.005


class Somebody:
    """A person. `at` puts them in front of a place, where they act and see. `answers`: they are an expert."""

    def __init__(self, stage: Stage, name: str, *, answers: bool) -> None:
        self.stage = stage
        self.name = name
        self.answers = answers
        self.noticed: set[str] = set()

    def in_private(self) -> Seat:
        """In their conversation with the bot."""
        return Seat(self, Place(owner=self.name))

    def at_the_desk(self) -> Seat:
        """In the channel of experts, where cards are."""
        return Seat(self, self.stage.desk)

    def at(self, place: Place) -> Seat:
        return Seat(self, place)

    def under(self, post: Seen) -> Seat:
        """In the thread of a card."""
        return Seat(self, Place(self.stage.desk.room, thread=post.id))


class Seat:
    """Somebody in a place: verbs of what they do, and expectations of what they see there."""

    def __init__(self, who: Somebody, place: Place) -> None:
        self._who = who
        self._stage = who.stage
        self._place = place

    async def says(self, text: str, *, attaching: Sequence[str] = ()) -> Written:
        """In private to the bot; in a channel to nobody in particular."""
        return await self._write(text, way="plain", files=attaching)

    async def mentions_the_bot(self, text: str) -> Written:
        return await self._write(text, way="mention")

    async def commands(self, text: str) -> Written:
        """`/deskhand ...`, however the platform has it."""
        return await self._write(text, way="command")

    async def _write(
        self, text: str, *, way: Literal["plain", "mention", "command"], files: Sequence[str] = ()
    ) -> Written:
        if self._place.room == self._stage.desk.room:
            needs: list[Need] = ["threads"]
        else:
            needs = ["private"] if self._place.owner else ["channels"]
        needs += ["attachments"] if files else []
        needs += ["files"] if len(files) > 1 else []
        needs += ["commands"] if way == "command" else []
        driver = await self._driver(*needs)
        written = await driver.write(self._who.name, text, at=self._place, way=way, files=files)
        self._stage.begun.setdefault(written.thread, self._who.name)
        return written

    async def edits(self, written: Written, text: str) -> None:
        await (await self._driver("edits")).edit(self._who.name, written, text)

    async def deletes(self, written: Written) -> None:
        await (await self._driver("deletions")).delete(self._who.name, written)

    async def stops(self) -> None:
        await (await self._driver("stopping")).stop(self._who.name, self._place)

    async def resumes_the_bot(self) -> None:
        await (await self._driver("resuming")).resume(self._who.name, self._place)

    async def presses(self, label: str, *, on: Seen, typing: str = "") -> None:
        """`typing` is what they put into the form that some buttons open."""
        driver = await self._driver("buttons")
        there = next((seen for seen in await self._seen() if seen.id == on.id), on)
        assert label in there.buttons, f"There is no button {label!r} but {', '.join(there.buttons) or 'none'}."
        await driver.press(self._who.name, there, label, typing=typing)

    async def can_press(self, label: str, *, on: Seen) -> None:
        """The button is there, or will be."""
        await self._wait_for(
            f"a button {label!r} on {on.title or on.text!r}",
            lambda all_seen: next((seen for seen in all_seen if seen.id == on.id and label in seen.buttons), None),
        )

    async def presses_what_they_saw(self, label: str, *, on: Seen) -> None:
        """A button of a post that may have changed meanwhile."""
        assert label in on.buttons
        await (await self._driver("buttons")).press(self._who.name, on, label, typing="")

    async def votes(self, *, on: Seen, helpful: bool, because: str = "") -> None:
        needs: list[Need] = ["votes", "reasons"] if because else ["votes"]
        driver = await self._driver(*needs)
        assert on.votes, "Nobody is asked whether this helped."
        await driver.vote(self._who.name, on, helpful=helpful, reason=because)

    async def sees_an_answer(self, *, citing: str, saying: str = "") -> Seen:
        """Something that names its sources."""
        return await self._sees(
            f"an answer citing {citing!r} and saying {saying!r}",
            lambda seen: not seen.title and any(citing in title for title in seen.sources) and saying in seen.text,
        )

    async def sees_a_notice(self, *saying: str) -> Seen:
        """Something that the bot says by itself, or passes on: without sources."""
        return await self._sees(
            f"a notice saying {saying}",
            lambda seen: not (seen.title or seen.sources) and all(text in seen.text for text in saying),
        )

    async def sees_a_card(self, *saying: str) -> Seen:
        return await self._sees(
            f"a card saying {saying}", lambda seen: bool(seen.title) and all(text in seen.text for text in saying)
        )

    async def sees_that(self, post: Seen, *, shows: str) -> Seen:
        """What was seen before has changed, or will."""
        return await self._wait_for(
            f"{post.title or post.text!r} showing {shows!r}",
            lambda all_seen: next((seen for seen in all_seen if seen.id == post.id and shows in seen.text), None),
        )

    async def no_longer_sees(self, post: Seen) -> None:
        await self._wait_for(
            f"{post.title or post.text!r} gone", lambda all_seen: post if post.id not in _ids(all_seen) else None
        )

    async def sees_nothing_more(self) -> None:
        """When everything is done that was to be done."""
        await self._stage.settles()
        new = [seen for seen in await self._seen() if seen.id not in self._who.noticed]
        assert not new, f"{self._who.name} sees more: {_listed(new)}"

    async def sees_all(self) -> Sequence[Seen]:
        """They take in whatever is there, when everything is done, so that what follows is new."""
        await self._stage.settles()
        there = await self._seen()
        self._who.noticed |= _ids(there)
        return there

    async def _sees(self, what: str, fits: Callable[[Seen], bool]) -> Seen:
        def find(all_seen: Sequence[Seen]) -> Seen | None:
            return next((seen for seen in all_seen if seen.id not in self._who.noticed and fits(seen)), None)

        found = await self._wait_for(what, find)
        self._who.noticed.add(found.id)
        return found

    async def _wait_for(self, what: str, find: Callable[[Sequence[Seen]], Seen | None]) -> Seen:
        end = monotonic() + PATIENCE
        while True:
            there = await self._seen()
            if found := find(there):
                return found
            self._stage.goes_on()
            assert monotonic() < end, f"{self._who.name} does not see {what}, but: {_listed(there)}"
            await asyncio.sleep(_LOOK_EVERY)

    async def _seen(self) -> Sequence[Seen]:
        return await (await self._driver()).sees(self._who.name, self._place)

    async def _driver(self, *needs: Need) -> Driver:
        joining: list[Need] = ["joining"] if self._is_of_others else []
        return await self._stage.driver(*needs, *joining)

    @property
    def _is_of_others(self) -> bool:
        if self._place.room == self._stage.desk.room:
            return not self._who.answers
        return self._stage.begun.get(self._place, self._who.name) != self._who.name


def _ids(all_seen: Sequence[Seen]) -> set[str]:
    return {seen.id for seen in all_seen}


def _listed(all_seen: Sequence[Seen]) -> str:
    return "".join(f"\n  - {seen.text!r} {', '.join(seen.sources)}" for seen in all_seen) or "nothing"
