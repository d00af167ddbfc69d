"""The admin's pages: what there is to see.

admin_orders.py   what can be done on them
admin_jobs.py     index runs, followed
admin_people.py   who may sign in
admin_shown.py    what all of them have in common
admin_views.py    what commands tell -> what is shown, with plots.py

Each page shows what a command tells, so that who may see what, and what is audited, is decided there. A route needs the
role that its command needs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from adapters.console.admin_shown import attached, show
from adapters.console.admin_views import ages_of, by_table, dated, explained_of, job_of, page_of, tiles_of, weekly_of
from adapters.console.doors import needs, visitor_of
from adapters.console.pen import clean
from adapters.console.site import site_of
from bot.models import Result

router: Final = APIRouter(prefix="/admin")

_LATELY: Final = timedelta(days=7)


@router.get("", **needs("expert"))
async def overview(request: Request) -> Response:
    found = await _data(request, "status")
    job = job_of(found["job"]) if found["job"] else None
    sources = [dated(each, "last_run") for each in found["sources"]]
    return show(request, "overview.html", found=found, tiles=tiles_of(found), job=job, sources=sources)


@router.get("/sources", **needs("expert"))
async def sources(request: Request) -> Response:
    found = [dated(each, "last_run") for each in await _data(request, "sources")]
    jobs = [job_of(each) for each in await _data(request, "jobs")] if _is_admin(request) else []
    return show(request, "sources.html", sources=found, jobs=jobs)


@router.get("/search", **needs("expert"))
async def search(request: Request, q: str = "") -> Response:
    """The passages for a question, and what would be answered from them."""
    if not (q := clean(q)):
        return show(request, "search.html", q="", evidence=[], explained=None)
    evidence = (await _data(request, "search", "--", q))["evidence"]
    explained = explained_of(await _data(request, "explain", "--", q))
    return show(request, "search.html", q=q, evidence=evidence, explained=explained)


@router.get("/explain/{reply}", **needs("expert"))
async def explain(request: Request, reply: str) -> Response:
    """Why a reply that was given says what it says."""
    return show(request, "explain.html", explained=explained_of(await _data(request, "explain", "--", clean(reply))))


@router.get("/gaps", **needs("expert"))
async def gaps(request: Request, days: str = "30") -> Response:
    return show(request, "gaps.html", gaps=await _data(request, "gaps", f"--days={days}"), days=days)


@router.get("/tickets", **needs("expert"))
async def tickets(request: Request, all: str = "", page: str = "1") -> Response:
    found = await _data(request, "tickets", *(["--all"] if all else []))
    shown = page_of(sorted(found, key=lambda each: str(each["opened"]), reverse=bool(all)), _number(page))
    rows = [dated(each, "opened") for each in shown.rows]
    plot = ages_of(found, now=datetime.now(UTC))
    return show(request, "tickets.html", tickets=rows, page=shown, plot=plot, all=bool(all))


@router.get("/tickets/{number}", **needs("expert"))
async def ticket(request: Request, number: str) -> Response:
    result = await _said(request, "tickets", "--", clean(number))
    return show(request, "ticket.html", ticket=dated(result.data, "opened"), text=result.text)


@router.get("/weekly", **needs("expert"))
async def weekly(request: Request, weeks: str = "12") -> Response:
    told = weekly_of(await _data(request, "weekly", f"--weeks={weeks}"))
    return show(request, "weekly.html", weekly=told, weeks=weeks)


@router.get("/weekly.csv", **needs("expert"))
async def weekly_csv(request: Request, weeks: str = "12") -> Response:
    return attached(await _said(request, "weekly", f"--weeks={weeks}", "--export=csv"), "weekly", "csv")


@router.get("/feedback", **needs("expert"))
async def feedback(request: Request, all: str = "") -> Response:
    found = await _data(request, "feedback", *(["--all"] if all else []))
    return show(request, "feedback.html", opinions=[dated(each, "at") for each in found], all=bool(all))


@router.get("/learned", **needs("expert"))
async def learned(request: Request) -> Response:
    return show(request, "learned.html", drafts=[dated(each, "at") for each in await _data(request, "learned")])


@router.get("/pins", **needs("admin"))
async def pins(request: Request) -> Response:
    return show(request, "pins.html", pins=[dated(each, "at") for each in await _data(request, "pins")])


@router.get("/audit", **needs("admin"))
async def audit(request: Request, since: str = "", page: str = "1") -> Response:
    since = since or _lately()
    entries = await _data(request, "audit", f"--since={since}")
    shown = page_of(list(reversed(entries)), _number(page))
    return show(request, "audit.html", entries=[dated(each, "at") for each in shown.rows], page=shown, since=since)


@router.get("/audit.{form}", **needs("admin"))
async def audit_file(request: Request, form: str, since: str = "") -> Response:
    options = [f"--export={form}", *([f"--since={since}"] if since else [])]
    return attached(await _said(request, "audit", *options), "audit", form)


@router.get("/settings", **needs("admin"))
async def settings(request: Request) -> Response:
    found = await site_of(request).backend.settings(by=visitor_of(request).person)
    return show(request, "settings.html", tables=list(by_table(found)))


@router.get("/checks", **needs("admin"))
async def checks(request: Request) -> Response:
    found = await site_of(request).backend.checks(by=visitor_of(request).person)
    return show(request, "checks.html", checks=found)


async def _said(request: Request, *words: str) -> Result:
    return await site_of(request).backend.run(words, by=visitor_of(request).person)


async def _data(request: Request, *words: str) -> Any:
    return (await _said(request, *words)).data


def _is_admin(request: Request) -> bool:
    return visitor_of(request).person.may("admin")


def _lately() -> str:
    return (datetime.now(UTC) - _LATELY).date().isoformat()


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 1
