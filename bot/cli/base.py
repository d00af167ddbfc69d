"""What all commands share: their options, how failures are told, how the app is run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings

T = TypeVar("T")

# Whatever is heavy is imported inside the commands that need it: `--help` answers at once.
cli = typer.Typer(
    name="deskhand",
    help="Answers questions from your own documents, with sources, and hands them to a person when it is not sure.",
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
def told(ctx: typer.Context, home: Path | None, debug: bool) -> Iterator[Path | None]:
    """Gives the home that was asked for, before or after the command, and explains whatever is raised inside."""
    from adapters.terminal.failures import explained

    home_before, debug_before = ctx.obj
    with explained(debug=debug or debug_before):
        yield home or home_before


def settings_of(home: Path | None) -> Settings:
    from bot.settings import load

    return load(home)


def run(settings: Settings, use: Callable[[App], Awaitable[T]]) -> T:
    from bot.app import build

    async def run() -> T:
        async with build(settings) as app:
            return await use(app)

    return asyncio.run(run())
