"""The interface for programs, /api/v1: what the bot can be asked, and its admin commands.

Each endpoint is thin: what it does, and who may, is the business of what it calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple

from fastapi import Depends, FastAPI, HTTPException, Path, Query
from starlette.responses import JSONResponse, Response

from adapters.http import forms
from adapters.http.commands import data_of, said
from adapters.http.failures import explain
from adapters.http.letting_in import ROLE, Program, TheBot, program_of
from adapters.http.ports import Bot
from bot.models import AdminJob, Role

PREFIX: Final = "/api/v1"
_LARGEST: Final = 10**9 - 1


class JsonLines(Response):
    media_type = "application/x-ndjson"
    described: ClassVar[dict[str, Any]] = {"content": {media_type: {"schema": {"type": "string"}}}}


Number = Annotated[int, Path(ge=1, le=_LARGEST)]
Day = Annotated[str, Query(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="As in 2026-11-27.")]
Asked = Annotated[str, Query(min_length=1, max_length=4000, description="A question.")]


async def ask(body: forms.Question, bot: TheBot, by: Program) -> forms.Answer:
    """Answer a question from what every member may read, with sources. Nothing is kept of it."""
    return forms.Answer.of(await bot.ask(body.question, by=by))


async def search(q: Asked, bot: TheBot, by: Program) -> Any:
    """The passages that an answer would be made from."""
    return await data_of(bot, "search", q, by=by)


async def explain_answer(q: Annotated[str, Query(min_length=1, max_length=4000)], bot: TheBot, by: Program) -> Any:
    """Why a reply, by its id, or a question, by its words, is answered so."""
    return await data_of(bot, "explain", q, by=by)


async def status(bot: TheBot, by: Program) -> Any:
    """What is indexed, what waits, what failed."""
    return await data_of(bot, "status", by=by)


async def sources(bot: TheBot, by: Program) -> Any:
    """Where documents come from, and their last run."""
    return await data_of(bot, "sources", by=by)


async def reindex(body: forms.Reindex, bot: TheBot, by: Program) -> Any:
    """Bring the index up to date, as a job that can be watched."""
    options = {"dry-run": body.dry_run}
    return await data_of(bot, "reindex", *body.sources, by=by, options=options, confirmed=body.allow_empty)


async def jobs(bot: TheBot, by: Program) -> Any:
    """The latest jobs, and how far they are."""
    return await data_of(bot, "jobs", by=by)


async def job(number: Number, bot: TheBot, by: Program) -> forms.Job:
    """How far a job is."""
    return forms.Job.of_job(await _job(bot, number))


async def cancel(number: Number, bot: TheBot, by: Program) -> Any:
    """Stop a job; what it has not published changes nothing."""
    await _job(bot, number)
    return await data_of(bot, "cancel", str(number), by=by)


async def tickets(bot: TheBot, by: Program, all: bool = False) -> Any:
    """What waits for people, oldest first."""
    return await data_of(bot, "tickets", by=by, options={"all": all})


async def ticket(number: Number, bot: TheBot, by: Program) -> Any:
    """A ticket, with what the bot would have said."""
    return await data_of(bot, "tickets", str(number), by=by)


async def link(number: Number, body: forms.Linked, bot: TheBot, by: Program) -> Any:
    """Say where a ticket is in another help desk, and how it stands there."""
    options = {"status": body.status or None}
    return await data_of(bot, "link", str(number), body.link or "none", by=by, options=options)


async def gaps(bot: TheBot, by: Program, days: Annotated[int, Query(ge=1, le=3650)] = 30) -> Any:
    """Questions that got no answer, alike ones together."""
    return await data_of(bot, "gaps", by=by, options={"days": str(days)})


async def pins(bot: TheBot, by: Program) -> Any:
    """What is pinned, and whether it still holds."""
    return await data_of(bot, "pins", by=by)


async def pin(body: forms.PinIn, bot: TheBot, by: Program) -> Any:
    """Keep the present answer to a question until a passage it cites changes."""
    return await data_of(bot, "pin", body.question, by=by, confirmed=body.confirmed)


async def unpin(question: Asked, bot: TheBot, by: Program) -> Any:
    """Pin it no longer."""
    return await data_of(bot, "unpin", question, by=by)


async def feedback(bot: TheBot, by: Program, all: bool = False) -> Any:
    """What people said of answers: what did not help and nobody has looked at, or all of it."""
    return await data_of(bot, "feedback", by=by, options={"all": all})


async def purge(bot: TheBot, by: Program) -> Any:
    """Forget all cached answers."""
    return await data_of(bot, "cache", "purge", by=by, confirmed=True)


async def forget(body: forms.Forget, bot: TheBot, by: Program) -> Any:
    """Remove what a person wrote and what was answered to them. This cannot be undone."""
    return await data_of(bot, "forget", body.person, by=by, confirmed=True)


async def audit(bot: TheBot, by: Program, since: Day | None = None) -> Response:
    """Who did what, oldest first, as JSON lines."""
    result = await said(bot, "audit", by=by, options={"since": since, "export": "jsonl"})
    return JsonLines(result.export)


async def commands(bot: TheBot, by: Program) -> Any:
    """The commands that this token may give."""
    return await data_of(bot, "help", by=by)


async def command(
    name: Annotated[str, Path(pattern="^[a-z]{1,32}$")], body: forms.Words, bot: TheBot, by: Program
) -> Any:
    """Give any of the commands, as on the command line. Each has its own role."""
    return await bot.run([name, *body.words], by=by, confirmed=body.confirmed)


async def _job(bot: Bot, number: int) -> AdminJob:
    found = await bot.job(number)
    if found is None:
        raise HTTPException(404, f"There is no job {number}.")
    return found


class Route(NamedTuple):
    """`role` is what a token needs. `out` is what comes back; None: JSON lines."""

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    role: Role
    do: Callable[..., Any]
    out: Any
    status: int = 200


ROUTES: Final = (
    Route("POST", "/ask", "asker", ask, forms.Answer),
    Route("GET", "/search", "expert", search, forms.Found),
    Route("GET", "/explain", "expert", explain_answer, forms.Explanation),
    Route("GET", "/status", "expert", status, forms.Status),
    Route("GET", "/sources", "expert", sources, list[forms.SourceRun]),
    Route("POST", "/reindex", "admin", reindex, forms.Begun, 202),
    Route("GET", "/jobs", "admin", jobs, list[forms.Job]),
    Route("GET", "/jobs/{number}", "admin", job, forms.Job),
    Route("DELETE", "/jobs/{number}", "admin", cancel, forms.Cancelled),
    Route("GET", "/tickets", "expert", tickets, list[forms.Ticket]),
    Route("GET", "/tickets/{number}", "expert", ticket, forms.Ticket),
    Route("PATCH", "/tickets/{number}", "expert", link, forms.Ticket),
    Route("GET", "/gaps", "expert", gaps, list[forms.Gap]),
    Route("GET", "/pins", "admin", pins, list[forms.Pin]),
    Route("POST", "/pins", "admin", pin, forms.Pin),
    Route("DELETE", "/pins", "admin", unpin, forms.Removed),
    Route("GET", "/feedback", "expert", feedback, list[forms.Opinion]),
    Route("POST", "/cache/purge", "admin", purge, forms.Purged),
    Route("POST", "/forget", "admin", forget, forms.Forgotten),
    Route("GET", "/audit", "admin", audit, None),
    Route("GET", "/commands", "asker", commands, list[forms.CommandForm]),
    Route("POST", "/commands/{name}", "asker", command, forms.Said),
)
_FAILURES: Final = (400, 401, 403, 404, 409, 413, 421, 422, 500, 503)


def build_api(bot: Bot, *, version: str) -> FastAPI:
    api = FastAPI(
        title="Deskhand",
        version=version,
        summary="Ask the support bot, and run it.",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(program_of)],
        responses={status: {"model": forms.Problem} for status in _FAILURES},
        redirect_slashes=False,
    )
    api.state.bot = bot
    explain(api)
    for route in ROUTES:
        api.add_api_route(
            route.path,
            route.do,
            methods=[route.method],
            operation_id=route.do.__name__,
            summary=(route.do.__doc__ or "").partition("\n")[0],
            response_model=route.out,
            response_class=JSONResponse,
            responses={} if route.out else {route.status: JsonLines.described},
            status_code=route.status,
            openapi_extra={ROLE: route.role},
        )
    return api
