"""An index run on its way: a page that follows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from adapters.console.admin_shown import show
from adapters.console.admin_views import Job, job_of
from adapters.console.doors import needs, visitor_of
from adapters.console.site import site_of

router: Final = APIRouter(prefix="/admin/jobs")

_LOOK_EVERY: Final = 0.7
_LOOKS: Final = 8
"""Of one stream: browsers ask for another one, and the server can end in between."""


@router.get("/{number}", **needs("admin"))
async def job(request: Request, number: str) -> Response:
    found = await _job(request, number)
    if found is None:
        return site_of(request).failed(request, 404, "There is no such job among the latest ones.")
    return show(request, "job.html", job=found)


@router.get("/{number}/live", **needs("admin"))
async def live(request: Request, number: str) -> Response:
    """Says that something changed until the run has ended; then browsers are told to ask no more."""
    found = await _job(request, number)
    if found is None or not found.runs:
        return Response(status_code=204)
    # A proxy that collects answers would keep news from people.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_changes(request, found), media_type="text/event-stream", headers=headers)


async def _changes(request: Request, job: Job) -> AsyncIterator[str]:
    yield "retry: 500\n\n"
    shown = None
    for _ in range(_LOOKS):
        now = await _job(request, str(job.id))
        yield "event: changed\ndata:\n\n" if now != shown else ": still here\n\n"
        if now is None or not now.runs:
            return
        shown = now
        await asyncio.sleep(_LOOK_EVERY)


async def _job(request: Request, number: str) -> Job | None:
    latest = (await site_of(request).backend.run(["jobs"], by=visitor_of(request).person)).data
    return next((job_of(each) for each in latest if str(each["id"]) == number), None)
