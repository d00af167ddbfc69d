"""Admin commands as endpoints: their options and words put together, and what they said taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import HTTPException

from adapters.http.ports import Bot
from bot.models import Person, Result


async def data_of(
    bot: Bot,
    command: str,
    *words: str,
    by: Person,
    options: Mapping[str, str | bool | None] | None = None,
    confirmed: bool = False,
) -> Any:
    """What a command tells programs. 404 if there was nothing to do it to, 409 if it first wants a yes."""
    return (await said(bot, command, *words, by=by, options=options, confirmed=confirmed)).data


async def said(
    bot: Bot,
    command: str,
    *words: str,
    by: Person,
    options: Mapping[str, str | bool | None] | None = None,
    confirmed: bool = False,
) -> Result:
    line = [command, *_options(options or {}), "--", *words]
    result = await bot.run(line, by=by, confirmed=confirmed)
    if result.confirm:
        raise HTTPException(409, f"{result.confirm} Send it again with confirmed: true.")
    if not result.ok:
        raise HTTPException(404, result.text)
    return result


def _options(options: Mapping[str, str | bool | None]) -> Sequence[str]:
    """`--name` for True, `--name=value` for a text, nothing for None and False."""
    given = {name: value for name, value in options.items() if value not in (None, False)}
    return [f"--{name}" if value is True else f"--{name}={value}" for name, value in given.items()]
