"""Which way a message takes, before anything is searched.

Knowledge is the default: a wrong route of another kind silences an answer. The others need a pattern that leaves no
doubt, or a high probability by examples (`routes.toml`) and a look that fits. What is in no English goes to knowledge,
unless it plainly asks for a person.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

import numpy as np

from bot.router.classifier import Classifier, Fitted
from knowledge.models import FloatArray
from knowledge.ports import Embedder
from knowledge.terms import fold, terms, words

RouteName = Literal["knowledge", "small_talk", "person", "clarify", "personal", "admin"]
"""`clarify`: too vague to search, taken alone. `personal`: needs somebody's own records, which no document holds."""

_FOLDER: Final = Path(__file__).parent
_EXAMPLES: Final = _FOLDER / "routes.toml"
_LEXICAL: Final = 0.3
"""Words count for more than in a sorting by subject: "left" in "how many days do I have left" decides the route."""
_ENGLISH: Final = 0.4
_SURELY_ENGLISH: Final = 0.6
"""Shares of a message's words that must be known for it to be taken for English: more of a short message, or of one
that has foreign words."""
_PERSON_CHANCE: Final = 0.2
"""Of a person being asked for, from which on a word for a person decides."""
_PLAIN: Final = 0.99
"""Probability of a route that a pattern has found."""


@dataclass(frozen=True, slots=True)
class RouteGuess:
    name: RouteName
    probability: float
    """That this route is right."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """When the examples' word for a route is taken."""

    probability: float
    fits: Callable[[str], bool]


class RouteClassifier:
    """Tells the route of a message. `load` makes one."""

    def __init__(self, classifier: Classifier, *, vocabulary: frozenset[str]) -> None:
        self._classifier = classifier
        self._vocabulary = vocabulary

    @classmethod
    async def load(cls, *, embedder: Embedder) -> RouteClassifier:
        """The shipped weights if they belong to the embedder, in about 20 ms. If not, they are made from the examples,
        in a few seconds. Raises EmbedderUnavailable."""
        examples = load_examples()
        fitted = await asyncio.to_thread(read_weights, weights_file(embedder.name), embedder=embedder.name)
        classifier = Classifier(fitted) if fitted else await fit_routes(examples, embedder=embedder)
        known = frozenset(term for given in examples.values() for text in given for term in terms(text))
        return cls(classifier, vocabulary=known)

    def classify(self, text: str, vector: FloatArray) -> RouteGuess:
        """The route of a message that comes without history; `vector` is its embedding.

        The caller decides what becomes of `clarify` where earlier turns say what is meant.
        """
        plain = _plain(text)
        for name, pattern in _PATTERNS:
            if pattern.search(plain):
                return RouteGuess(name, _PLAIN)
        guess = self._classifier.classify(text, vector)
        chances = dict(zip(self._classifier.fitted.labels, guess.probabilities, strict=True))
        name = cast(RouteName, guess.label)
        if name != "person" and chances["person"] >= _PERSON_CHANCE and _asks_for_someone(plain):
            return RouteGuess("person", max(0.5, chances["person"]))
        if name == "knowledge":
            return RouteGuess(name, guess.probability)
        rule = _RULES[name]
        if guess.probability >= rule.probability and rule.fits(plain) and (self._english(text) or name == "person"):
            return RouteGuess(name, guess.probability)
        return RouteGuess("knowledge", max(chances["knowledge"], 1 - guess.probability))

    def _english(self, text: str) -> bool:
        """Whether the words are English stop words or known from the examples."""
        found = words(text)
        known = sum(self._vocabulary.issuperset(terms(word)) for word in found)
        plain = len(found) > 3 and text.isascii() and _FOREIGN.isdisjoint(found)
        return known >= (_ENGLISH if plain else _SURELY_ENGLISH) * len(found)


def load_examples() -> Mapping[RouteName, Sequence[str]]:
    """The shipped examples of every route."""
    given = tomllib.loads(_EXAMPLES.read_text(encoding="utf-8"))
    return {name: tuple(given[name]) for name in get_args(RouteName)}


async def fit_routes(examples: Mapping[RouteName, Sequence[str]], *, embedder: Embedder) -> Classifier:
    """A classifier of these examples. Raises EmbedderUnavailable."""
    named: dict[str, Sequence[str]] = dict(examples)
    return await Classifier.fit(named, embedder=embedder, lexical=_LEXICAL)


def weights_file(embedder: str) -> Path:
    """Where the shipped weights for an embedder would be."""
    return _FOLDER / f"routes.{re.sub(r'[^A-Za-z0-9.]+', '-', embedder)}.npz"


