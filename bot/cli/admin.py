"""The admin commands, as `bot.admin.table` lists them; the same ones are given in chats."""

# No `from __future__ import annotations`: typer reads the annotations, and those of `give` name what is local.
import getpass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from adapters.terminal import FAILED, PARTS_FAILED
from bot.admin.table import COMMANDS, Command
from bot.cli.base import Debug, Home, Json, cli, run, settings_of, told

if TYPE_CHECKING:
    from bot.app import App
    from bot.models import Person, Result

_OWN: Final = ("help", "status", "search")
"""Commands that the command line has of its own."""


def _add(command: Command) -> None:
    def give(
        ctx: typer.Context,
        *,
        words: Annotated[list[str] | None, typer.Argument(metavar=command.usage or None, show_default=False)] = None,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.", hidden=not command.destructive)] = False,
        json: Json = False,
        home: Home = None,
        debug: Debug = False,
    ) -> None:
        with told(ctx, home, debug) as chosen:
            from adapters.terminal.admin import put_result
            from adapters.terminal.journal.logs import log_to_file

            settings = settings_of(chosen)
            log_to_file(settings.home / "deskhand.log")
            given = [command.name, *(words or [])]
            result, code = run(settings, lambda app: _given(app, given, confirmed=yes, json=json))
            put_result(result, json=json)
            if code:
                raise typer.Exit(code)

    give.__doc__ = f"{command.what[0].upper()}{command.what[1:]}."
    passed_on = {"ignore_unknown_options": True} if "--" in command.usage else {}
    cli.command(command.name, context_settings=passed_on, rich_help_panel="Admin")(give)


async def _given(app: "App", words: list[str], *, confirmed: bool, json: bool) -> "tuple[Result, int]":
    """The result, and how the command ends. What it begins is waited for."""
    from bot.admin.jobs import has_errors
    from bot.app.local import watch_job

    await app.store.migrate()
    by = operator()
    result = await app.admin.run(words, by=by, confirmed=confirmed)
    if result.confirm:
        if json:
            return result, FAILED
        typer.confirm(result.confirm, abort=True)
        result = await app.admin.run(words, by=by, confirmed=True)
    if result.job:
        result, job = await watch_job(app, result, quiet=json)
        return result, PARTS_FAILED if has_errors(job) else 0 if job.state == "done" else FAILED
    return result, 0 if result.ok else FAILED


def operator() -> "Person":
    """Whoever can read the home folder, which holds everything, is an admin of it."""
    from bot.models import Person

    name = getpass.getuser()
    return Person(id=f"local:{name}", name=name, role="admin")


for _command in COMMANDS:
    if _command.name not in _OWN:
        _add(_command)
