"""What went wrong -> a message on stderr and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from adapters.terminal import FAILED, INTERRUPTED, WRONG_USAGE
from adapters.terminal.console import OutputClosed, abandon_output, flush, say
from bot.errors import BotError
from knowledge.errors import KnowledgeError


class WrongUsage(Exception):
    """The command was called in a way that makes no sense; the message says what does."""


@contextmanager
def explained(*, debug: bool) -> Iterator[None]:
    """Ends the command for whatever is raised inside, in words; with `debug`, failures are raised as they are."""
    try:
        yield
        flush()
    except (typer.Exit, typer.TyperException):
        raise
    except typer.Abort:
        say("Nothing was done.")
        raise typer.Exit(FAILED) from None
    except OutputClosed:
        abandon_output()
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        say("\nStopped.")
        raise typer.Exit(INTERRUPTED) from None
    except WrongUsage as exc:
        say(str(exc))
        raise typer.Exit(WRONG_USAGE) from None
    except Exception as exc:
        if debug:
            raise
        say(_in_words(exc), style="red")
        _abandon_if_full(exc)
        raise typer.Exit(FAILED) from None


def _in_words(exc: Exception) -> str:
    if isinstance(exc, KnowledgeError | BotError):
        return str(exc)
    if isinstance(exc, OSError) and exc.strerror:
        where = f"{exc.filename}: " if exc.filename else ""
        return f"{where}{exc.strerror}. Correct that and run the command again."
    return f"An unexpected error happened ({type(exc).__name__}: {exc}). Run it again with --debug to see where."


def _abandon_if_full(exc: Exception) -> None:
    """stdout on a full disk: what could not be written will not be writable at the end either."""
    if isinstance(exc, OSError):
        try:
            flush()
        except (OSError, OutputClosed):
            abandon_output()
