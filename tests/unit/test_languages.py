"""Which language somebody writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import knowledge
from bot.service.languages import HANDED_OVER, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How many days of annual leave do I get?", "en"),
        ("vpn error 789", "en"),
        ("VPN?", "en"),
        ("Who is Die Zeit's editor in Berlin?", "en"),
        ("", "en"),
        ("Wie viele Urlaubstage habe ich im Jahr?", "de"),
        ("Wo finde ich die Reisekostenrichtlinie?", "de"),
        ("Combien de jours de congé ai-je par an et comment les demander ?", "fr"),
        ("¿Cuántos días de vacaciones tengo y cómo los pido?", "es"),
        ("Quanti giorni di ferie ho e come li chiedo?", "it"),
        ("Hoeveel vakantiedagen heb ik en hoe vraag ik ze aan?", "nl"),
        ("Jak mogę zresetować hasło?", "pl"),
        ("Сколько у меня дней отпуска?", "ru"),
        ("年假有多少天?", "zh"),
        ("有給休暇は何日ありますか?", "ja"),
        ("연차가 며칠입니까?", "ko"),
        ("كم عدد أيام الإجازة؟", "ar"),
    ],
)
def test_a_question_is_in_its_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [("Urlaub?", "de"), ("VPN 789", "de"), ("What is the VPN?", "en"), ("Combien de jours et comment ?", "fr")],
)
def test_where_a_text_is_too_short_to_tell_it_is_what_people_write_there(text: str, language: str) -> None:
    assert language_of(text, usual="de-CH") == language


def test_no_question_of_the_sample_passes_for_another_language() -> None:
    lines = (Path(knowledge.__file__).parent / "sample" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    assert {language_of(question) for question in questions} == {"en"}


@given(st.text())
def test_any_text_has_a_language_that_can_be_said_something_in(text: str) -> None:
    language = language_of(text)
    assert language == "en" or language in HANDED_OVER
