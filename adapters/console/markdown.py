"""The Markdown of replies and documents -> HTML that holds nothing but text, structure and harmless links."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from bot.models import Source

_ROOM: Final = "room:"
_MARK: Final = re.compile(r"\[(\d{1,3})\]")


class _Renderer(RendererHTML):
    """Marks of sources become links to the passages; links open elsewhere and tell nobody where they were."""

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        passages: Mapping[int, str] = env.get("passages", {})

        def mark(found: re.Match[str]) -> str:
            passage = passages.get(int(found[1]))
            if passage is None:
                return found[0]
            return f'<a class="mark" href="/documents/{passage}" data-dialog>{found[1]}</a>'

        return _MARK.sub(mark, str(escape(tokens[idx].content)))

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        href = str(tokens[idx].attrGet("href") or "")
        if href.startswith(_ROOM):
            return '<span class="room">'
        return f'<a href="{escape(href)}" rel="noopener noreferrer nofollow" target="_blank">'

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        opened = next(token for token in reversed(tokens[:idx]) if token.type == "link_open")
        return "</span>" if str(opened.attrGet("href") or "").startswith(_ROOM) else "</a>"


def _harmless(url: str) -> bool:
    return url.startswith(("http://", "https://", _ROOM))


def _parser(preset: str, *rules: str, **options: Any) -> MarkdownIt:
    made = MarkdownIt(preset, {"html": False, **options}, renderer_cls=_Renderer).enable(list(rules)).disable("image")
    made.validateLink = _harmless  # type: ignore[method-assign]
    return made


_REPLY: Final = _parser("zero", "emphasis", "list", "blockquote", "link", "newline", "escape", "backticks", breaks=True)
_DOCUMENT: Final = _parser("commonmark", "table")


def reply_html(text: str, sources: Sequence[Source] = ()) -> Markup:
    """The small Markdown of `bot.models.Reply`; `[1]` leads to what it cites."""
    env: MutableMapping[str, Any] = {"passages": {source.number: source.passage for source in sources}}
    return Markup(_REPLY.render(text, env))  # made from escaped text alone


def document_html(text: str) -> Markup:
    """The Markdown of a passage."""
    return Markup(_DOCUMENT.render(text))
