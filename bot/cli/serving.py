"""Over HTTP: serve."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.base import Debug, Home, cli, run, settings_of, told


@cli.command(rich_help_panel="Service")
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="Where it listens (127.0.0.1, or as in [http]).")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="PORT", help="The port (8470, or as in [http]); 0 takes a free one.")
    ] = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Answer in the browser and over HTTP, and work on messages, until stopped by Ctrl-C or SIGTERM.

    Logs go to stderr as JSON lines.
    """
    with told(ctx, home, debug) as chosen:
        from adapters.terminal.journal.logs import log_to_stderr
        from bot.app.serving import serve
        from bot.settings import served

        settings = served(settings_of(chosen), host=host, port=port)
        http = settings.http
        log_to_stderr()
        run(
            settings,
            lambda app: serve(
                app, host=http.host, port=http.port, ready=lambda at: typer.echo(f"Deskhand is at {at} now.")
            ),
        )
