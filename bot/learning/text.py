"""What people write in chat -> plain blocks.

It is data, whatever it says: marks of emphasis and of the bot's own sources go, and so does what the eye cannot see,
which carries hidden instructions and breaks words for search.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from knowledge.models import Block

LONGEST_ANSWER: Final = 10_000
LONGEST_TITLE: Final = 300

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Characters without a shape of their own that Unicode does not count as controls or formats: fillers, selectors.
_SHAPELESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_SELECTORS = re.compile(
    "(?<![©®\u2000-\u3300\U0001f000-\U0001faff#*0-9])[\ufe00-\ufe0f]|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]"
)
# Persian, Indic words and emoji need a joiner between two of their characters, and nothing else does.
_JOINERS = re.compile("(?<![^\x00-\u05ff\u200b-\u200f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u05ff\u200b-\u200f])")
_NUMBER_SIGNS: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Formats by name, but they are seen."""

_FENCE = re.compile("\\s*(`{3,}|~{3,})[^`]*")
_HEADING = re.compile(r"\s*(#{1,6})\s+(\S.*)")
_ITEM = re.compile(r"(\s*)(?:[-*+•‣◦▪●○–]|(\d{1,3}[.)]))\s+(\S.*)")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_LINE = re.compile(r"\s*([=\-_*~])\1{2,}\s*")
_CELL = re.compile(r"(?<!\\)\|")
_SOURCE_LINE = re.compile(r"\s*\[\d{1,2}\] \S.*")
"""A source under an answer of the bot, as a sent draft has them."""
_MARK = re.compile(r"\s?\[\d{1,2}\](?!\()")
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\([^()\s]*\)")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(((?:https?|mailto):[^()\s]+)\)")
_BRACKETED = re.compile(r"<((?:https?|mailto):[^<>\s|]+)(?:\|([^<>\n]*))?>")
_EMPHASIS = (
    re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1"),
    re.compile(r"(?<![\w*])(\*)(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])"),
    re.compile(r"(?<!\w)(_)(?=[^\s_])([^_\n]+?)(?<=\S)_(?!\w)"),
    re.compile(r"(`+)([^`\n]+)\1"),
)


def clean(text: str) -> str:
    """NFC text without invisible characters; every kind of blank is a blank, every kind of line end is `\\n`."""
    text = _LINE_ENDS.sub("\n", text)
    if text.isascii() and text.isprintable():
        return text
    text = _SELECTORS.sub("", _SHAPELESS.sub("", text))
    text = "".join(map(_seen, text))
    return unicodedata.normalize("NFC", _JOINERS.sub("", text))


def one_line(text: str) -> str:
    """Clean text on a single line with single blanks."""
    return " ".join(clean(text).split())


def blocks_of(answer: str) -> list[Block]:
    """Paragraphs (a line each, as chats break them), items, tables, code, headings below the first level.

    What goes beyond `LONGEST_ANSWER` characters is left out.
    """
    lines = clean(answer)[:LONGEST_ANSWER].split("\n")
    while lines and (not lines[-1].strip() or _SOURCE_LINE.fullmatch(lines[-1])):
        lines.pop()
    return [block for block in _blocks(lines) if block.text.strip() or block.rows]


def _seen(character: str) -> str:
    """The character if it can be seen, a blank for any blank, and nothing for the rest."""
    if character in "\n\u200c\u200d":
        return character
    kind = unicodedata.category(character)
    if kind == "Zs" or character in "\t\x1f\u2800":
        return " "
    hidden = kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and character not in _NUMBER_SIGNS
    return "" if hidden else character


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        line = lines[at].lstrip("> ") if lines[at].lstrip().startswith(">") else lines[at]
        if fence := _FENCE.fullmatch(line):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == fence[1]), len(lines))
            yield Block("code", "\n".join(lines[at + 1 : end]))
            at = end
        elif "|" in line and at + 1 < len(lines) and "|" in lines[at + 1] and _RULE.fullmatch(lines[at + 1]):
            end = next((n for n in range(at + 2, len(lines)) if "|" not in lines[n]), len(lines))
            yield _table([line, *lines[at + 2 : end]])
            at = end - 1
        elif not _LINE.fullmatch(line):
            yield _block(line)
        at += 1


def _block(line: str) -> Block:
    if heading := _HEADING.fullmatch(line):
        return Block("heading", _plain(heading[2].rstrip("# ")), min(6, len(heading[1]) + 1))
    if item := _ITEM.fullmatch(line):
        text = _plain(item[3])
        level = min(5, len(item[1].expandtabs(4)) // 2)
        return Block("item", f"{item[2]} {text}" if item[2] else text, level)
    return Block("paragraph", _plain(line))


def _table(lines: Sequence[str]) -> Block:
    """Regular: every row as long as the longest."""
    rows = [[_plain(cell.replace("\\|", "|")) for cell in _CELL.split(line.strip().strip("|"))] for line in lines]
    width = max(map(len, rows))
    return Block("table", rows=tuple((*row, *[""] * (width - len(row))) for row in rows))


def _plain(text: str) -> str:
    """Words without marks. A link keeps its address, which whoever approves has to see."""
    text = _LINK.sub(r"\1 (\2)", _IMAGE.sub(r"\1", text))
    text = _BRACKETED.sub(lambda found: f"{found[2]} ({found[1]})" if found[2] else found[1], text)
    text = _MARK.sub("", text)
    for marks in _EMPHASIS:
        text = marks.sub(r"\2", text)
    return " ".join(text.split())
