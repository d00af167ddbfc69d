"""Conversations, and what works on them: chat, work, backup, restore."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.terminal import PARTS_FAILED
from bot.cli.base import Debug, Groups, Home, cli, run, settings_of, told

if TYPE_CHECKING:
    from bot.app import App
    from bot.app.chats import Role
    from bot.settings import Settings


@cli.command()
def chat(
    ctx: typer.Context,
    *,
    as_asker: Annotated[
        bool, typer.Option("--as-asker", help="Over the journal: ask, and be handed over to a person.")
    ] = False,
    as_expert: Annotated[
        bool, typer.Option("--as-expert", help="Over the journal: answer what the bot hands over.")
    ] = False,
    person: Annotated[str | None, typer.Option(metavar="NAME", help="Who you are (your user name, or expert).")] = None,
    channel: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask in this channel rather than in private.")
    ] = None,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Leave the answering to other chats, or to deskhand work.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs: a line of JSON for each event.")] = False,
    groups: Groups = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Ask one question after the other. By itself a trial, of which nothing is kept.

    With --as-asker in one terminal and --as-expert in another, questions and
    answers go through the journal in the home folder, where all is kept.

    Without a terminal each line of stdin is one that is typed, and replies go to
    stdout. Warnings are logged to deskhand.log in the home folder.
    """
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.asking import groups_of
        from adapters.terminal.failures import WrongUsage

        if as_asker and as_expert:
            raise WrongUsage("Ask with --as-asker in one terminal, and answer with --as-expert in another.")
        if groups and (as_asker or as_expert):
            raise WrongUsage("--as goes with the trial: what people may read here, people.toml says.")
        if channel is not None and not as_asker:
            raise WrongUsage("--channel goes with --as-asker.")
        if not (as_asker or as_expert):
            if person is not None or no_work or json:
                raise WrongUsage("--person, --no-work and --json go with --as-asker or --as-expert.")
            try_out(settings_of(chosen), groups_of(groups or []))
            return
        role: Role = "expert" if as_expert else "asker"
        settings = settings_of(chosen)
        if _converse(settings, role=role, person=person, channel=channel, json=json, works=not no_work):
            raise typer.Exit(PARTS_FAILED)


def _converse(
    settings: Settings, *, role: Role, person: str | None, channel: str | None, json: bool, works: bool
) -> int:
    """How many lines could not be kept."""
    from adapters.terminal.console import working
    from adapters.terminal.journal.logs import log_to_file
    from adapters.terminal.journal.pen import name_of, user_name

    log_to_file(settings.home / "deskhand.log")
    who = name_of(user_name(role) if person is None else person, what="person")
    where = "" if channel is None else name_of(channel, what="channel")

    async def converse(app: App) -> int:
        from bot.app.chats import chat, make_ready

        with working("Opening the journal"):
            await make_ready(app, works=works)
        return await chat(app, role=role, person=who, channel=where, json=json, works=works)

    return run(settings, converse)


@cli.command()
def work(ctx: typer.Context, *, home: Home = None, debug: Debug = False) -> None:
    """Answer what arrives, until stopped by Ctrl-C or SIGTERM. Logs go to stderr as JSON lines."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.journal.logs import log_to_stderr
        from bot.app.chats import work

        log_to_stderr()
        settings = settings_of(chosen)
        run(settings, lambda app: work(app, ready=lambda: typer.echo(f"Working on the messages of {settings.home}.")))


@cli.command()
def backup(
    ctx: typer.Context,
    *,
    to: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")],
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Copy messages, tickets and everything else that was decided into one file, while the bot goes on."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.console import say

        run(settings_of(chosen), lambda app: app.backup(to))
        say(f"Wrote {to}. Documents are not in it: they are indexed again from where they are.")


@cli.command()
def restore(
    ctx: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that backup made.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Replace messages and tickets by those of a backup. Stop the bot first."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.console import say

        if not yes:
            typer.confirm("This replaces all messages and tickets there are now. Go on?", abort=True)
        run(settings_of(chosen), lambda app: app.store.restore(file))
        say(f"Restored {file}.")


def try_out(settings: Settings, groups: frozenset[str], *, demo: bool = False) -> None:
    from adapters.terminal import demo as demonstration
    from adapters.terminal.chat import converse, welcome
    from adapters.terminal.console import working
    from bot.app import build

    app = build(settings)
    with asyncio.Runner() as runner:
        try:
            with working("Opening the index"):
                runner.run(app.warm_up())
            if demo:
                demonstration.welcome()
            else:
                welcome(f"{runner.run(app.status()).documents:,} documents are indexed.")
            converse(lambda question: runner.run(app.ask(question)), groups=groups)
        finally:
            runner.run(app.close())
