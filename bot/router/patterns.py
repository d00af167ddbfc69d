"""Wordings that leave no doubt about a message's route, and looks that a route must have.

All are for folded text as `plain` makes it: lower case, no accents, no apostrophes ("I'd" is "i", "don't" is "dont").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from knowledge.terms import fold, terms, words

RouteName = Literal["knowledge", "small_talk", "person", "clarify", "personal", "admin"]
"""`clarify`: too vague to search, taken alone. `personal`: needs somebody's own records, which no document holds."""


def plain(text: str) -> str:
    """Folded, with single spaces and no marks at the end; without a greeting or a please in front."""
    squeezed = " ".join(fold(text).split()).strip(" .,!?")
    rest = _OPENING.sub("", squeezed)
    return rest if words(rest) else squeezed


def plain_route(text: str) -> RouteName | None:
    """The route of a `plain` text that can have no other."""
    return next((name for name, pattern in _PATTERNS if pattern.search(text)), None)


def is_vague(text: str) -> bool:
    """Whether there is next to nothing to search for."""
    return len(set(terms(text))) <= 3 and not re.search(r"\d", text)


def is_own(text: str) -> bool:
    """Whether it is about the asker, or a numbered thing, and no question after the way to do something."""
    return bool(_OWN.search(text)) and not _HOW_TO.search(text)


def is_command(text: str) -> bool:
    """Whether it speaks of what an admin of the bot has, and is no question after the way to do something."""
    return bool(_ADMIN_WORDS.search(text)) and not _HOW_TO.search(text) and not _ABOUT_THINGS.search(text)


def is_for_someone(text: str) -> bool:
    """Whether it has a word for a person, or for getting to one."""
    return bool(_SOMEONE.search(text))


def is_foreign(text: str) -> bool:
    """Whether it has letters or frequent words of another language than English."""
    return not text.isascii() or not _FOREIGN.isdisjoint(words(text))


_OPENING: Final = re.compile(
    r"^(?:(?:(?:hi|hello|hey|hiya|morning|good (?:morning|afternoon|evening|day))(?: there| all| bot)?"
    r"|ok|okay|yes|thanks|thank you|then|please|pls|kindly|just|so|well|but|and|bot(?=,)|no(?=[,.!])"
    r"|(?:can|could|would|will) (?:you|u))\b[\s,.!:;-]+)+"
)
_OWN: Final = re.compile(r"\b(?:i|im|ive|id|me|my|mine|we|our|us)\b|\d{3}")
_HOW_TO: Final = re.compile(
    r"\bhow (?:do|can|could|should|would|must|may|to|does)\b|\bwhat (?:if|happens|(?:do|should|can) i do)\b"
    r"|^(?:if|when) i\b"
)
_ABOUT_THINGS: Final = re.compile(r"^(?:where|who|whom|whose|does|do|can|may|is|should|why is)\b")
_ADMIN_WORDS: Final = re.compile(
    r"\b(?:re-?index\w*|index\w*|sources?|caches?|threshold|deskhand|bot|yourself|tickets?|gaps?|feedback|logs?|(?:un)?pin|forget"
    r"|status|experts?|channel|answers?|answered|unanswered|documents|passages|settings|configuration|mode"
    r"|generation|sync|search|evaluation|calibrate|admin|version|(?:list|show) commands)\b"
)
_FOREIGN: Final = frozenset(
    """
    ich du sie wir das und nicht ist ein eine einen wie wann wo kann mein meine meinen bitte danke hallo geht hilfe
    habe mit fur auf dem viele funktioniert guten morgen schon es noch auch
    je tu vous nous le la les des une mon mes est pas ne que qui quoi comment bonjour salut merci aide avec pour sur
    ca marche combien puis ou suis commande
    el los las una como donde cuando hola gracias ayuda por para tengo puedo esta cuantos dias funciona ayudar hay mucho
    il gli che non mio mia ciao grazie aiuto sono ho dove posso quanti stai
    os uma meu minha nao obrigado ola onde quero tenho
    ik het een niet mijn hoe bedankt hulp wat waar werkt veel heb
    nie jest czy jak moj dzien dobry czesc dziekuje pomoc gdzie mam
    jag jeg hej tack tak ikke inte hur hvordan hjalp det har
    merhaba nasil yardim tesekkur evet
    """.split()
)
"""Frequent words of other languages that are no English ones."""

