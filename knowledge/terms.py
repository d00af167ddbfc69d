"""The words by which passages are found: one definition for every index, so that all rank alike.

A term is a case-folded word without accents, reduced to its Porter stem (M. Porter, "An algorithm for suffix
stripping", 1980). Stop words, question words among them, are no terms.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

_STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before being but by can could did do does doing
    for from had has have having he her here hers him his how i if in into is it its just let may me might mine more
    most must my no nor not of on only or other our ours out own please same shall she should so some such than
    that the their theirs them then there these they this those to too until up very was we were what when
    where which while who whom whose why will with would you your yours
    cant couldnt didnt doesnt dont hasnt havent im isnt ive shouldnt thats theres wasnt whats whos wont wouldnt
    """.split()
)
# "company's", "we'll": the endings go too.
_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ](?:s|d|m|ll|re|ve)\b|['’ʼ]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# Letters and digits, and the vowel signs of Indic and South-East Asian scripts, which `\w` leaves out.
_WORD = re.compile(r"(?:[^\W_]|[\u0900-\u0963\u0966-\u0dff\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3])+")
_INDIC = "\u0900"
_SIGNS = dict.fromkeys(map(ord, "™℠\u00ad\u200c\u200d"))
"""Trade marks, soft hyphens and joiners are no part of a word."""


def fold(text: str) -> str:
    """Lower case without accents; thousands separators, possessive endings and contracted verbs dropped."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text.translate(_SIGNS))
        text = "".join(c for c in parts if c >= _INDIC or not unicodedata.combining(c))
    text = text.casefold()
    # Looked for first: most short texts have neither, and a substitution costs as much as all the rest.
    if any(sign in text for sign in "'’ʼ"):
        text = _APOSTROPHES.sub("", text)
    return _THOUSANDS.sub("", text) if "," in text else text


def words(text: str) -> list[str]:
    """All words of `text`, folded, stop words included."""
    return _WORD.findall(fold(text))


def terms(text: str) -> list[str]:
    """The terms of `text` in order, repetitions kept."""
    return [_stem(word) for word in words(text) if word not in _STOP_WORDS]


def query_terms(question: str) -> tuple[str, ...]:
    """The distinct terms of a question; its stop words if it has nothing else ("who is who?")."""
    found = terms(question) or [_stem(word) for word in words(question)]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    # A new stemmer for each missing word: PyStemmer's objects are not safe to share between threads.
    # "s" alone would have an empty stem.
    return str(Stemmer.Stemmer("porter", 0).stemWord(word)) or word
