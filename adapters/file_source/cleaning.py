"""Text without what the eye cannot see.

Invisible characters carry hidden instructions and break words for search, so they go. What a script needs
stays: joiners inside Arabic or Indic words and emoji, variation selectors after emoji and Chinese characters.
"""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"
# Zero-width, bidirectional controls, soft hyphens, fillers, tags, interlinear marks, lone surrogates.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    "\ud800-\udfff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
)
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800"
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SUSPECT = re.compile(f"[^\n\t -~¡-\u00ac\u00ae-\u02ff]|[{_JOINERS}]")
_REMOVE = re.compile(f"[{_INVISIBLE}]")
_BLANK = re.compile(f"[\t\x1f{_BLANKS}]")
_JOINER = re.compile(f"[{_JOINERS}]+")
_SELECTOR = re.compile(f"[{_SELECTORS}]+")
# Emoji and the signs that have an emoji form.
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff#*0-9]"
)
_HAN = re.compile("[\u2e80-\u2fdf\u3001-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0e80-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)


def clean(text: str) -> str:
    """NFC text without invisible characters; every kind of blank is a blank, every kind of line end is `\\n`."""
    text = _LINE_ENDS.sub("\n", text)
    if not _SUSPECT.search(text):
        return text.replace("\t", " ").replace("\xa0", " ")
    text = _REMOVE.sub("", text)
    text = _BLANK.sub(" ", text)
    text = _JOINER.sub(_needed_joiner, text)
    text = _SELECTOR.sub(_needed_selector, text)
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Clean text on a single line with single blanks."""
    return " ".join(clean(text).split())


def _needed_joiner(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    before = next((c for c in reversed(text[max(0, start - 3) : start]) if not _SELECTOR.match(c)), "")
    after = text[end : end + 1]
    if _JOINING.match(before) and (_JOINING.match(after) or not after.strip()):
        return match.group()[0]
    is_sequence = _EMOJI.match(before) and _EMOJI.match(after) and not (before + after).isdigit()
    return "\u200d" if is_sequence and "\u200d" in match.group() else ""


def _needed_selector(match: re.Match[str]) -> str:
    """One selector after a character that has variants; a run of them is a hidden message."""
    before, selector = match.string[max(0, match.start() - 1) : match.start()], match.group()[0]
    if selector in "\ufe0e\ufe0f":
        return selector if _EMOJI.match(before) else ""
    return selector if _HAN.match(before) else ""
