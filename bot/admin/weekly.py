"""Whether it gets better: what became of the questions of each week."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bot.admin.exports import table_csv
from bot.admin.parts import Given, Parts
from bot.errors import CommandError
from bot.models import Result, Week

_USUAL: Final = 12
_MOST: Final = 260


class Weekly:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def weekly(self, given: Given) -> Result:
        """The week that runs now comes last, and is not over yet."""
        count = _count(given)
        if (form := given.options.get("export", "")) not in ("", "csv"):
            raise CommandError(f'"{form}" is no format: it is csv.')
        today = self._parts.clock().astimezone(UTC).date()
        first = today - timedelta(days=today.weekday()) - timedelta(weeks=count - 1)
        async with self._parts.store.reading() as work:
            weeks = await work.weeks(since=datetime.combine(first, time(), UTC), count=count)
        await self._parts.shown(given.by, "weekly")
        data = [{**asdict(week), "begins": week.begins.isoformat()} for week in weeks]
        lines = [_line(week) for week in weeks if week.asked or week.handed_over]
        text = "\n".join(lines) or f"Nobody has asked anything in the last {count} weeks."
        return Result(text, data, export=table_csv(data) if form else "")


def _count(given: Given) -> int:
    word = given.options.get("weeks", str(_USUAL))
    if not (word.isdecimal() and 0 < int(word) <= _MOST):
        raise CommandError(f'"{word}" is no number of weeks from 1 to {_MOST}: `{given.usage}`')
    return int(word)


def _line(week: Week) -> str:
    parts = [f"{week.asked:,} asked", f"{week.answered:,} answered"]
    parts += [f"{week.confirmed:,} of them confirmed"] if week.confirmed else []
    needless = f" ({week.needless:,} needlessly: the draft was sent as it was)" if week.needless else ""
    parts += [f"{week.handed_over:,} handed over{needless}"] if week.handed_over else []
    if week.first_reply_minutes is not None:
        parts.append(f"a person answered after {_length(week.first_reply_minutes)}")
    return f"- **{week.begins.isoformat()}** {', '.join(parts)}"


def _length(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.0f} h"
