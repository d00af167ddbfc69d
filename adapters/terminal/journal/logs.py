"""Where logs go, so that they never disturb a screen: JSON lines in a file, or on stderr."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import structlog
import structlog.typing


def log_to_file(file: Path, *, level: int = logging.WARNING) -> None:
    """The file is made when there is something to log."""
    _log(logging.FileHandler(file, encoding="utf-8", delay=True), level=level)


def log_to_stderr(*, level: int = logging.INFO) -> None:
    _log(logging.StreamHandler(sys.stderr), level=level)


def _without_words(
    logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """What was raised, by name only: its words may be somebody's."""
    raised = event.pop("exc_info", None)
    if isinstance(raised, tuple) and raised[0] is not None:
        event["error"] = raised[0].__name__
    return event


def _log(handler: logging.Handler, *, level: int) -> None:
    first: list[structlog.typing.Processor] = [
        _without_words,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=first,
        )
    )
    # A disk that is full is no reason to write into the screen.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Other libraries say much that nobody asked for, and may quote what was typed.
    for name in ("sqlalchemy", "alembic", "aiosqlite", "httpx2", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*first, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