def write_weights(path: Path, fitted: Fitted, *, embedder: str) -> Fitted:
    """Keep weights in a file, rounded, and return what reading it will give."""
    scale = np.abs(fitted.vectors).max(axis=1, keepdims=True) / 127
    about = {
        "embedder": embedder,
        "examples": _digest(),
        "labels": fitted.labels,
        "lexical": fitted.lexical,
        "temperature": fitted.temperature,
    }
    np.savez_compressed(
        path,
        about=np.array(json.dumps(about)),
        vectors=np.rint(fitted.vectors / scale).astype(np.int8),
        scale=scale.astype(np.float16),
        grams=fitted.grams.astype(np.float16),
        rarity=fitted.rarity.astype(np.float32),
        weights=fitted.weights.astype(np.float16),
    )
    written = read_weights(path, embedder=embedder)
    assert written is not None
    return written


def read_weights(path: Path, *, embedder: str) -> Fitted | None:
    """Weights from a file; None if there are none, or if they are another embedder's or of other examples."""
    if not path.exists():
        return None
    with np.load(path) as file:
        about = json.loads(str(file["about"]))
        if about["embedder"] != embedder or about["examples"] != _digest():
            return None
        return Fitted(
            labels=tuple(about["labels"]),
            vectors=file["vectors"].astype(np.float32) * file["scale"].astype(np.float32),
            grams=file["grams"].astype(np.float32),
            rarity=file["rarity"],
            weights=file["weights"].astype(np.float32),
            lexical=about["lexical"],
            temperature=about["temperature"],
        )


