"""Who gets in, and what a form must bring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from adapters.console.doors import ANYBODY, role_of
from bot.app.service import Service
from bot.app.serving import console_of
from bot.models import RANK
from tests.e2e.console.support import Visitor, visitor
from tests.e2e.http.support import Site

Enter = Callable[[str], Awaitable[Visitor]]
PEOPLE = {"asker": "Ana", "expert": "Ben", "admin": "Ada"}


def _routes(site: Site) -> Iterator[tuple[str, str, Any]]:
    console = console_of(site.app, Service(site.app))
    assert console is not None
    for route in console.routes:
        for method in getattr(route, "methods", ()) or ():
            if method != "HEAD":
                yield method, route.path.replace("{id}", "x").replace("{number}", "1"), route  # type: ignore[attr-defined]


async def test_every_route_says_which_role_it_needs(site: Site) -> None:
    for _, path, route in _routes(site):
        assert role_of(route) in (ANYBODY, "asker", "expert", "admin"), path


async def test_each_role_gets_what_it_may_and_nothing_else(site: Site, enter: Enter) -> None:
    for mine, name in PEOPLE.items():
        person = await enter(name)
        for method, path, route in _routes(site):
            needs = role_of(route)
            if needs == ANYBODY or "sign-out" in path or "/live/" in path:
                continue
            token = person.page.xpath("//input[@name='csrf']/@value")[0]
            answer = await person.client.request(method, path, data={"csrf": token} if method != "GET" else None)
            allowed = RANK[mine] >= RANK[needs]  # type: ignore[index]
            assert (answer.status_code != 403) == allowed, f"{mine} at {method} {path}: {answer.status_code}"


async def test_who_is_not_signed_in_is_asked_who_they_are_and_nothing_is_done(site: Site) -> None:
    nobody = await visitor(site.url)
    for method, path, route in _routes(site):
        if role_of(route) == ANYBODY:
            continue
        answer = await nobody.client.request(method, path, follow_redirects=False)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in?then="), path
    await nobody.client.aclose()


async def test_a_form_without_its_token_or_from_another_site_changes_nothing(site: Site, enter: Enter) -> None:
    ana = await enter("Ana")
    action, fields = ana.form("Ask", text="How many days of annual leave do I get?")
    for wrong in ({**fields, "csrf": ""}, {**fields, "csrf": "0" * 64}):
        await ana.sends(action, wrong)
        assert ana.status == 403
    answer = await ana.client.post(action, data=fields, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    await ana.opens(action)
    assert "Nothing has been said" in ana.text


async def test_after_signing_out_the_cookie_lets_nobody_in(site: Site, enter: Enter) -> None:
    ana = await enter("Ana")
    kept = dict(ana.client.cookies)
    await ana.submits("Sign out")
    assert "Who are you?" in ana.text
    again = await visitor(site.url)
    again.client.cookies.update(kept)
    await again.opens("/ask")
    assert "Who are you?" in again.text
    await again.client.aclose()


async def test_pages_allow_no_script_of_their_own_and_nothing_from_elsewhere(enter: Enter) -> None:
    ana = await enter("Ana")
    answer = await ana.client.get("/ask")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "http://" not in answer.text.replace("http://www.w3.org", "")
    stranger = await visitor(str(ana.client.base_url))
    given = {"person": "console:ana", "then": "//evil.example"}
    signed_in = await stranger.client.post("/sign-in", data=given, follow_redirects=False)
    await stranger.client.aclose()
    assert signed_in.headers["location"] == "/"
    assert {"httponly", "samesite=lax"} <= {part.strip().lower() for part in signed_in.headers["set-cookie"].split(";")}
