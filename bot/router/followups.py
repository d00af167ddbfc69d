"""Follow-up questions, made to stand alone without a language model.

A question that leans on the conversation ("And for part-timers?", "How do I install it?") is given the phrases that it
lacks, in brackets behind it, where a person can see what was understood. Any other stays as it is: most changes of
topic are said in full, and words of the old topic would only lead the search astray.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final, Literal

from bot.models import LONGEST_QUESTION, Turn
from knowledge.models import Evidence, Retrieval
from knowledge.terms import terms

Lean = Literal["not", "perhaps", "surely"]

_TURNS_BACK: Final = 4
"""How many user turns give phrases at most."""
_MOST_WORDS: Final = 12
"""How many words are added: more of them drown the question's own."""
_MOST_CHARACTERS: Final = 2000
"""How much of an earlier turn is looked at."""
_LONG: Final = 6
"""With so many words of its own a question is found without help, whatever its pronouns point to."""
_FRAGMENT: Final = 3
"""So few words of its own, without a verb or a person, are perhaps no whole question."""
_THIN: Final = 1
"""With so few words of its own a question perhaps means those of the conversation; one that begins with its verb and
has no person in it ("Is breakfast included?") with one more."""
_SHARE: Final[Mapping[Lean, float]] = {"perhaps": 0.5, "surely": 0.3}
"""How much the question as it stands weighs against the question as it was understood."""
_UNFOUND: Final = 0.8
"""What a passage that one of the two searches has not found scores there, as a share of its worst score."""
_HELP: Final = 0.4
"""The share, by weight, of the added words that the best passage must have: less, and they were not needed."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’.\-/&+][^\W_]+)*%?")
_MARKS: Final = re.compile(r"\[\d+\]|[*_`®™]")
_CLAUSE: Final = re.compile(r"[,;:.?!]\s|\b(?:and|or|but|if|when|because|so|then|that|how|what|why|where|who)\b", re.I)

_POLITE: Final = r"(?:(?:ok(?:ay)?|yes|yeah|so|well|hm+|wow|oh|thanks|thank you|i see|got it|great|right)\b[,.!\s]*)*"
_OPENER: Final = re.compile(
    rf"^\W*{_POLITE}(?:and|but|or|also|plus|no|nope|same|otherwise|instead|(?:what|how) about|i meant?|"
    r"why not|why so|how so|how come|which ones?|(?:what|who|where|when|anything) else|(?:tell me |any |some )?more)\b",
    re.I,
)
_BARE: Final = re.compile(rf"^\W*{_POLITE}(?:and |but )?(?:why|how|when|where|who|which|what)(?: exactly)?\W*$", re.I)
_OTHER: Final = re.compile(
    r"\b(?:any|some|the) other\b|\b(?:others|besides (?:those|these|that|it|them)|as well|either)\W*$|"
    r"\b(?:the|which|another|this|that) (?:(?:first|second|third|fourth|last|former|latter|other|next) )?ones?\b|"
    r"\bone\W*$|\bthe (?:former|latter|above|same)\b",
    re.I,
)
_EMPTY_IT: Final = re.compile(
    r"\b(?:(?:is|was|does|did|will|would|can|could|if|when|where|how long)\s+it|it['’]?s|it (?:is|was|will|would))\s+"
    r"(?:(?:be|is|was|really|also|ever|still|not|usually)\s+)*"
    r"(?:possible|necessary|required|ok|okay|allowed|legal|safe|better|best|worth|true|important|mandatory|advisable|"
    r"normal|common|hard|easy|difficult|take|takes|mean|means|snow|snows|rain|rains|matter)\b",
    re.I,
)
_PART: Final = re.compile(
    rf"^\W*{_POLITE}(?:about|after|at|before|by|during|for|from|in|on|since|to|until|up to|with|within|without)\b", re.I
)
"""The beginning of a part of a sentence: "for part-timers?"."""
_NUMBER: Final = re.compile(r"\d|^(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred)$", re.I)
_PLACE: Final = re.compile(
    r"\b(in|for|at|on|from|to|with|during|after|before) (?:the |an? |my |our )?([A-Za-z][\w-]+)", re.I
)
_DEFINED: Final = re.compile(r"^\W*what(?: is|'s|’s| are| does)? (?!the\b)(?!.*ed\W*$)", re.I)
"""A question for what a word means."""
_WHETHER: Final = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|has|have|can|could|will|would|should|must)\b(?!.*\b(?:i|we|you|my|our|your)\b)",
    re.I,
)
_ORDINALS: Final = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_ORDINAL: Final = re.compile(
    rf"(?:\bthe (?=\w+\W*$)|\b(?=\w+ (?:one|option|item|point|step|choice)\b))({'|'.join(_ORDINALS)})\b", re.I
)
_ITEM: Final = re.compile(r"(?:^|(?<=\s))(?:\d{1,2}[.)]|[-*•])\s+(?=\S)", re.M)
_WHO: Final = re.compile(r"\bwho(?:m|se)?\b", re.I)
_PERSON: Final = frozenset("they them their he him his she her".split())
_HIGHLIGHT: Final = re.compile(r"\*\*(.+?)\*\*", re.S)
_THANKS: Final = re.compile(r"^\W*(?:\w+\W+){0,3}(?:thanks|thank you)\b(?:\W+\w+){0,4}\W*$", re.I)
_ASKING: Final = frozenset("why how what which who whose where when more else it them they these those this".split())
_OBJECTS: Final = frozenset("it this them these those him".split())
_POINTING: Final = frozenset("it its itself they them their theirs he him his she her hers those these this".split())
_SAID: Final = frozenset("i we am is are was were be do does did have has had can could may must will would".split())
# Not the stop words of the search: here all function words count, for they end a phrase.
_STOP: Final = frozenset(
    """
    a an the this that these those it its itself they them their theirs he him his she her hers i me my mine we us our
    ours you your yours one ones some any all each every both either neither none other others another else such same
    and or but nor so if then than because as while when whenever where why how what which who whom whose
    am is are was were be been being do does did doing done have has had having can could may might must shall should
    will would ought let get gets got getting there here not no yes ok okay don't doesn't didn't can't won't isn't
    aren't wasn't i'm i've i'd i'll it's that's what's there's he's she's you're we're they're
    about above after against along among around at before behind below between by down during except for from in into
    like near of off on onto out over since through to toward towards under until up upon via with within without
    very too also just only even still again already yet more most less least much many few lot lots little bit really
    please thank thanks hi hello hey sorry well oh wow
    """.split()
)
# What is said about any subject.
_GENERIC: Final = frozenset(
    """
    tell know knowing explain describe give show see think say said mean meant means want wanted wish need needs like
    look looking find help understand understanding confused wonder wondering ask asking question questions answer
    information info detail details example examples thing things something anything everything someone anyone way ways
    kind kinds type types sort sorts use using used make makes made go going come works happen happens
    happened exactly specific specifically possible sure right different difference best good better now today idea
    available able try trying tried keep keeps clarify elaborate mention mentioned document documents interesting
    called call almost actually currently fine great nice often long old far cool perfect awesome terrible
    """.split()
)
_FOREIGN: Final = frozenset(
    """
    der das und ist nicht wie ich wir ein eine für von mit auf den dem zu wird kann mein welche wer wo warum gibt le la
    les des une est et pour que qui dans je nous vous sur avec mon pas comment pourquoi quel quelle où au du el los las
    una por para con como cómo qué cuál dónde mi es en del se puedo cuánto sobre il che per di non sono come dove quando
    perché quanto della gli de het een van voor hoe wat niet op mijn naar o os um uma não meu onde posso são
    """.split()
)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """`question`, or what it means in the conversation `history`, oldest turn first.

    Unchanged if it stands alone, if nothing before it helps, or if it is in another language than English. Otherwise
    the question with the missing phrases in brackets behind it, at most `LONGEST_QUESTION` characters.
    """
    if not history or leans(question) == "not":
        return question
    context = _context(question, history)
    whole = f"{question.rstrip()} ({', '.join(context)})"
    return whole if context and len(whole) <= LONGEST_QUESTION else question


def leans(question: str) -> Lean:
    """Whether a question needs the conversation before it to be understood."""
    words = _words(question)
    own = _own(words)
    if not (own or _ASKING.intersection(words)) or _THANKS.match(question) or _foreign(question, words):
        return "not"
    if _OPENER.match(question) or _BARE.match(question):
        return "surely"
    fragment = len(own) <= _FRAGMENT and _SAID.isdisjoint(words)
    if fragment and _PART.match(question):
        return "surely"
    if len(own) < _LONG and (_points_back(question) or _OTHER.search(question) or _ORDINAL.search(question)):
        return "surely"
    thin = len(own) <= _THIN + bool(_WHETHER.match(question)) and not _DEFINED.match(question)
    return "perhaps" if fragment or thin or (len(own) < _LONG and _points_back(question, doubtful=True)) else "not"


def together(question: str, *, alone: Retrieval, understood: Retrieval) -> Retrieval:
    """What was found for `question` as it stands and as it was understood, as one ranking.

    It is `alone` itself if the question turns out to be a new one: what both think best is what it finds by itself.
    Rankings are blended because a fragment ("Data isolation") may be either, and what answers a follow-up has its own
    words as well as those of the conversation.
    """
    lean = leans(question)
    if not alone.evidence or not understood.evidence:
        return understood if understood.evidence else alone
    # A fragment of words that no document has means nothing, least of all the subject before it.
    if lean == "perhaps" and not any(found.bm25 for found in alone.evidence):
        return alone
    blended = _blend(alone.evidence, understood.evidence, share=_SHARE[lean])
    best, first, second = (found[0].passage.document.id for found in (blended, alone.evidence, understood.evidence))
    if lean == "perhaps" and best == first and (first != second or not _helped(blended[0], alone, understood)):
        return alone
    return Retrieval(blended, understood.vector, understood.weights)


def _helped(best: Evidence, alone: Retrieval, understood: Retrieval) -> bool:
    """Whether the best passage has enough, by weight, of the words that were added."""
    passage = best.passage
    added = understood.weights.keys() - alone.weights.keys()
    there = added & set(terms("\n".join([passage.document.title, *passage.heading_path, passage.text])))
    weights = understood.weights
    return sum(weights[term] for term in there) > _HELP * sum(weights[term] for term in added)


def _blend(alone: Sequence[Evidence], understood: Sequence[Evidence], *, share: float) -> list[Evidence]:
    """Evidence by its mean score, that of `alone` weighing `share`; cosine and BM25 are those of `understood`."""
    own = {found.passage.id: found.score for found in alone}
    known = {found.passage.id: found for found in understood}
    # What one search has not found would have scored less than all it found.
    own_floor = _UNFOUND * max(0.0, min(own.values()))
    score_floor = _UNFOUND * max(0.0, min(found.score for found in understood))
    cosine_floor = min(found.cosine for found in understood)
    blended = []
    for passage in {found.passage.id: found.passage for found in (*alone, *understood)}.values():
        found = known.get(passage.id) or Evidence(passage, cosine_floor, 0.0, score_floor)
        score = share * own.get(passage.id, own_floor) + (1 - share) * found.score
        blended.append(replace(found, score=score))
    return sorted(blended, key=lambda found: -found.score)


def _words(text: str) -> list[str]:
    """In lower case, except for "US" and "IT", which are neither pronoun."""
    shouted = text.isupper()
    return [
        word if word in ("US", "IT") and not shouted else word.casefold().replace("’", "'")
        for word in _WORD.findall(text)
    ]


def _own(words: Sequence[str]) -> list[str]:
    """The words that say what a question is about."""
    return [word for word in words if word not in _STOP and word not in _GENERIC and not word.endswith("-wise")]


def _foreign(question: str, words: Sequence[str]) -> bool:
    foreign = sum(word in _FOREIGN for word in words)
    return foreign > sum(word in _STOP for word in words) or any(c.isalpha() and c > "\u024f" for c in question)


def _points_back(question: str, *, doubtful: bool = False) -> bool:
    """Whether a pronoun has nothing in the question itself to stand for; `doubtful`, nothing in an earlier clause."""
    text = re.sub(r"\bthat(?=\W*$)", "it", _EMPTY_IT.sub(" ", question))
    noun = next((at.end() for at in _WORD.finditer(text) if _own(_words(at.group()))), len(text))
    clause = next((at.start() for at in _CLAUSE.finditer(text) if at.start() >= noun), len(text))
    for match, word in zip(_WORD.finditer(text), _words(text), strict=True):
        # "Is football derived from it?": the noun of the same clause is something else.
        until = clause if doubtful or word in _OBJECTS else noun
        if word in _POINTING and match.start() < until:
            return True
    return False


def _context(question: str, history: Sequence[Turn]) -> list[str]:
    """Phrases of earlier turns that the question lacks.

    They come from the user's latest turn and, if that says little itself, from those back to one that says enough; that
    one names the subject, so it goes before what lies between. What the last answer says only counts where the question
    points right at it.
    """
    leading: list[list[str]] = []
    for turn in reversed(history):
        said = turn.content[:_MOST_CHARACTERS]
        if turn.role != "user" or not (phrases := _phrases(said, replaced_by=question)):
            continue
        leading.append(phrases)
        if len(leading) == _TURNS_BACK or leans(said) == "not" or len(_own(_words(said))) >= _FRAGMENT:
            break
    known = set(terms(question))
    found: list[str] = []
    for phrase in chain(_pointed_at(question, history), *leading[:1], *leading[:0:-1]):
        stems = set(terms(phrase))
        room = _MOST_WORDS - sum(len(each.split()) for each in found)
        if not stems <= known and len(phrase.split()) <= room:
            known |= stems
            found.append(phrase)
    return found


def _pointed_at(question: str, history: Sequence[Turn]) -> list[str]:
    """What of the last answer "the second one" is, or "them" after "Who ...?"."""
    if history[-1].role != "assistant":
        return []
    reply = history[-1].content[:_MOST_CHARACTERS]
    asked = next((turn.content for turn in reversed(history) if turn.role == "user"), "")
    if ordinal := _ORDINAL.search(question):
        items = _ITEM.split(reply)[1:]
        at = _ORDINALS[ordinal[1].casefold()]
        named = re.split(r"[:.;(\n]\s|\n", items[at])[0] if -len(items) <= at < len(items) else ""
        return _phrases(named, replaced_by="")[:2]
    if _WHO.search(asked) and not _PERSON.isdisjoint(_words(question)):
        return [phrase for at in _HIGHLIGHT.findall(reply)[:1] for phrase in _phrases(at, replaced_by="")]
    return []


def _phrases(text: str, *, replaced_by: str) -> list[str]:
    """Runs of words that mean something, "of" among them; without what the question has another of.

    "And in London?" asks about London in place of Zurich, "and for two weeks?" about another number.
    """
    text = _MARKS.sub("", text)
    numbers = any(_NUMBER.search(word) for word in _words(replaced_by))
    places = {preposition.casefold() for preposition, _ in _PLACE.findall(replaced_by)}
    gone = {at.start(2) for at in _PLACE.finditer(text) if at[1].casefold() in places and at[2][0].isupper()}
    runs: list[list[str]] = [[]]
    matches = list(_WORD.finditer(text))
    for at, (match, word) in enumerate(zip(matches, _words(text), strict=True)):
        if at and not text[matches[at - 1].end() : match.start()].isspace():
            runs.append([])
        if word == "of" and runs[-1]:
            runs[-1].append(word)
        elif word in _STOP or match.start() in gone or (numbers and _NUMBER.search(word)):
            runs.append([])
        elif word not in _GENERIC:
            runs[-1].append(match.group())
    return [" ".join(run[:-1] if run[-1] == "of" else run) for run in runs if run]
