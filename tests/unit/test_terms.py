"""Words that a person would call the same find each other, in every script."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.terms import fold, query_terms, terms, words

quickly = settings(max_examples=100, deadline=None, derandomize=True)
ALIKE = [
    ("Café", "cafe"),
    ("cafe\u0301", "café"),
    ("NAÏVE", "naive"),
    ("Straße", "STRASSE"),
    ("oﬃce ﬁle", "office file"),
    ("ＶＰＮ　１２", "vpn 12"),
    ("İstanbul", "istanbul"),
    ("Ελλάς", "ελλας"),
    ("№ 5 ℡", "no 5 tel"),
    ("ThinkPad™ X1®", "thinkpad x1"),
    ("Kindle℠", "kindle"),
    ("the company's laptop", "the company laptop"),
    ("the company’s laptop", "the company laptop"),
    ("the company＇s laptop", "the company laptop"),
    ("THE BOSS'S LAPTOP", "the boss laptop"),
    ("THE BOSS’S LAPTOP", "the boss laptop"),
    ("employees' rights", "employees rights"),
    ("don't", "dont"),
    ("press the 'S' key", "press the s key"),
    ("1,000", "1000"),
    ("12,345,678 euros", "12345678 euros"),
    ("１，０００", "1000"),
    ("em\u00adployee", "employee"),
    ("می\u200cخواهم", "میخواهم"),
    ("ක්\u200dරියා", "ක්රියා"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_spellings_of_the_same_are_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize("text", ["1,5", "1,50", "1,0000", "see 3, 400", "a,100"])
def test_a_comma_that_separates_no_thousands_separates_words(text: str) -> None:
    assert len(words(text)) == len(text.replace(",", " ").split())


def test_small_and_great_letters_are_the_same() -> None:
    assert words("Annual LEAVE Policy") == ["annual", "leave", "policy"]


@pytest.mark.parametrize("text", ["e-mail", "e/mail", "e_mail", "e.mail", "(e) mail!"])
def test_signs_separate_words(text: str) -> None:
    assert words(text) == ["e", "mail"]


@pytest.mark.parametrize(
    ("forms", "stem"),
    [
        ("caresses caress caressed", "caress"),
        ("reimburse reimbursed reimbursement reimburses", "reimburs"),
        ("policy policies", "polici"),
        ("relational relate", "relat"),
        ("hopping hopped hop", "hop"),
        ("travel travels", "travel"),
    ],
)
def test_forms_of_a_word_have_one_porter_stem(forms: str, stem: str) -> None:
    assert set(terms(forms)) == {stem}


def test_a_letter_alone_is_a_term() -> None:
    assert terms("Form S, size s, plan B") == ["form", "s", "size", "s", "plan", "b"]


def test_stop_words_and_question_words_are_no_terms() -> None:
    assert terms("What is the policy, and who should I ask about it?") == ["polici", "ask"]
    assert terms("Where's my laptop? I don't know what's wrong.") == ["laptop", "know", "wrong"]


@pytest.mark.parametrize("text", ["we'll she'll they'd you've you’re I’M", "WE'LL SHE'LL THEY'D YOU'VE YOU'RE I'M"])
def test_pronouns_stay_stop_words_with_a_verb_attached(text: str) -> None:
    assert terms(text) == []


def test_an_id_and_being_ill_are_worth_searching() -> None:
    assert query_terms("What if I am ill?") == ("ill",)
    assert terms("Where do I get my ID?") == ["get", "id"]


def test_terms_repeat_and_keep_their_order() -> None:
    assert terms("leave, pay, leave") == ["leav", "pai", "leav"]


def test_the_terms_of_a_question_are_distinct_and_keep_their_order() -> None:
    assert query_terms("leave or paid leave or pay?") == ("leav", "paid", "pai")


def test_a_question_of_stop_words_alone_keeps_them() -> None:
    assert query_terms("Who is who?") == ("who", "i"), "stems, as always"
    assert query_terms("Who is the boss?") == ("boss",)


@pytest.mark.parametrize("question", ["", "   ", "?!", "🙂", "\u0301"])
def test_a_question_without_words_has_no_terms(question: str) -> None:
    assert query_terms(question) == ()


@pytest.mark.parametrize("word", ["हिन्दी", "भाषा", "தமிழ்", "ภาษาไทย", "ভাষা", "မြန်မာ", "ភាសា", "සිංහල", "తెలుగు", "ລາວ"])
def test_vowel_signs_stay_with_their_word(word: str) -> None:
    assert len(words(f"{word}, {word}।")) == 2
    assert len(set(words(f"{word} {word}"))) == 1


def test_vowel_signs_tell_words_apart() -> None:
    assert words("कि") != words("की")


wild = st.text(st.characters(exclude_categories=()), max_size=40) | st.text(st.characters(max_codepoint=0x2FFF))


@quickly
@given(wild)
@example("ŉ ℡ ß İ")
@example("1,000,000's")
@example("\ud800 half a pair")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once
    assert words(fold(text)) == once


@quickly
@given(wild)
def test_no_text_breaks_it_and_terms_hold_no_blanks(text: str) -> None:
    for term in [*terms(text), *query_terms(text)]:
        assert term
        assert term.split() == [term]


@quickly
@given(wild)
def test_a_text_finds_itself(text: str) -> None:
    assert set(terms(text)) <= set(query_terms(text))


@quickly
@given(st.text(st.characters(max_codepoint=0x24F), max_size=30))
def test_case_is_of_no_importance(text: str) -> None:
    assert words(text.upper()) == words(text.upper().lower())


def test_a_very_long_text_takes_no_time() -> None:
    assert len(terms("reimbursements " * 100_000)) == 100_000
    assert len(words("x" * 1_000_000)) == 1
    assert len(words("1," * 500_000)) == 500_000