def _digest() -> str:
    return hashlib.sha256(_EXAMPLES.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


def _plain(text: str) -> str:
    """Folded, with single spaces and no marks at the end; without a greeting or a please in front."""
    squeezed = " ".join(fold(text).split()).strip(" .,!?")
    rest = _OPENING.sub("", squeezed)
    return rest if words(rest) else squeezed


def _is_short(most: int) -> Callable[[str], bool]:
    return lambda text: len(words(text)) <= most


def _is_vague(text: str) -> bool:
    """Whether there is next to nothing to search for."""
    return len(set(terms(text))) <= 3 and not re.search(r"\d", text)


def _is_own(text: str) -> bool:
    """Whether it is about the asker, or a numbered thing, and no question after the way to do something."""
    return bool(_OWN.search(text)) and not _HOW_TO.search(text)


def _asks_for_someone(text: str) -> bool:
    return bool(_SOMEONE.search(text)) and not _HOW_TO.search(text)


def _is_command(text: str) -> bool:
    return bool(_ADMIN_WORDS.search(text)) and not _HOW_TO.search(text)


_OPENING: Final = re.compile(
    r"^(?:(?:(?:hi|hello|hey|hiya|morning|good (?:morning|afternoon|evening|day))(?: there| all| bot)?"
    r"|ok|okay|yes|thanks|thank you|then|please|pls|kindly|just|so|well|but|and|bot(?=,)|no(?=[,.!])"
    r"|(?:can|could|would|will) (?:you|u))\b[\s,.!:;-]+)+"
)
_OWN: Final = re.compile(r"\b(?:i|im|ive|id|me|my|mine|we|our|us)\b|\d{3}")
_HOW_TO: Final = re.compile(r"\bhow (?:do|can|could|should|would|must|may|to|does)\b|\bwhat (?:if|happens)\b|^(?:if|when) i\b")
_FOREIGN: Final = frozenset(
    """
    ich du er sie wir das und nicht ist ein eine einen wie wann wo kann mein meine meinen bitte danke hallo geht hilfe
    habe mit fur auf dem den viele funktioniert guten tag morgen schon es noch auch
    je tu vous nous le la les des une mon ma mes est pas ne que qui quoi comment bonjour salut merci aide avec pour sur
    ca marche combien puis ou suis commande
    el los las un una mi mis como donde cuando hola gracias ayuda por para tengo puedo esta cuantos dias funciona ayudar hay mucho
    il lo gli che non mio mia come ciao grazie aiuto per sono ho funziona dove posso quanti stai
    o os um uma meu minha nao obrigado ola ajuda onde quero tenho
    ik je het een niet mijn hoe bedankt hulp wat waar kan werkt veel heb
    nie jest czy jak moj dzien dobry czesc dziekuje pomoc gdzie mam
    jag jeg hej tack tak ikke inte hur hvordan er hjalp det har
    merhaba nasil yardim tesekkur evet
    """.split()
) - frozenset("come per lo ma er un mi den tag on".split())
"""Frequent words of other languages that are no English ones."""
_ADMIN_WORDS: Final = re.compile(
    r"\b(?:re-?index\w*|index\w*|sources?|cache|threshold|deskhand|bot|tickets?|gaps?|feedback|logs?|(?:un)?pin|forget"
    r"|status|experts?|channel|answers?|answered|unanswered|documents|passages|commands|settings|configuration|mode"
    r"|generation|sync|search|evaluation|calibrate|admin|version)\b"
)

_ABROAD: Final = (
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Nordic languages, Russian, Chinese, Japanese.
    r"\bmit (?:\w+ )?(?:\w+ )?(?:mensch\w*|person|mitarbeiter\w*|berater\w*|kolleg\w*|jemand\w*)\b.{0,20}\b(?:sprechen|reden|verb[iu]nden|telefonieren|chatten)",
    r"\b(?:parler|discuter|echanger|passez|mettez)\b.{0,25}\b(?:humain|vraie personne|une personne|quelquun|quelqu un|conseill\w+|un agent|operat\w+)\b",
    r"\b(?:hablar|comunicar\w*|chatear|conect\w+|pas[ae]\w*)\b.{0,20}\b(?:persona|humano|humana|agente|alguien|operador\w*|asesor\w*|representante)\b",
    r"\b(?:parlare|passami|passatemi)\b.{0,20}\b(?:persona|umano|operatore|operatrice|qualcuno|agente|consulente)\b",
    r"\b(?:falar|conversar)\b.{0,15}\b(?:pessoa|humano|atendente|alguem|agente)\b",
    r"\bmet (?:een|n) (?:\w+ )?(?:mens|persoon|medewerker)\b|\b(?:medewerker|iemand) (?:spreken|praten)\b",
    r"\b(?:rozmawiac|porozmawiac)\b.{0,15}\b(?:czlowiek\w*|konsultant\w*|kims|osoba)\b",
    r"\b(?:prata|tala|tale|snakke) med (?:en |et )?(?:riktig |rigtig |ekte )?(?:manniska|person|nagon|menneske|medarbej?der\w*|noen|nogen)\b",
    r"поговорить с (?:человеком|оператором)|人工客服|转人工|真人|オペレーター|人と話|担当者と話",
)
_NOUN: Final = (
    r"(?:humans?|human being|humanbeing|persons?|people|agents?|representatives?|reps?|operators?|someone|somebody|some1"
    r"|anyone|anybody|advis[eo]rs?|colleagues?|employees?|staff|manager|supervisor|boss|specialists?|experts?"
    r"|technicians?|associates?|team|department|customer (?:care|service|support)|support|service desk|help ?desk)"
)
_WHO: Final = (
    r"(?:(?:an? member of|a|an|the|some|any|another|one of|your|ur)\s)*(?:(?!(?:my|his|her|their|own)\b)[\w-]+\s){0,2}"
    # Nothing after it that makes it something else: "the support portal", "people skills".
    rf"{_NOUN}(?=$|[,.!?;:]| (?:please|pls|now|asap|here|there|today|directly|from|in|at|on|for|about|regarding|of|who|that"
    r"|and|so|or|to|instead|privately|right|again|not|because|involved|can|if|as|when|tomorrow|this|is|w|with|1)\b)"
)
_THIS: Final = r"(?:me|us|this|it|that|(?:my|the|this) (?:case|question|request|chat|issue|problem|message|call|ticket|inquiry|conversation|complaint|concern))"
_SOMEONE: Final = re.compile(rf"\b(?:{_NOUN[3:-1]}|not a (?:bot|computer|robot|machine)|transferred|call(?:ed)? back)\b")
_WISH: Final = (
    r"(?:(?<!\bdo )(?<!\bif )(?<!\bwhen )(?<!\bshould )(?<!\bbefore )(?<!\bmust )(?<!\bunless )(?:i|we|id)"
    r"(?: really| just| still| would| do| dont| only| also| d)* (?:want|wanna|need|like|wish|demand|insist|prefer|rather)"
    r"(?: to| on)?|(?<!when )(?<!how )(?:can|could|may|might) (?:i|we)|let me|id|i)"
)
_TALK: Final = r"(?:talk(?:ing)?|speak(?:ing)?|chat(?:ting)?|have a (?:quick )?(?:word|chat|call)|get through) (?:to|with|2)"
_REAL: Final = r"(?:real|actual|live|living|genuine)"
_PERSON: Final = (
    # Only this and nothing else: "human please", "AGENT".
    r"^(?:(?:a|an|the|real|live|actual|customer|support|service|human)\s)*"
    r"(?:human|human being|person|agent|operator|representative|rep|advis[eo]r)(?:[\s,.!]+(?:please|pls|now|asap|here))*$",
    # "Can I speak to someone", "I'd like to have a word with the legal team". Not: "do I need to talk to a manager".
    rf"(?:^|[,.!?;:] |\b(?:but|and|then|so|because|instead|again|now) |^.{{0,40}}?\b){_WISH} (?:please )?(?:to )?{_TALK} {_WHO}",
    # "May I speak to the nurse": any one person but those whom policies are about.
    rf"^(?:can|could|may|might) (?:i|we) (?:please )?{_TALK} (?:the|your) "
    r"(?!.*\b(?:customers?|clients?|press|media|journalists?|reporters?|public|police|competitors?|suppliers?|vendors?"
    r"|colleagues|others|witness(?:es)?|unions?|students|patients|children)\b)\w",
    rf"^(?:{_TALK}|(?:transfer|switch|escalate|connect)(?: directly)? (?:to|with)) {_WHO}",
    # "Put me through to support", "pass this on to a colleague", "get me somebody from IT".
    r"^(?:connect|transfer|switch|route|patch|put|pass|hand|refer|redirect|forward|escalate) "
    rf"{_THIS}\b.{{0,30}}\b(?:to|with|on|2|w/) {_WHO}",
    rf"^send (?:this|it|that|my \w+) (?:on )?to {_WHO}",
    rf"^(?:(?:get|give|find|bring|fetch|send) (?:me|us)|get|ask|loop in|involve) (?:a |an |the |your )?{_WHO}"
    r"(?! (?:who|with|to sign|to cover|for (?!me|us)))",
    r"\bi want (?:this|it|that|my \w+) escalated\b|^escalate (?:this|it|my \w+)$",
    r"\b(?:can|could|may|might|want to|like to) (?:i )?(?:please )?be (?:connected|transferred|put through|passed|forwarded)\b",
    # "Can someone call me", "I want a callback".
    rf"^(?:have |let |get |(?:can|could|would|will|should) )?(?:(?:a|an|one of your|the|some) )?(?:\w+ )?{_NOUN} (?:\w+ )?(?:to )?(?:please )?"
    r"(?:call|ring|phone|contact|take over|get in touch with|get back to|reach out to) me\b",
    r"^(?:call|phone|ring) me\b|\b(?:i|we|id)(?: would| d)? (?:want|need|like|request)\w* (?:a|to get a) (?:phone )?call ?back\b",
    # "Is there a person I can talk to", "how do I reach a human".
    r"\b(?:is|are) there (?:(?:a|an|any|some) )?(?:\w+ )?(?:humans?|person|people|someone|somebody|anyone|anybody|agents?)"
    r"(?: \w+){0,3} (?:i can|i could|we can|to) (?:talk|speak|chat)\b",
    rf"\b(?:talk|speak|chat|connected?|hold of|reach|get) (?:to |with |of |2 )?(?:a |an |some )?{_REAL} "
    r"(?:human|person|people|agent|advis[eo]r|representative|employee|someone|some1)\b",
    r"\b(?:reach|talk to|speak to|speak with|talk with|get) (?:a|another) human\b(?! rights| resources)",
    # "No bots, I need somebody".
    r"\b(?:no|not|stop|without|enough|hate|dont want|dont like|do not want|not like)\b.{0,40}\b(?:ro)?bots?\b.{0,60}"
    r"\b(?:human|person|someone|somebody|real)\b",
    *_ABROAD,
)

_PATTERNS: Final[Sequence[tuple[RouteName, re.Pattern[str]]]] = (
    ("admin", re.compile(r"^/?deskhand\b")),
    *((cast(RouteName, "person"), re.compile(pattern)) for pattern in _PERSON),
    ("small_talk", re.compile(r"^(?:hi|hello|hey|thanks|thank you|thx|bye|good (?:morning|afternoon|evening|night))$")),
    ("clarify", re.compile(r"^(?:help|help me|i need help|it doesnt work|what about (?:it|that)|[\s?!.,…-]*)$")),
)
_RULES: Final[Mapping[RouteName, _Rule]] = {
    "small_talk": _Rule(0.6, _is_short(9)),
    "person": _Rule(0.5, _is_short(60)),
    "clarify": _Rule(0.7, _is_vague),
    "personal": _Rule(0.7, _is_own),
    "admin": _Rule(0.7, _is_command),
}
