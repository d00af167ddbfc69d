"""Documents and single questions: init, index, ask, search, status, check, demo."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.terminal import FAILED, PARTS_FAILED
from bot.cli.base import Debug, Groups, Home, Json, cli, run, settings_of, told
from bot.cli.chats import try_out

if TYPE_CHECKING:
    from bot.app import App
    from bot.models import Answer, Question, Result, Status
    from bot.settings import Settings
    from knowledge.models import Report


@cli.command()
def init(ctx: typer.Context, *, home: Home = None, debug: Debug = False) -> None:
    """Write a deskhand.toml with every setting explained. Not needed: everything has a default."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.console import say
        from bot.settings import starter, write_settings

        file, written = write_settings(chosen, text=starter())
        say(f"{file} is there already and stays as it is." if not written else f"Wrote {file}: edit it to your needs.")


@cli.command()
def index(
    ctx: typer.Context,
    *,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Folders or files; all known sources if none.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Forget a source that index PATH added. Repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change.")] = False,
    json: Json = False,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Bring the index up to date with folders and files; new ones become sources."""
    with told(ctx, home, debug) as chosen:
        report = _index(settings_of(chosen), paths or [], remove=remove or [], dry_run=dry_run, json=json)
        if report.errors:
            raise typer.Exit(PARTS_FAILED)


def _index(
    settings: Settings, paths: list[Path], *, remove: list[str], dry_run: bool = False, json: bool = False
) -> Report:
    from adapters.terminal.console import err
    from adapters.terminal.reports import progress_bar
    from adapters.terminal.results import put_report

    with progress_bar(on=err()) as progress:
        report = run(settings, lambda app: app.index(paths, remove=remove, dry_run=dry_run, progress=progress))
    put_report(report, dry_run=dry_run, json=json)
    return report


@cli.command()
def ask(
    ctx: typer.Context,
    *,
    question: Annotated[str | None, typer.Argument(metavar="QUESTION", help="The question, in quotes.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="IN", help="Questions, one JSON object a line; - reads stdin.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", metavar="OUT", help="Where their answers go, if not to stdout.")
    ] = None,
    groups: Groups = None,
    json: Json = False,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Answer a question, or a file of questions, with sources."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.asking import groups_of, question_of
        from adapters.terminal.failures import WrongUsage

        if (question is None) == (file is None):
            raise WrongUsage('Give either a question, as in deskhand ask "...", or a file of them with --file.')
        if to and not file:
            raise WrongUsage("--out goes with --file: without it, the answer is shown here.")
        readers = groups_of(groups or [])
        if question is not None:
            _ask_one(settings_of(chosen), question_of(question, groups=readers), json=json)
        elif file and _ask_file(settings_of(chosen), file, to, readers):
            raise typer.Exit(PARTS_FAILED)


def _ask_one(settings: Settings, question: Question, *, json: bool) -> None:
    from adapters.terminal.console import working
    from adapters.terminal.results import put_answer

    async def timed(app: App) -> tuple[Answer, float]:
        if json:
            await app.warm_up()
        started = perf_counter()
        return await app.ask(question), (perf_counter() - started) * 1000

    with working("Looking it up"):
        answer, ms = run(settings, timed)
    put_answer(answer, ms=ms, json=json)


def _ask_file(settings: Settings, file: Path, to: Path | None, groups: frozenset[str]) -> int:
    from adapters.terminal.batch import answer_file, check_files

    async def answer(app: App) -> int:
        await app.warm_up()
        return await answer_file(file, to, ask=app.ask, groups=groups)

    check_files(file, to)
    return run(settings, answer)


@cli.command()
def search(
    ctx: typer.Context,
    *,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to look for, in quotes.")],
    groups: Groups = None,
    json: Json = False,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Show the passages that an answer would be made from."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.asking import groups_of, question_of
        from adapters.terminal.console import working
        from adapters.terminal.results import put_evidence

        asked = question_of(question, groups=groups_of(groups or []))
        with working("Looking it up"):
            found = run(settings_of(chosen), lambda app: app.search(asked))
        put_evidence(found, json=json)


@cli.command()
def status(ctx: typer.Context, *, json: Json = False, home: Home = None, debug: Debug = False) -> None:
    """Show what is indexed, and what waits."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.results import put_status

        status, waiting = run(settings_of(chosen), _status)
        put_status(status, waiting=waiting, json=json)


async def _status(app: App) -> tuple[Status, Result | None]:
    """What is indexed, and what waits, where a bot has been at work."""
    if not app.has_store:
        return await app.status(), None
    from bot.admin.operating import at_work
    from bot.models import Result

    await app.store.migrate()
    lines, data = await at_work(app.store)
    return await app.status(), Result("\n".join(lines), data)


@cli.command()
def check(ctx: typer.Context, *, json: Json = False, home: Home = None, debug: Debug = False) -> None:
    """Try out everything that is configured, and say what to fix."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.results import put_checks
        from bot.app.checking import check_home_at

        checks = asyncio.run(check_home_at(chosen))
        put_checks(checks, json=json)
        if any(each.state == "failed" for each in checks):
            raise typer.Exit(FAILED)


@cli.command()
def demo(
    ctx: typer.Context,
    *,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Ask in this terminal rather than in a browser.")
    ] = False,
    port: Annotated[int | None, typer.Option("--port", metavar="PORT", help="Of the console (8470).")] = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Try it on the documents of an invented company, in the browser."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal import demo as demonstration
        from adapters.terminal.asking import groups_of
        from bot.settings import default_home, load, served, write_people, write_settings

        folder = chosen or default_home() / "demo"
        demonstration.introduce(write_settings(folder, text=demonstration.settings())[0])
        write_people(folder, text=demonstration.people())
        settings = served(load(folder), port=port)
        _index(settings, [], remove=[])
        if settings.ci:
            run(settings, lambda app: demonstration.tour(app.ask, command=settings.command))
        elif terminal:
            try_out(settings, groups_of([]), demo=True)
        else:
            _show_console(settings)


def _show_console(settings: Settings) -> None:
    from adapters.terminal.demo import invite
    from adapters.terminal.journal.logs import log_to_file
    from bot.app.serving import serve

    log_to_file(settings.home / "deskhand.log")
    http = settings.http
    ready = partial(invite, command=settings.command)
    run(settings, lambda app: serve(app, host=http.host, port=http.port, ready=ready))
