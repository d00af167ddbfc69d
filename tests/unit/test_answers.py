"""Questions put to a small handbook, through the same Runnable as every channel uses."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from adapters.file_source import FileSource, FileSourceSettings
from adapters.memory import MemoryIndex
from adapters.onnx_embedder import OnnxEmbedder
from bot.models import Answer, Question
from bot.router import ask as ask_router
from bot.router import build_router
from bot.router.routing import Routing
from bot.settings import RouterSection
from knowledge.indexer import Indexer
from knowledge.retriever import Retriever

Ask = Callable[..., Awaitable[Answer]]
TODAY = date(2026, 11, 21)

HANDBOOK = {
    "annual-leave.md": """
        # Annual leave

        ## Entitlement

        Every full-time employee has 25 days of annual leave a year. Part-time employees have a share of this.

        | Years of service | Days of leave |
        | --- | --- |
        | Under 5 | 25 |
        | 5 to 10 | 28 |
        | Over 10 | 31 |

        ## Carrying over

        Up to 5 unused days move to the next year. They are lost after 31 March.
        """,
    "sick-leave.md": """
        # Sick leave

        Call your manager before 9:00 on the first day of an illness. A certificate is needed from day four.

        ## Sick pay

        Full pay continues for six weeks.
        """,
    "travel.md": """
        ---
        title: Travel policy
        effective: 2026-01-01
        ---
        The highest hotel rate is 155 EUR a night in Dublin.
        """,
    "travel-old.md": """
        ---
        title: Travel policy (2024)
        expires: 2025-12-31
        ---
        The highest hotel rate is 130 EUR a night in Dublin.
        """,
    "travel-next.md": """
        ---
        title: Travel policy (2027)
        effective: 2027-01-01
        ---
        The highest hotel rate is 170 EUR a night in Dublin.
        """,
    "vpn.md": """
        # Setting up the VPN

        To connect from home:

        1. Install QuayLink from the software centre.
        2. Sign in with your company account.
        3. Confirm the request on your phone.

        The password must never be shared with anybody.
        """,
}
SALARIES = "# Salary bands\n\nGrade 7 is paid between 60,000 and 80,000 EUR a year.\n"


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()


@pytest.fixture
async def ask(tmp_path: Path, embedder: OnnxEmbedder) -> Ask:
    """Asks the handbook, by default as a member, today."""
    index = MemoryIndex()
    sources = []
    for name, audience, files in (("handbook", "members", HANDBOOK), ("hr", "hr", {"bands.md": SALARIES})):
        folder = tmp_path / name
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(dedent(text).lstrip())
        sources.append(FileSource(FileSourceSettings(name=name, path=folder, audience=frozenset({audience}))))
    await Indexer(index=index, catalogue=index, embedder=embedder).run(sources)
    router = build_router(
        retriever=Retriever(index=index, embedder=embedder),
        embedder=embedder,
        threshold=0.5,
        routing=Routing(topics=(), embedder=embedder, settings=RouterSection()),
    )

    async def put(text: str, *, groups: tuple[str, ...] = ("members", "public"), today: date = TODAY) -> Answer:
        return await ask_router(router, Question(text, groups=frozenset(groups), today=today))

    return put


async def test_a_fact_is_quoted_word_for_word_with_its_source(ask: Ask) -> None:
    answer = await ask("How many days of annual leave does a full-time employee have?")
    assert answer.outcome == "answered"
    assert "full-time employee has **25 days** of annual leave" in answer.text
    source = answer.citations[0]
    assert (source.passage.document.title, source.heading_path) == ("Annual leave", ("Entitlement",))
    assert source.passage.uri.startswith("file://")
    assert source.passage.uri.endswith("annual-leave.md")


async def test_every_quote_carries_the_mark_of_a_listed_source(ask: Ask) -> None:
    answer = await ask("Are unused days of leave lost?")
    marks = [int(mark) for mark in re.findall(r"\[(\d+)\]", answer.text)]
    assert marks
    assert set(marks) == {citation.number for citation in answer.citations}
    assert sorted(set(marks)) == list(range(1, len(answer.citations) + 1))


async def test_a_table_answers_by_the_row_with_its_header(ask: Ask) -> None:
    answer = await ask("days of leave with over 10 years of service")
    assert "Years of service: Over 10; Days of leave: **31**" in answer.text
    assert "Under 5" not in answer.text


async def test_the_expired_and_the_coming_version_of_a_policy_do_not_count(ask: Ask) -> None:
    question = "What is the highest hotel rate in Dublin?"
    assert "155 EUR" in (await ask(question)).text
    assert {e.passage.document.title for e in (await ask(question)).evidence} & {
        "Travel policy (2024)",
        "Travel policy (2027)",
    } == set()
    assert "130 EUR" in (await ask(question, today=date(2025, 6, 1))).text
    assert "170 EUR" in (await ask(question, today=date(2027, 1, 1))).text


async def test_sick_leave_is_never_answered_from_annual_leave(ask: Ask) -> None:
    answer = await ask("How many days of sick leave are there?")
    assert {citation.passage.document.title for citation in answer.citations} == {"Sick leave"}


async def test_a_procedure_is_quoted_as_a_whole_in_order(ask: Ask) -> None:
    answer = await ask("How do I set up the VPN from home?")
    steps = ["To connect from home:", "1. Install QuayLink", "2. Sign in with", "3. Confirm the request"]
    places = [answer.text.replace("**", "").find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


async def test_a_restricted_document_is_quoted_to_its_audience_only(ask: Ask) -> None:
    question = "What is the pay range of grade 7?"
    assert "60,000 and 80,000 EUR" in (await ask(question, groups=("hr", "members", "public"))).text
    for groups in (("members", "public"), ("public",), ()):
        answer = await ask(question, groups=groups)
        assert "60,000" not in answer.text + answer.reply
        assert "Salary bands" not in answer.reply
        assert all(entry.passage.document.title != "Salary bands" for entry in answer.evidence)


async def test_an_unsure_answer_names_the_closest_documents_and_keeps_its_draft(ask: Ask) -> None:
    answer = await ask("May I bring my dog to the office?")
    assert answer.outcome == "unsure"
    assert answer.confidence < answer.threshold
    assert re.search(r"\*[^*]+\*", answer.reply)
    assert answer.text not in answer.reply


async def test_who_can_read_nothing_is_told_so_without_a_hint_of_what_exists(ask: Ask) -> None:
    answer = await ask("How many days of annual leave do I have?", groups=("public",))
    assert (answer.outcome, answer.quotes, answer.citations, answer.evidence) == ("unsure", [], [], [])
    assert answer.reply == (
        "I couldn't find anything about this in the documents you can read. A person should answer it."
    )


@pytest.mark.parametrize(
    "question",
    [
        "Wie viele Urlaubstage habe ich im Jahr?",
        "¿Cuántos días de vacaciones tengo al año?",
        "qwxz blorp fnord",
        "???",
        "what is the airspeed of an unladen swallow",
    ],
)
async def test_nothing_is_answered_as_if_sure_from_a_poor_match(ask: Ask, question: str) -> None:
    assert (await ask(question)).outcome == "unsure"


async def test_the_same_question_gives_the_same_answer(ask: Ask) -> None:
    first = await ask("When is a sick certificate needed?")
    await ask("How do I set up the VPN from home?")
    again = await ask("When is a sick certificate needed?")
    assert (first.text, first.confidence) == (again.text, again.confidence)


async def test_a_question_of_a_hundred_thousand_characters_is_answered_like_any_other(ask: Ask) -> None:
    answer = await ask("How many days of annual leave? " + "blah " * 20_000)
    assert answer.evidence
