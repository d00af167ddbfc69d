"""What a question means after what was said before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.models import LONGEST_QUESTION, Question, Turn
from bot.router import ask, build_router
from bot.router.followups import leans, standalone, together
from bot.router.routing import Routing
from bot.settings import RouterSection
from knowledge.models import Evidence, Passage, Retrieval
from knowledge.retriever import Retriever
from tests.contracts.index_rows import EVERYONE, TODAY, document
from tests.unit.doubles import WordEmbedder
from tests.unit.test_retriever import about, filled, fillers, passage

LEAVE = "How many days of annual leave can I carry over?"
VPN = "How do I install the VPN client?"
PER_DIEM = "What is the per diem in Zurich?"
STEPS = "Three ways:\n1. Ask your manager.\n2. **Service desk**: call 4500.\n3. Write to the People Team."


def talk(*said: str) -> list[Turn]:
    """Turns of user and assistant by turns, beginning with the user."""
    return [Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(said)]


@pytest.mark.parametrize(
    ("said", "question", "added"),
    [
        ([LEAVE, "5 days."], "And for part-timers?", ["days of annual leave", "carry"]),
        ([LEAVE, "5 days."], "what about contractors?", ["annual leave"]),
        ([LEAVE, "5 days."], "why?", ["annual leave"]),
        ([LEAVE, "5 days."], "during probation?", ["annual leave"]),
        ([LEAVE, "5 days."], "How do I apply for it?", ["annual leave"]),
        ([LEAVE, "5 days."], "Exceptions?", ["annual leave"]),
        ([VPN, "Open Company Apps."], "Who can help me with that?", ["VPN client"]),
        ([VPN, "Open Company Apps."], "does it work on a Mac?", ["VPN client"]),
        ([VPN, "Open Company Apps."], "Can you tell me more about its policies?", ["VPN client"]),
        ([VPN, "Open Company Apps."], "What if they ask for a code?", ["VPN client"]),
        ([VPN, "Open Company Apps.", "thanks!", "You're welcome."], "And on a tablet?", ["VPN client"]),
        ([PER_DIEM, "82 EUR."], "Is breakfast included?", ["per diem", "Zurich"]),
        (["Who may ask for help?", STEPS], "How does the second one work?", ["Service desk"]),
        (["Who may ask for help?", STEPS], "and the last?", ["People Team"]),
        (["Who approves expenses?", "The **head of department** does. [1]"], "Where do I find them?", ["head"]),
        (["Which devices have an app?", "Sense."], "And in the US?", ["devices", "app"]),
    ],
)
def test_a_follow_up_question_is_given_what_it_lacks(said: list[str], question: str, added: list[str]) -> None:
    understood = standalone(question, talk(*said))
    assert understood.startswith(f"{question} (")
    for phrase in added:
        assert phrase in understood.removeprefix(question)


@pytest.mark.parametrize(
    "question",
    [
        "How do I reset my password?",
        "What is coinsurance?",
        "how often does the filter have to be changed",
        "Is it possible to work from home on Fridays?",
        "How long does it take until an expense claim is paid?",
        "If I lose my badge, how do I replace it?",
        "I have an old laptop. How do I return it?",
        "I want to use the parking app. How can I do that?",
        "What responsibilities do members have when they sign up for the plan?",
        "When do I get the contract that I have to sign?",
        "been here 7 years now, how many holidays do i get?",
        "Can I bring my dog to the office in Galway?",
        "thanks!",
        "Thank you, that helped.",
        "ok",
        "",
        "???",
        "Und für Teilzeit?",
        "¿Y para los contratistas?",
        "et pour les stagiaires ?",
        "それは何ですか",
        "а для подрядчиков?",
    ],
)
def test_a_question_that_stands_alone_stays_as_it_is(question: str) -> None:
    assert standalone(question, talk(LEAVE, "5 days.", VPN, "Open Company Apps.")) == question


def test_a_chain_of_follow_ups_keeps_its_subject() -> None:
    understood = standalone("and on Sundays?", talk(LEAVE, "5.", "And for part-timers?", "3.", "why?", "A rule."))
    assert "part-timers" in understood
    assert "annual leave" in understood


def test_a_subject_that_was_left_does_not_come_back() -> None:
    understood = standalone("Does it cost anything?", talk(LEAVE, "5 days.", VPN, "Open Company Apps."))
    assert "VPN client" in understood
    assert "leave" not in understood


def test_another_place_or_number_takes_the_place_of_the_one_before() -> None:
    assert standalone("and in London?", talk(PER_DIEM, "82 EUR.")) == "and in London? (per diem)"
    asked = talk("What does error E30 mean?", "A blocked fan.")
    assert standalone("And E26?", asked) == "And E26? (error)"


def test_nothing_is_said_twice() -> None:
    assert (
        standalone("and annual leave for interns?", talk("annual leave", "25 days.")) == "and annual leave for interns?"
    )


def test_many_words_before_do_not_drown_the_question() -> None:
    said = " ".join(f"subject{n} and" for n in range(200))
    assert len(standalone("And for part-timers?", talk(said, "Hm.")).split()) <= 3 + 12


@pytest.mark.parametrize(
    ("question", "lean"),
    [("And for part-timers?", "surely"), ("annual leave", "perhaps"), ("How do I reset my password?", "not")],
)
def test_a_fragment_may_be_a_new_subject(question: str, lean: str) -> None:
    assert leans(question) == lean


texts = st.text(max_size=300) | st.lists(
    st.sampled_from("and it they the one second why leave VPN client Zurich 12 in for ? , . ( 1. ** US".split())
).map(" ".join)
turns = st.lists(st.builds(Turn, role=st.sampled_from(["user", "assistant"]), content=texts), max_size=6)


@given(texts, turns)
@example("why " + "a" * (LONGEST_QUESTION - 4), talk(LEAVE))
@example("why " * 1000, talk("it and that " * 5000, "1. " * 5000))
def test_whatever_was_said_the_question_stays_in_front(question: str, history: list[Turn]) -> None:
    understood = standalone(question, history)
    assert understood.startswith(question.rstrip())
    assert len(understood) <= max(LONGEST_QUESTION, len(question))
    assert standalone(question, []) == question


@given(texts, turns)
def test_what_is_said_in_full_is_understood_as_it_is(question: str, history: list[Turn]) -> None:
    if leans(question) == "not":
        assert standalone(question, history) == question


def found(*scores: tuple[str, float], words: dict[str, float], bm25: float = 3.0) -> Retrieval:
    """Texts and their scores; each text is a document of its own."""
    evidence = [Evidence(_passage(text), 0.5, bm25, score) for text, score in scores]
    return Retrieval(evidence, np.zeros(4, np.float32), words)


def _passage(text: str) -> Passage:
    return replace(passage(text), document=document(f"handbook/{text}.md"))


def first(retrieval: Retrieval) -> str:
    return retrieval.evidence[0].passage.text


def test_what_answers_both_the_fragment_and_its_context_comes_first() -> None:
    alone = found(("isolation ward", 0.5), ("isolation in DNS", 0.45), words={"isol": 2.0})
    understood = found(("isolation in DNS", 0.6), ("what DNS is", 0.55), words={"isol": 2.0, "dn": 3.0})
    both = together("Data isolation", alone=alone, understood=understood)
    assert first(both) == "isolation in DNS"
    assert {each.passage.text for each in both.evidence} == {"isolation ward", "isolation in DNS", "what DNS is"}


def test_a_fragment_that_finds_its_own_document_was_a_new_question() -> None:
    alone = found(("mileage rate", 0.9), ("travel", 0.3), words={"mileag": 3.0})
    understood = found(("annual leave", 0.5), ("mileage rate", 0.45), words={"mileag": 3.0, "leav": 2.0})
    assert together("mileage rate", alone=alone, understood=understood) is alone


def test_words_that_no_document_has_are_not_answered_from_the_subject_before() -> None:
    alone = found(("annual leave", 0.1), words={"asdf": 5.0}, bm25=0.0)
    understood = found(("annual leave", 0.6), words={"asdf": 5.0, "leav": 2.0})
    assert together("asdf qwer", alone=alone, understood=understood) is alone


@pytest.mark.parametrize("nothing", ["alone", "understood"])
def test_what_only_one_search_finds_is_found(nothing: str) -> None:
    empty, some = found(words={}), found(("annual leave", 0.6), words={"leav": 2.0})
    searches = {"alone": empty, "understood": some} if nothing == "alone" else {"alone": some, "understood": empty}
    assert together("And why?", **searches) is some


async def answered(text: str, *history: str) -> tuple[str, str]:
    """The best document's title and the question as it was understood."""
    leave = about("leave", title="Annual leave")
    parking = about("parking", title="Parking")
    index = await filled(
        passage("Annual leave is 25 days.", of=leave),
        passage("Annual leave of part-timers is in proportion.", of=leave),
        passage("Parking spaces of part-timers are behind the house.", of=parking),
        *fillers(),
    )
    embedder = WordEmbedder()
    router = build_router(
        retriever=Retriever(index=index, embedder=embedder),
        embedder=embedder,
        threshold=0.5,
        routing=Routing(topics=(), embedder=embedder, settings=RouterSection()),
    )
    question = Question(text, groups=EVERYONE, today=TODAY, history=tuple(talk(*history)))
    answer = await ask(router, question)
    return answer.evidence[0].passage.document.title, answer.standalone


async def test_a_follow_up_is_answered_from_what_it_follows() -> None:
    assert await answered("And for part-timers?", "Where is parking?", "Behind the house.") == (
        "Parking",
        "And for part-timers? (parking)",
    )
    assert await answered("And for part-timers?", "How much annual leave do I get?", "25 days.") == (
        "Annual leave",
        "And for part-timers? (annual leave)",
    )


async def test_only_a_question_that_was_understood_otherwise_says_so() -> None:
    assert await answered("How much annual leave do part-timers get?", "Where is parking?", "Behind the house.") == (
        "Annual leave",
        "",
    )
    assert (await answered("And for part-timers?"))[1] == ""
