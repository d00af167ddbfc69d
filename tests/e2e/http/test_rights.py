"""Who may use what: every route with every role, so that a new route without a rule fails here."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from adapters.http.api import PREFIX, ROUTES, build_api
from adapters.http.letting_in import role_of
from adapters.http.site import build_site
from bot.admin.table import COMMANDS
from bot.app.entrance import access_of
from bot.models import RANK, Role
from tests.e2e.http.support import MANNERS, BotDouble, Site, client, running, site_of

OPEN = {"/healthz", "/readyz"}
"""Everybody may use these. /metrics is in test_operating.py."""
BODIES: dict[str, Any] = {
    "ask": {"question": "Who?"},
    "reindex": {},
    "link": {"link": ""},
    "pin": {"question": "Who?"},
    "forget": {"person": "slack:U1"},
    "command": {"words": []},
}
QUERIES = {"search": {"q": "Who?"}, "explain_answer": {"q": "Who?"}, "unpin": {"question": "Who?"}}


async def allowed(*_: object) -> None:
    """Whoever gets here may: it fails in a way of its own."""
    raise ArithmeticError


def routes_of(app: FastAPI) -> list[BaseRoute]:
    return list(app.routes)


def test_every_route_of_the_site_is_known() -> None:
    site = build_site(BotDouble(), MANNERS)
    paths = {route.path for route in routes_of(site) if isinstance(route, (APIRoute, Mount))}
    assert paths == {*OPEN, "/metrics", PREFIX}
    assert len(routes_of(site)) == len(paths)


def test_every_route_for_programs_names_the_role_it_takes() -> None:
    api = build_api(BotDouble(), version="1")
    described = {route.path for route in routes_of(api) if isinstance(route, Route) and not isinstance(route, APIRoute)}
    assert described == {"/openapi.json"}
    named = {
        (*(route.methods or ()), route.path): role_of(route) for route in api.routes if isinstance(route, APIRoute)
    }
    assert named == {(route.method, route.path): route.role for route in ROUTES}
    assert set(named.values()) <= set(RANK)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_a_route_lets_in_who_has_its_role_and_nobody_else(route: Any) -> None:
    path = PREFIX + route.path.format(number=1, name="help")
    what = route.do.__name__
    sends = {"json": BODIES[what]} if what in BODIES else {}
    async with site_of(BotDouble(do=allowed)) as url:
        for token in ("", "wrong", *RANK):
            async with client(url, token=token) as http:
                answer = await http.request(route.method, path, params=QUERIES.get(what, {}), **sends)
            expected = 401 if token not in RANK else 500 if RANK[token] >= RANK[route.role] else 403
            assert answer.status_code == expected, token
            assert ("www-authenticate" in answer.headers) == (expected == 401)


@pytest.mark.parametrize("authorization", ["Bearer", "bearer", "Basic YWRtaW46", "admin", "Token admin"])
async def test_what_is_no_token_lets_nobody_in(authorization: str) -> None:
    async with site_of(BotDouble(do=allowed)) as url, client(url, Authorization=authorization) as http:
        assert (await http.get(f"{PREFIX}/status")).status_code == 401


async def test_a_route_that_names_no_role_lets_nobody_in() -> None:
    api = build_api(BotDouble(), version="1")

    async def forgotten() -> str:
        return "secret"

    api.add_api_route("/forgotten", forgotten)
    async with running(api) as url, client(url, token="admin") as http:
        answer = await http.get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


async def test_every_command_is_given_to_who_has_its_role_and_to_nobody_else(site: Site) -> None:
    roles: tuple[Role, ...] = ("asker", "expert", "admin")
    for command, role in product(COMMANDS, roles):
        answer = await site.clients[role].post(f"{PREFIX}/commands/{command.name}", json={"words": ["--yes", "1"]})
        may = RANK[role] >= RANK[command.role]
        assert (answer.status_code == 403) == (not may), (command.name, role, answer.text)
        assert answer.status_code < 500 or answer.status_code == 503


async def test_each_is_told_of_the_commands_it_may_give(site: Site) -> None:
    for role in RANK:
        told = (await site.clients[role].get(f"{PREFIX}/commands")).json()
        assert [each["command"] for each in told] == [each.call for each in COMMANDS if RANK[role] >= RANK[each.role]]


async def test_a_token_that_was_revoked_lets_nobody_in(site: Site) -> None:
    assert (await site.expert.get(f"{PREFIX}/status")).status_code == 200
    await access_of(site.app).revoke("expert", by="local:tests")
    assert (await site.expert.get(f"{PREFIX}/status")).status_code == 401


async def test_a_session_and_a_link_are_no_tokens(site: Site) -> None:
    access = access_of(site.app)
    for secret in (await access.open_session("local:root"), await access.issue_link("local:root")):
        async with client(site.url, token=secret) as http:
            assert (await http.get(f"{PREFIX}/status")).status_code == 401
