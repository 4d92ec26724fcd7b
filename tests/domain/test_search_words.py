"""The words by which a text is found again, in every script, and the place where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.search_words import LONGEST_WORD, MOST_BYTES, MOST_WORDS, asked_for, folded, place_of, words_of


def finds(text: str, search: str) -> bool:
    words = words_of(text)
    return all(any(word.startswith(asked) for word in words) for asked in asked_for(search))


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("Ärger mit der RECHNUNG", "ärger rech"),
        ("Ärger mit der Rechnung", "arger"),
        ("the call `read_file(path)`", "file"),
        ("Straße", "strasse"),
        ("ＦＵＬＬ width", "full"),
        ("中文輸入法很難", "輸入"),
        ("中文輸入法很難", "輸入法"),
        ("データベースの移行", "ベース"),
        ("ฐานข้อมูลใหญ่", "ข้อมูล"),
        ("हिन्दी में लिखा", "हिन्दी"),
        ("قاعدةُ البيانات", "قاعدة"),
        ("Überprüfung der Größe", "PRÜF Größe".removeprefix("PRÜF ")),
        ("version 10.4.2 of 2026", "10 2026"),
    ],
)
def test_what_somebody_would_type_is_found(text, search):
    assert finds(text, search)


@pytest.mark.parametrize(("text", "search"), [("catalog", "log"), ("中文", "文中"), ("one", "two"), ("a", "a b")])
def test_what_is_not_there_is_not_found(text, search):
    assert not finds(text, search)


@given(st.text(max_size=200))
def test_each_word_of_a_text_finds_it_whatever_the_text_is(text):
    for word in words_of(text):
        assert finds(text, word)
        assert word.isalnum()
        assert not {"'", '"', "\\", " "} & set(word)


@given(st.text(max_size=200))
def test_what_is_folded_once_stays(text):
    assert words_of(" ".join(words_of(text))) is not None
    assert folded(folded(text)) == folded(text) or not text.isascii()


def test_what_is_kept_of_a_text_is_bounded():
    many = words_of(" ".join(f"w{number}" for number in range(MOST_WORDS + 5)))
    assert len(many) == MOST_WORDS
    long = words_of(" ".join(f"{number:05}" + "é" * 50 for number in range(MOST_WORDS)))
    assert max(map(len, long)) == LONGEST_WORD
    assert sum(len(word.encode()) for word in long) <= MOST_BYTES


def test_the_place_is_shown_with_what_stands_around_it():
    before, word, after = place_of("First line.\nThe invoice total drifts by two cents.", asked_for("TOTAL"))
    assert (word, after) == ("total", " drifts by two cents.")
    assert before.endswith("The invoice ")
    assert place_of("我用中文輸入法", asked_for("輸入"))[1] == "輸入"
    assert place_of("Ärger", asked_for("arg"))[1] == "Ärger"
    assert place_of("nothing here", asked_for("other")) is None


def test_of_a_long_text_only_the_surroundings_are_shown():
    before, word, after = place_of("x " * 500 + "needle" + " y" * 500, asked_for("needle"))
    assert word == "needle"
    assert before.startswith("…")
    assert after.endswith("…")
    assert len(before) + len(after) < 200
