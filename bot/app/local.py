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
    from bot.admin.parts import Result
    from bot.app import App
    from bot.models import AdminJob

_PATIENCE: Final = 1.0
"""Seconds that a running `deskhand work` has to take a job."""
_LOOK: Final = 0.2


async def watch_job(app: App, result: Result, *, quiet: bool) -> tuple[Result, bool]:
    """How the job ended, and whether well. Interrupting it cancels the job."""
    from adapters.terminal.console import err
    from adapters.terminal.reports import progress_bar

    try:
        with nullcontext(lambda done, of: None) if quiet else progress_bar(on=err()) as progress:
            waited = 0.0
            while (job := await _job(app, result.job)).state in ("queued", "running"):
                if job.of:
                    progress(job.done, job.of)
                if job.state == "queued" and waited >= _PATIENCE:
                    await _run_here(app, progress)
                    continue
                await asyncio.sleep(_LOOK)
                waited += _LOOK
    except asyncio.CancelledError:
        async with app.store.transaction() as work:
            await work.jobs.cancel(result.job)
        raise
    data = {"job": job.id, "state": job.state, "result": job.result}
    return replace(result, text=job.result, data=data), job.state == "done"


async def _run_here(app: App, progress: object) -> None:
    """Claims the oldest job, which may be another one that waits before it."""
    worker = f"{socket.gethostname()}-{os.getpid()}-cli"
    async with app.store.transaction() as work:
        job = await work.jobs.claim(worker, lease=LEASE)
    if job is None:
        await asyncio.sleep(_LOOK)
    else:
        await app.jobs.execute(job, worker)


async def _job(app: App, id: int) -> AdminJob:
    async with app.store.reading() as work:
        job = await work.jobs.get(id)
    assert job is not None
    return job
