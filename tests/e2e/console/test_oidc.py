"""Signing in where the organisation signs in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.console.oidc_provider import CLIENT, SECRET, Provider, providing
from tests.e2e.console.support import Visitor, visitor
from tests.e2e.http.support import serving
from tests.e2e.organisation import Organisation

PEOPLE = """
[[person]]
id = "console:ana@example.com"
name = "Ana"
role = "expert"
"""


@dataclass
class Door:
    """Somebody before the console, and the provider behind it."""

    who: Visitor
    provider: Provider

    async def signs_in(self, then: str = "/ask") -> None:
        await self.who.opens(f"/sign-in/with/oidc?then={then}")

    async def is_in(self) -> bool:
        """Whether a page that is for people who are signed in opens."""
        return (await self.who.client.get("/history", follow_redirects=False)).status_code == 200


@pytest.fixture
async def door(copy: Organisation, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    home = copy.folder / ".deskhand"
    async with providing() as provider:
        monkeypatch.setenv("DESKHAND_OIDC_SECRET", SECRET)
        tables = f'\n[console]\nsign_in = "oidc"\n\n[oidc]\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\n'
        file = home / "deskhand.toml"
        file.write_text((file.read_text() if file.exists() else "") + tables)
        (home / "people.toml").write_text(PEOPLE)
        async with serving(home) as site:
            who = await visitor(site.url)
            yield Door(who, provider)
            await who.client.aclose()


async def test_who_comes_back_from_the_provider_is_in_with_their_role(door: Door) -> None:
    await door.who.opens("/desk")
    assert "With the account that you use everywhere" in door.who.text
    await door.signs_in("/desk")
    assert door.who.path == "/desk"
    assert "All answered" in door.who.text


async def test_the_case_of_an_address_makes_nobody_else(door: Door) -> None:
    door.provider.claims["email"] = "Ana@Example.com"
    await door.signs_in("/desk")
    assert "All answered" in door.who.text


async def test_a_key_that_is_new_is_fetched(door: Door) -> None:
    await door.signs_in()
    assert await door.is_in()
    door.provider.rotate()
    await door.who.submits("Sign out")
    assert not await door.is_in()
    await door.signs_in()
    assert await door.is_in()


def changed(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update({name: value})


WRONG = {
    "nonce": changed("nonce", "another"), "audience": changed("aud", "another"),
    "several audiences": changed("aud", [CLIENT, "another"]), "issuer": changed("iss", "https://evil.example"),
    "expired": changed("exp", int(time.time()) - 600), "not confirmed": changed("email_verified", False),
    "no address": lambda claims: claims.pop("email"), "odd address": changed("email", "a b:c"),
    "no subject": lambda claims: claims.pop("sub"), "address is a list": changed("email", ["ana@example.com"]),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
async def test_a_token_with_something_wrong_lets_nobody_in(door: Door, what: str) -> None:
    door.provider.tamper = WRONG[what]
    await door.signs_in()
    assert door.who.status == 403
    assert "Signing in did not work" in door.who.text
    assert not await door.is_in()


@pytest.mark.parametrize("signs", ["none", "HS256"])
async def test_a_token_that_anybody_could_have_signed_lets_nobody_in(door: Door, signs: str) -> None:
    door.provider.signs = signs
    await door.signs_in()
    assert door.who.status == 403
    assert not await door.is_in()


async def test_what_the_provider_refuses_is_said(door: Door) -> None:
    door.provider.error = "access_denied"
    await door.signs_in()
    assert "did not let you in" in door.who.text
    door.provider.error, door.provider.down = "", True
    await door.signs_in()
    assert "refused" in door.who.text
    assert not await door.is_in()


async def test_a_provider_that_is_called_otherwise_is_not_trusted(door: Door) -> None:
    door.provider.calls = True
    await door.signs_in()
    assert "calls itself otherwise" in door.who.text
    assert not await door.is_in()


async def test_an_answer_that_this_browser_did_not_begin_lets_nobody_in(door: Door) -> None:
    begun = await door.who.client.get("/sign-in/with/oidc", follow_redirects=False)
    back = await door.who.client.get(begun.headers["location"], follow_redirects=False)
    address = back.headers["location"]
    stranger = await visitor(str(door.who.client.base_url))
    await stranger.opens(address)
    assert "not begun in this browser" in stranger.text
    await door.who.opens(address.replace("state=", "state=x"))
    assert "not begun in this browser" in door.who.text
    await stranger.client.aclose()
    assert not await door.is_in()


async def test_a_code_works_once(door: Door) -> None:
    begun = await door.who.client.get("/sign-in/with/oidc", follow_redirects=False)
    back = await door.who.client.get(begun.headers["location"], follow_redirects=False)
    await door.who.opens(back.headers["location"])
    assert await door.is_in()
    await door.who.opens(back.headers["location"])
    assert door.who.status == 403


@pytest.mark.parametrize("then", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_it_leads_to_no_other_site(door: Door, then: str) -> None:
    await door.signs_in(then)
    assert door.who.path.startswith(("/ask", "/desk"))


async def test_nobody_signs_in_as_somebody_by_name(door: Door) -> None:
    answer = await door.who.client.post("/sign-in", data={"person": "console:ana@example.com", "then": "/"})
    assert answer.status_code == 403
    assert not await door.is_in()
