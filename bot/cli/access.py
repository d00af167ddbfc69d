"""Who is let in: login, token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.base import Debug, Home, Json, cli, run, settings_of, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app import App
    from bot.models import Credential, Person, Role

tokens = typer.Typer(help="What lets programs use the HTTP interface.", no_args_is_help=True)
cli.add_typer(tokens, name="token", rich_help_panel="Service")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the token is called.")]


@cli.command(rich_help_panel="Service")
def login(
    ctx: typer.Context,
    *,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Who signs in, as in ann for console:ann.")],
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Print an address with which a person signs in to the console, once, within 15 minutes."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.console import say, write_raw

        who, address = run(settings_of(chosen), lambda app: _login(app, person))
        reads = "from outside: reads what is public" if who.external else who.role
        say(f"{who.name} ({reads}) signs in with this once, within 15 minutes:")
        write_raw(f"{address}\n")


async def _login(app: App, name: str) -> tuple[Person, str]:
    from bot.app.entrance import on_console, sign_in_address
    from bot.cli.admin import operator

    await app.store.migrate()
    person = await app.directory.person(on_console(name))
    return person, await sign_in_address(app, person.id, by=operator().id)


@tokens.command("create")
def create(
    ctx: typer.Context,
    *,
    name: Name,
    role: Annotated[str, typer.Option(metavar="ROLE", help="What it may do: asker, expert or admin.")] = "asker",
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Make a token and print it: it is shown this once."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.console import say, write_raw
        from adapters.terminal.failures import WrongUsage
        from bot.models import RANK

        if role not in RANK:
            raise WrongUsage(f'"{role}" is no role: it is {", ".join(RANK)}.')
        secret = run(settings_of(chosen), lambda app: _create(app, name, role))
        say(f"Keep this safe: it lets a program do what an {role} may. `deskhand token revoke {name}` ends that.")
        write_raw(f"{secret}\n")


async def _create(app: App, name: str, role: Role) -> str:
    from bot.app.entrance import access_of
    from bot.cli.admin import operator

    await app.store.migrate()
    return await access_of(app).issue_token(name, role, by=operator().id)


@tokens.command("list")
def list_tokens(ctx: typer.Context, *, json: Json = False, home: Home = None, debug: Debug = False) -> None:
    """Show what tokens there are, without what lets a program in."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.admin import put_result
        from bot.models import Result

        found = run(settings_of(chosen), _tokens)
        lines = [f"- **{name}**: {token.role}, since {token.made:%Y-%m-%d}, by {token.by}" for name, token in found]
        data = [
            {"name": name, "role": token.role, "made": token.made.isoformat(), "by": token.by} for name, token in found
        ]
        put_result(Result("\n".join(lines) or "There are no tokens.", data), json=json)


async def _tokens(app: App) -> Sequence[tuple[str, Credential]]:
    from bot.app.entrance import access_of

    await app.store.migrate()
    return await access_of(app).tokens()


@tokens.command("revoke")
def revoke(ctx: typer.Context, *, name: Name, home: Home = None, debug: Debug = False) -> None:
    """Let nobody in with a token any more."""
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.console import say

        run(settings_of(chosen), lambda app: _revoke(app, name))
        say(f"{name} lets nobody in any more.")


async def _revoke(app: App, name: str) -> None:
    from bot.app.entrance import access_of
    from bot.cli.admin import operator

    await app.store.migrate()
    await access_of(app).revoke(name, by=operator().id)
