"""People at the console without a script: they open pages, fill in forms, and look again."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from time import monotonic

import httpx2
from lxml import html

PATIENCE = 15.0
PEOPLE = """
[[person]]
id = "console:ana"
name = "Ana"

[[person]]
id = "console:ben"
name = "Ben"
role = "expert"

[[person]]
id = "console:eva"
name = "Eva"
role = "expert"

[[person]]
id = "console:ada"
name = "Ada"
role = "admin"

[[person]]
id = "console:olga"
name = "Olga"
external = true

[[person]]
id = "console:hana"
name = "Hana"
groups = ["hr"]
"""


@dataclass
class Visitor:
    """A browser that runs no script. `page` is what it shows, `status` how the server answered."""

    client: httpx2.AsyncClient
    page: html.HtmlElement
    status: int = 200

    async def opens(self, path: str) -> None:
        self._show(await self.client.get(path))

    async def submits(self, button: str, **fields: str) -> None:
        """The form with this button, the rest of it as it stands."""
        await self.sends(*self.form(button, **fields))

    def form(self, button: str, **fields: str) -> tuple[str, dict[str, str]]:
        """Where it goes, and what is sent."""
        for form in self.page.forms:
            for each in form.xpath(".//button"):
                if button in " ".join(each.text_content().split()):
                    pressed = {each.get("name"): each.get("value")} if each.get("name") else {}
                    return form.action, {**_filled(form), **pressed, **fields}
        raise AssertionError(
            f"There is no button {button!r} but {[b.text_content() for b in self.page.xpath('//button')]}"
        )

    async def sends(self, action: str, fields: dict[str, str]) -> None:
        self._show(await self.client.post(action, data=fields))

    async def sees(self, *words: str) -> None:
        """Now, or when they look again."""
        end = monotonic() + PATIENCE
        while not all(word in self.text for word in words):
            assert monotonic() < end, f"{words} are not on the page: {self.text}"
            await asyncio.sleep(0.05)
            self._show(await self.client.get(self.path))

    @property
    def text(self) -> str:
        """All that can be read in the main part."""
        text = " ".join(" ".join(self.page.xpath("//main")[0].itertext()).split())
        return re.sub(r" ([:.,])", r"\1", text)

    def links(self, part: str) -> list[str]:
        return [href for href in self.page.xpath("//main//a/@href") if part in href]

    def _show(self, answer: httpx2.Response) -> None:
        self.status = answer.status_code
        self.path = answer.url.raw_path.decode()
        self.page = html.fromstring(answer.text)


def _filled(form: html.FormElement) -> dict[str, str]:
    return {name: value or "" for name, value in form.form_values()}


async def visitor(url: str) -> Visitor:
    client = httpx2.AsyncClient(base_url=url, timeout=20, follow_redirects=True, trust_env=False)
    return Visitor(client, html.fromstring("<main></main>"))


async def signed_in(url: str, name: str) -> Visitor:
    """Somebody of PEOPLE."""
    made = await visitor(url)
    await made.opens("/")
    await made.submits(name)
    assert made.status == 200, made.text
    return made
