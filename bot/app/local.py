"""A job that was ordered on the command line: it is watched, and run here if nobody else runs it."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.admin.jobs import LEASE

if TYPE_CHECKING:
    from bot.app import App
    from bot.models import AdminJob, Result

_PATIENCE: Final = 1.0
"""Seconds that a running `deskhand work` has to take a job, each time before this looks whether it may have it."""
_LOOK: Final = 0.2


async def watch_job(app: App, result: Result, *, quiet: bool) -> tuple[Result, AdminJob]:
    """How the job ended. Interrupting this cancels the job."""
    from adapters.terminal.console import err
    from adapters.terminal.reports import progress_bar

    here: asyncio.Task[None] | None = None
    try:
        with nullcontext(lambda done, of: None) if quiet else progress_bar(on=err()) as progress:
            waited = 0.0
            while (job := await _job(app, result.job)).state in ("queued", "running"):
                if job.of:
                    progress(job.done, job.of)
                if here and here.done():
                    await here  # raises what went wrong
                    here = None
                # A running one that nobody has hold of was left by a process that died.
                if here is None and waited >= _PATIENCE:
                    here, waited = asyncio.create_task(_run_here(app)), 0.0
                await asyncio.sleep(_LOOK)
                waited += _LOOK
        if here:
            await here
    except asyncio.CancelledError:
        async with app.store.transaction() as work:
            await work.jobs.cancel(result.job)
        if here:
            await here  # it sees that, and ends the job
        raise
    data = {"job": job.id, "state": job.state, "result": job.result}
    return replace(result, text=job.result, data=data), job


async def _run_here(app: App) -> None:
    """Claims the oldest job, which may be another one that waits before it."""
    worker = f"{socket.gethostname()}-{os.getpid()}-cli"
    async with app.store.transaction() as work:
        job = await work.jobs.claim(worker, lease=LEASE)
    if job is not None:
        await app.jobs.execute(job, worker)


async def _job(app: App, id: int) -> AdminJob:
    async with app.store.reading() as work:
        job = await work.jobs.get(id)
    assert job is not None
    return job
