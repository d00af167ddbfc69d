"""Markdown for site generators holds `{% tags %}` that no reader of the site ever sees."""

from __future__ import annotations

import re

# Repetitions have an end everywhere, so that no text takes more than a few seconds for a megabyte.
_FENCED = r"^(?P<fence> {0,3}(?:```|~~~))[^\n]*\n.*?(?:^(?P=fence)|\Z)"
_SPAN = r"(?<!`)(?P<ticks>`{1,3})(?!`)[^\n]{0,500}?(?<!`)(?P=ticks)(?!`)"
_COMMENT = r"\{%-?\s*comment\b[^%]{0,200}%\}.{0,5000}?\{%-?\s*endcomment\s*-?%\}"
_TAG = r"\{%-?\s*(?P<name>[\w-]+)(?P<rest>(?:[^%\"']|%(?!\})|\"[^\"]{0,300}\"|'[^']{0,300}'){0,200}?)-?%\}"
_MARKUP = re.compile(f"(?P<code>{_FENCED}|{_SPAN})|{_COMMENT}|{_TAG}", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(\s*\{[%{][^\n]{0,300}?[%}]\}[^\s)]*\s*\)")
_DEFINITION = re.compile(r"^( {0,3}\[[^\]\n]{1,200}\]:) *\{[%{][^\n]{0,300}?[%}]\}[^\n]*$", re.MULTILINE)
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_PATH = re.compile(r"\S*(/|\.\w{2,5}$)\S*")
_SILENT = frozenset(
    "if unless elsif elseif else case when for assign set capture increment decrement include render layout extends"
    " import from macro call block filter with raw verbatim page link post_url url static csrf_token load".split()
)


def without_template_tags(text: str) -> str:
    """The text as a reader of the site sees it: of a tag only its words, of a comment nothing, code as it is."""
    if "{%" not in text and "{{" not in text:
        return text
    return _MARKUP.sub(_shown, _DEFINITION.sub(r"\1 #", _LINK.sub("](#)", text)))


def _shown(match: re.Match[str]) -> str:
    if match["code"]:
        return match[0]
    name = match["name"]
    if not name or name in _SILENT or name.startswith("end"):
        return ""
    for quoted in _QUOTED.finditer(match["rest"]):
        words = quoted[1] or quoted[2] or ""
        if not _PATH.fullmatch(words):
            return words
    return ""
