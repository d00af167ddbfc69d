"""Markdown by way of the HTML it stands for, so that HTML inside it is treated the same."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml.html.defs import tags
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml

from adapters.file_source.cleaning import clean
from adapters.file_source.content import Caps, Content
from adapters.file_source.front_matter import split_front_matter
from adapters.file_source.html import read_markup
from adapters.file_source.template_tags import without_template_tags
from adapters.file_source.text import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

_TAG = re.compile(r"</?([a-zA-Z][\w-]*)")
_DEPTH = 200


def read_markdown(data: bytes, caps: Caps) -> Content:
    fields, text, notes = split_front_matter(clean(decode(data)))
    content = read_markup(_parser().render(without_template_tags(text)), whole=True)
    content.fields = fields
    content.notes += notes
    content.title = next((part.text for part in content.parts if part.kind == "heading"), None)
    return content


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _DEPTH}).enable("table").enable("strikethrough")
    parser.add_render_rule("html_inline", _inline_html)
    return parser


def _inline_html(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """Only real elements are markup: `<your name>` is text, as its author meant it."""
    content = tokens[index].content
    tag = _TAG.match(content)
    return escapeHtml(content) if tag and tag.group(1).lower() not in tags else content