_HUMAN: Final = (
    r"humans?|human ?being|persons?|people|agents?|representatives?|reps?|operators?|someone|somebody|some1|anyone"
    r"|anybody|advis[eo]rs?|colleagues?|employees?|staff|manager|supervisor|boss|specialists?|experts?|technicians?"
    r"|associates?|team|department|customer (?:care|service|support)|support|service desk|help ?desk"
)
_SOMEONE: Final = re.compile(
    rf"\b(?:{_HUMAN}|bots?|robots?|machine|computer|tickets?|call ?back|real|hand ?(?:it )?(?:over|off)|escalat\w+"
    r"|connect|transfer\w*|(?:talk|speak|call|phone|ring|contact|discuss|person)\w*)\b"
)
_A: Final = r"(?:(?:an? member of|a|an|the|some|any|another|one of|your|ur)\s)*"
_WHO: Final = (
    rf"{_A}(?:(?!(?:my|his|her|their|own)\b)[\w-]+\s){{0,2}}(?:{_HUMAN})"
    # Nothing after it that makes it something else: "the support portal", "people skills".
    r"(?=$|[,.!?;:]| (?:please|pls|now|asap|here|there|today|tomorrow|directly|privately|instead|again|right|from|in|at"
    r"|on|for|about|regarding|of|with|who|that|this|and|so|or|to|not|because|involved|can|if|as|when|is|w|1)\b)"
)
_THIS: Final = (
    r"(?:me|us|this|it|that|(?:my|the|this) (?:case|question|request|chat|issue|problem|message|call|ticket|inquiry"
    r"|conversation|complaint|concern))\b"
)
_WISH: Final = (
    # Not: "do I need to talk to a manager", "when can I speak to an agent".
    r"(?:(?<!\bdo )(?<!\bif )(?<!\bwhen )(?<!\bshould )(?<!\bbefore )(?<!\bmust )(?<!\bunless )(?:i|we)"
    r"(?: really| just| still| would| do| dont| only| also)* (?:want|wanna|need|like|wish|demand|insist|prefer|rather)"
    r"(?: to| on)?|(?<!when )(?<!how )(?:can|could|may|might) (?:i|we)|let me)"
)
_START: Final = r"(?:^|[.,!?;:] (?:(?:please|pls|just|so|then|and|now|can you|could you|would you) )*)"
_TALK: Final = r"(?:talk(?:ing)?|speak(?:ing)?|chat(?:ting)?|have a (?:quick )?(?:word|chat|call)) (?:to|with|2)"
_REAL: Final = r"(?:real|actual|live|living|genuine)"
_PERSON: Final = (
    # Nothing but this: "human please", "AGENT".
    r"^(?:(?:a|an|the|real|live|actual|customer|support|service|human)\s)*(?:human|human being|person|agent|operator"
    r"|representative|rep|advis[eo]r)(?:[\s,.!]+(?:please|pls|now|asap|here))*$",
    # "Can I speak to someone", "I'd like to have a word with the legal team".
    rf"\b(?:{_WISH}|(?<!am )(?<!do )i) (?:please )?(?:to )?{_TALK} {_WHO}",
    # "May I speak to the nurse", "I want to talk to Ana": anybody but those whom policies are about.
    rf"^{_WISH} (?:please )?(?:to )?{_TALK} (?!(?:an?|my|our|his|her|their|you|me|myself|him|them|it|this)\b)"
    r"(?!.*\b(?:customers?|clients?|press|media|journalists?|reporters?|public|police|competitors?|suppliers?|vendors?"
    r"|colleagues|others|witness(?:es)?|unions?|students|patients|children)\b)\w",
    rf"{_START}(?:{_TALK}|(?:transfer|switch|escalate|connect)(?: directly)? (?:to|with)) {_WHO}",
    # "Put me through to support", "pass this on to a colleague", "get me somebody from IT".
    rf"{_START}(?:connect|transfer|switch|route|patch|put|pass|hand|refer|redirect|forward|escalate) {_THIS}.{{0,30}}"
    rf"\b(?:to|with|on|2|w/) {_WHO}",
    rf"{_START}send (?:this|it|that|my \w+) (?:on )?to {_WHO}",
    rf"{_START}(?:(?:get|give|find|bring|fetch|send) (?:me|us)|get|ask|loop in|involve) {_WHO}"
    r"(?! (?:who|with|to sign|to cover|for (?!me|us)))",
    r"\b(?:can|could|may|might|want to|like to) (?:i )?(?:please )?be (?:connected|transferred|put through)\b",
    r"\bi want (?:this|it|that|my \w+) escalated\b|^escalate (?:this|it|my \w+)$",
    # "Can someone call me", "I want a call back".
    rf"^(?:have |let |get |(?:can|could|would|will|should) )?{_A}(?:\w+ )?(?:{_HUMAN}) (?:\w+ )?(?:to )?(?:please )?"
    r"(?:call|ring|phone|contact|take over|get in touch with|get back to|reach out to) me\b",
    r"^(?:call|phone|ring) me(?=$|[,.!]| (?:back|up|at|on|about|regarding|as|when|now|asap|today|please|pls)\b)"
    r"|\b(?:i|we) (?:would )?(?:want|need|like|request) (?:to get )?a (?:phone )?call ?back\b",
    rf"^(?:can|could|will) (?:an?|one of your) (?:{_REAL} )?(?:human|person|colleague|technician|specialist|expert) "
    r"(?:\w+ )?(?:take a look|look|answer|reply|handle|review|help|check)\b.{0,8}\b(?:this|it|my|me)\b",
    # "Is there a person I can talk to", "how do I reach a human".
    r"\b(?:is|are) there (?:(?:a|an|any|some) )?(?:\w+ )?(?:humans?|person|people|someone|somebody|anyone|anybody"
    r"|agents?)(?: \w+){0,3} (?:i can|i could|we can|to) (?:talk|speak|chat)\b",
    r"(?<!am i )(?<!do i )(?<!i am )(?<!im )"
    rf"\b(?:talk|speak|chat|connected?|hold of|reach|get) (?:to |with |of |2 )?(?:a |an |some )?{_REAL} "
    r"(?:human|person|people|agent|advis[eo]r|representative|employee|someone|some1)\b",
    r"(?:^|\bi |\bto |\bme )(?:reach|get|(?:talk|speak) (?:to|with)) (?:a|another) human\b(?! rights| resources)",
    rf"(?:\b{_WISH} |{_START})(?:please )?(?:to )?(?:schedule|book|arrange|set up|have|get) (?:me )?a (?:\w+ )?"
    rf"(?:call|chat|conversation) with {_WHO}",
    # "No bots, I need somebody".
    r"^(?:not|no) (?:you|bots?|a bot)\b.{0,20}\b(?:human|person|someone|somebody|agent)\b",
    r"\b(?:no|not|stop|without|enough|hate|dont want|dont like|do not want|not like)\b.{0,40}\b(?:ro)?bots?\b.{0,60}"
    r"\b(?:human|person|someone|somebody|real)\b",
)
_PERSON_ABROAD: Final = (
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Nordic languages, Russian, Chinese, Japanese.
    r"\bmit (?:\w+ ){0,2}(?:mensch\w*|person|mitarbeiter\w*|berater\w*|kolleg\w*|jemand\w*)\b.{0,20}"
    r"\b(?:sprechen|reden|verbinden|telefonieren|chatten)",
    r"\bverbinde\w* (?:sie )?mich\b|\b(?:menschen?|mitarbeiter\w*) bitte$",
    r"\b(?:parler|discuter|echanger|passez|mettez)\b.{0,25}"
    r"\b(?:humain|une personne|quelqu ?un|conseill\w+|un agent|operat\w+)\b",
    r"\b(?:hablar|comunicar\w*|chatear|conect\w+|pas[ae]\w*)\b.{0,20}"
    r"\b(?:persona|humano|humana|agente|alguien|operador\w*|asesor\w*|representante)\b",
    r"\b(?:parlare|passami|passatemi)\b.{0,20}\b(?:persona|umano|operat\w+|qualcuno|agente|consulente)\b",
    r"\b(?:falar|conversar)\b.{0,15}\b(?:pessoa|humano|atendente|alguem|agente)\b",
    r"\bmet (?:een|n) (?:\w+ )?(?:mens|persoon|medewerker)\b|\b(?:medewerker|iemand) (?:spreken|praten)\b",
    r"\b(?:roz|poroz)mawiac\b.{0,15}\b(?:czlowiek\w*|konsultant\w*|kims|osoba)\b",
    r"\b(?:prata|tala|tale|snakke) med (?:en |et )?(?:\w+ )?(?:manniska|person|nagon|menneske|noen|nogen)\b",
    r"поговорить с (?:человеком|оператором)|人工客服|转人工|真人|オペレーター|人と話|担当者と話",
)
_PATTERNS: Final[Sequence[tuple[RouteName, re.Pattern[str]]]] = (
    ("admin", re.compile(r"^/?deskhand\b")),
    ("person", re.compile("|".join(_PERSON))),
    ("person", re.compile("|".join(_PERSON_ABROAD))),
    ("small_talk", re.compile(r"^(?:hi|hello|hey|thanks|thank you|thx|bye|good (?:morning|afternoon|evening|night))$")),
    ("clarify", re.compile(r"^(?:help|help me|i need help|it doesnt work|what about (?:it|that)|[\s?!.,…-]*)$")),
)
