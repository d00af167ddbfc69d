"""What can be done on the admin's pages: each form gives a command, and one that asks first asks on a page.

A form names its command as `command`, as in `feedback done`, what follows as `word`, an option without a value as
`flag`, and one with a value as `--name`. The command line, and who says yes, send all of it as `line`. `back` is the
page to go back to.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from adapters.console.admin_shown import Said, attached, go, show
from adapters.console.doors import needs, visitor_of
from adapters.console.pen import clean
from adapters.console.site import site_of
from bot.errors import CommandError
from bot.models import Result

router: Final = APIRouter(prefix="/admin")

_LINE: Final = "/admin/commands"


@dataclass(frozen=True, slots=True)
class Order:
    """A command as words, and where to go when it is done."""

    words: Sequence[str]
    back: str
    confirmed: bool

    @property
    def line(self) -> str:
        return shlex.join(self.words)


@router.get("/commands", **needs("expert"))
async def commands(request: Request) -> Response:
    return await _command_line(request, line="")


@router.post("/run", **needs("expert"))
async def run(request: Request) -> Response:
    order = _order(await request.form())
    backend, by = site_of(request).backend, visitor_of(request).person
    try:
        result = await backend.run(order.words, by=by, confirmed=order.confirmed)
    except CommandError as exc:
        return await _told(request, order, Said(str(exc), good=False))
    return await _became(request, order, result)


async def _became(request: Request, order: Order, result: Result) -> Response:
    if result.confirm:
        return show(request, "confirm.html", order=order, question=result.confirm)
    if result.export:
        # The two forms there are; the word is there, or there would be no export.
        return attached(result, order.words[0], "jsonl" if any("jsonl" in word for word in order.words) else "csv")
    if result.job:
        return RedirectResponse(f"/admin/jobs/{result.job}", 303)
    return await _told(request, order, Said(result.text, good=result.ok))


async def _told(request: Request, order: Order, said: Said) -> Response:
    """All of it at the command line, or if it was done; why not is shown where it is about."""
    if order.back == _LINE:
        return await _command_line(request, line=order.line, answer=said)
    return go(order.back, request, said if said.good else Said(said.text.partition("\n\n")[0], good=False))


async def _command_line(request: Request, *, line: str, answer: Said | None = None) -> Response:
    listed = (await site_of(request).backend.run(["help"], by=visitor_of(request).person)).data
    status = 200 if answer is None or answer.good else 400
    return show(request, "commands.html", status=status, commands=listed, line=line, answer=answer)


def _order(form: FormData) -> Order:
    back = _text(form, "back")
    back = back if back.startswith("/admin") else _LINE
    confirmed = _text(form, "confirmed") == "yes"
    if line := _text(form, "line"):
        return Order(_split(line), back, confirmed)
    options = [f"--{flag}" for flag in _texts(form, "flag")]
    options += [f"{name}={value}" for name in form if name.startswith("--") and (value := _text(form, name))]
    return Order([*_text(form, "command").split(), *options, "--", *_texts(form, "word")], back, confirmed)


def _split(line: str) -> Sequence[str]:
    """Words as a shell has them; as they stand where the quotes do not match."""
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _text(form: FormData, name: str) -> str:
    return next(iter(_texts(form, name)), "")


def _texts(form: FormData, name: str) -> Sequence[str]:
    return [clean(value) for value in form.getlist(name) if isinstance(value, str)]
