"""The commands. Each reads its options, asks the app, and hands the result to the terminal adapter."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from adapters.terminal import FAILED, PARTS_FAILED

if TYPE_CHECKING:
    from bot.app import App
    from bot.app.chats import Role
    from bot.models import Answer, Question
    from bot.settings import Settings
    from knowledge.models import Report

T = TypeVar("T")

# Whatever is heavy is imported inside the commands that need it: `--help` answers at once.
cli = typer.Typer(
    name="deskhand",
    help="Answers questions from your own documents, with sources, and says when it is not sure.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="The folder that holds everything (DESKHAND_HOME, else .deskhand)."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")]
Json = Annotated[bool, typer.Option("--json", help="For programs: the result as JSON.")]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--as",
        metavar="GROUP,...",
        help="Ask in the name of these groups too; public asks as somebody from outside. Repeatable.",
    ),
]


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"deskhand {version('deskhand')}")
        raise typer.Exit


@cli.callback()
def options(
    ctx: typer.Context,
    home: Home = None,
    debug: Debug = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    ctx.obj = (home, debug)


@contextmanager
def _command(ctx: typer.Context, home: Path | None, debug: bool) -> Iterator[Path | None]:
    """Gives the home that was asked for, before or after the command, and explains whatever is raised inside."""
    from adapters.terminal.failures import explained

    home_before, debug_before = ctx.obj
    with explained(debug=debug or debug_before):
        yield home or home_before


@cli.command()
def init(ctx: typer.Context, *, home: Home = None, debug: Debug = False) -> None:
    """Write a deskhand.toml with every setting explained. Not needed: everything has a default."""
    with _command(ctx, home, debug) as chosen:
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
    with _command(ctx, home, debug) as chosen:
        report = _index(_settings(chosen), paths or [], remove=remove or [], dry_run=dry_run, json=json)
        if report.errors:
            raise typer.Exit(PARTS_FAILED)


def _index(
    settings: Settings, paths: list[Path], *, remove: list[str], dry_run: bool = False, json: bool = False
) -> Report:
    from adapters.terminal.console import err
    from adapters.terminal.reports import progress_bar
    from adapters.terminal.results import put_report

    with progress_bar(on=err()) as progress:
        report = _run(settings, lambda app: app.index(paths, remove=remove, dry_run=dry_run, progress=progress))
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
    with _command(ctx, home, debug) as chosen:
        from adapters.terminal.asking import groups_of, question_of
        from adapters.terminal.failures import WrongUsage

        if (question is None) == (file is None):
            raise WrongUsage('Give either a question, as in deskhand ask "...", or a file of them with --file.')
        if to and not file:
            raise WrongUsage("--out goes with --file: without it, the answer is shown here.")
        readers = groups_of(groups or [])
        if question is not None:
            _ask_one(_settings(chosen), question_of(question, groups=readers), json=json)
        elif file and _ask_file(_settings(chosen), file, to, readers):
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
        answer, ms = _run(settings, timed)
    put_answer(answer, ms=ms, json=json)


def _ask_file(settings: Settings, file: Path, to: Path | None, groups: frozenset[str]) -> int:
    from adapters.terminal.batch import answer_file, check_files

    async def answer(app: App) -> int:
        await app.warm_up()
        return await answer_file(file, to, ask=app.ask, groups=groups)

    check_files(file, to)
    return _run(settings, answer)


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
    with _command(ctx, home, debug) as chosen:
        from adapters.terminal.asking import groups_of, question_of
        from adapters.terminal.console import working
        from adapters.terminal.results import put_evidence

        asked = question_of(question, groups=groups_of(groups or []))
        with working("Looking it up"):
            found = _run(_settings(chosen), lambda app: app.search(asked))
        put_evidence(found, json=json)


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
    with _command(ctx, home, debug) as chosen:
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
            _chat(_settings(chosen), groups_of(groups or []))
            return
        role: Role = "expert" if as_expert else "asker"
        settings = _settings(chosen)
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

    return _run(settings, converse)


@cli.command()
def work(ctx: typer.Context, *, home: Home = None, debug: Debug = False) -> None:
    """Answer what arrives, until stopped by Ctrl-C or SIGTERM. Logs go to stderr as JSON lines."""
    with _command(ctx, home, debug) as chosen:
        from adapters.terminal.journal.logs import log_to_stderr
        from bot.app.chats import work

        log_to_stderr()
        settings = _settings(chosen)
        _run(settings, lambda app: work(app, ready=lambda: typer.echo(f"Working on the messages of {settings.home}.")))


def _chat(settings: Settings, groups: frozenset[str], *, demo: bool = False) -> None:
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


@cli.command()
def status(ctx: typer.Context, *, json: Json = False, home: Home = None, debug: Debug = False) -> None:
    """Show what is indexed."""
    with _command(ctx, home, debug) as chosen:
        from adapters.terminal.results import put_status

        put_status(_run(_settings(chosen), lambda app: app.status()), json=json)


@cli.command()
def check(ctx: typer.Context, *, json: Json = False, home: Home = None, debug: Debug = False) -> None:
    """Try out everything that is configured, and say what to fix."""
    with _command(ctx, home, debug) as chosen:
        from adapters.terminal.results import put_checks
        from bot.app.checking import check_home_at

        checks = asyncio.run(check_home_at(chosen))
        put_checks(checks, json=json)
        if any(each.state == "failed" for each in checks):
            raise typer.Exit(FAILED)


@cli.command()
def demo(ctx: typer.Context, *, home: Home = None, debug: Debug = False) -> None:
    """Try it on the documents of an invented company."""
    with _command(ctx, home, debug) as chosen:
        from adapters.terminal import demo as demonstration
        from adapters.terminal.asking import groups_of
        from adapters.terminal.console import at_terminal
        from bot.settings import default_home, load, write_settings

        folder = chosen or default_home() / "demo"
        demonstration.introduce(write_settings(folder, text=demonstration.settings())[0])
        settings = load(folder)
        _index(settings, [], remove=[])
        if at_terminal() and not settings.ci:
            _chat(settings, groups_of([]), demo=True)
        else:
            _run(settings, lambda app: demonstration.tour(app.ask, command=settings.command))


def _settings(home: Path | None) -> Settings:
    from bot.settings import load

    return load(home)


def _run(settings: Settings, use: Callable[[App], Awaitable[T]]) -> T:
    from bot.app import build

    async def run() -> T:
        async with build(settings) as app:
            return await use(app)

    return asyncio.run(run())


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows few characters gets question marks rather than an error.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    cli()


if __name__ == "__main__":
    main()
