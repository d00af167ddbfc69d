"""Plain text in whatever encoding it comes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from adapters.file_source.cleaning import clean, one_line
from adapters.file_source.content import Caps, Content, Part, Unreadable
from adapters.file_source.front_matter import split_front_matter

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r", "mac_roman", "cp437"),
    *("shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ITEM = re.compile(r"(\s*)(?:[-*+•‣◦▪–·●○]|(?:\d{1,3}|[a-zA-Z])[.)]|\((?:\d{1,3}|[a-zA-Z])\))\s+(?=\S)")
_BULLET = re.compile(r"\s*[-*+•‣◦▪–·●○]\s+")
_RULE = re.compile(r"\s*([=\-~^*_#])\1{2,}\s*")


def read_text(data: bytes, caps: Caps) -> Content:
    fields, text, notes = split_front_matter(clean(decode(data)))
    parts = list(_parts(text.split("\n")))
    title = parts[0].text if parts and parts[0].kind == "heading" else None
    return Content(parts, title=title, fields=fields, notes=notes)


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Text of bytes: by its mark, by what it declares, as UTF-8, else by what reads best. Raises Unreadable."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    if b"\0" in data[:4096]:
        return _decode_wide(data)
    for candidate in ("utf-8", declared):
        try:
            if candidate:
                return _text_only(data.decode(candidate))
        except (UnicodeDecodeError, LookupError):
            continue
    return _text_only(_decode_guessed(data))


def _decode_wide(data: bytes) -> str:
    """UTF-16 without a mark has a zero in every other byte of Latin text."""
    even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if max(even, odd) < 4 * min(even, odd) + len(data[:4096]) // 20:
        raise Unreadable("is not text by content: remove it, or save the document again")
    return _text_only(data.decode(encoding, "replace"))


def _decode_guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    # A few words say too little to tell encodings apart; then the commonest of them is the best guess.
    if sum(byte > 127 for byte in data) < 12:
        return data.decode("cp1252", "replace")
    guesses = list(from_bytes(data[:65536], cp_isolation=list(_ENCODINGS), preemptive_behaviour=False))
    best = guesses[0] if guesses else None
    western = next((guess for guess in guesses if guess.encoding == "cp1252"), best)
    if best and western and western.chaos <= best.chaos + 0.01 and western.coherence >= best.coherence - 0.05:
        best = western
    return data.decode(best.encoding if best else "cp1252", "replace")


def _text_only(text: str) -> str:
    controls = len(_CONTROLS.findall(text[:65536]))
    if controls > 8 and controls > len(text[:65536]) / 50:
        raise Unreadable("is not text by content: remove it, or save the document again")
    return text


def _parts(lines: list[str]) -> Iterator[Part]:
    paragraph: list[str] = []
    indents: list[int] = []  # of the items that the present one is inside of
    wrapped = _is_wrapped(lines)
    for number, line in enumerate(lines):
        heading = _heading(lines, number)
        rule = _RULE.fullmatch(line)
        starts = not line.strip() or heading or _ITEM.match(line) or rule or not wrapped
        if starts and paragraph:
            yield _part(paragraph, indents)
            paragraph = []
        if heading:
            yield Part("heading", one_line(line), heading)
        elif line.strip() and not rule:
            paragraph.append(line)
    if paragraph:
        yield _part(paragraph, indents)


def _part(lines: list[str], indents: list[int]) -> Part:
    item = _ITEM.match(lines[0])
    if not item:
        indents.clear()
        return Part("paragraph", one_line(" ".join(lines)))
    lines = [_BULLET.sub("", lines[0], count=1), *lines[1:]]
    indent = len(item.group(1).expandtabs(4))
    while indents and indents[-1] >= indent:
        indents.pop()
    indents.append(indent)
    return Part("item", one_line(" ".join(lines)), len(indents) - 1)


def _is_wrapped(lines: list[str]) -> bool:
    """Whether lines are broken at a margin, and not a paragraph each."""
    lengths = sorted(len(line) for line in lines if line.strip())
    return not lengths or lengths[len(lengths) * 9 // 10] <= 120


def _heading(lines: list[str], number: int) -> int:
    """The level of a heading that is beyond doubt: underlined, or short capitals between empty lines; else 0."""
    line = lines[number].strip()
    if not 2 < len(line) <= 100 or _ITEM.match(line) or _RULE.fullmatch(line):
        return 0
    before = lines[number - 1].strip() if number else ""
    after = lines[number + 1].strip() if number + 1 < len(lines) else ""
    if before and not _RULE.fullmatch(before):
        return 0
    if _RULE.fullmatch(after) and len(line) / 2 <= len(after) <= len(line) * 2:
        return 1 if after[0] == "=" else 2
    letters = sum(c.isalpha() for c in line)
    capitals = line.isupper() and letters >= max(4, len(line) * 0.6) and len(line) <= 60
    return 2 if capitals and not before and not after and line[-1] not in ".,;!" else 0
