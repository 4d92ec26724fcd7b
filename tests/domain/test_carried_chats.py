"""A chat as a file holds it: what comes in is what a chat could have become, or a sentence says why not."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.carried_chats import Unreadable, read_chat
from portal.domain.chats import CHAT_TURNS, State

OTHER = "This file was written by another version of LLM Portal, or by something else."
NOT_BEFORE = "Question 2 follows one that does not stand before it in the file."
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def turn(id: str, text: str = "q", parent: str | None = None, **more):
    return {"id": id, "parent_id": parent, "text": text, "created_at": "2026-10-01T10:00:00+00:00", **more}


def answer(**more):
    return {"state": "complete", "text": "a", "created_at": "2026-10-01T10:00:05+00:00", **more}


def read(**chat):
    return read_chat(json.dumps(chat).encode(), NOW)


def test_a_tree_is_read_with_its_branches_and_what_is_shown():
    chat = read(
        title=" Two  ways ",
        turns=[turn("1"), turn("2", "b", "1"), turn("3", "c", "1", attempts=[answer(cost_usd="0.5", tokens_in=7)])],
        shown="2",
    )
    assert (chat.title, chat.shown) == ("Two ways", 1)
    assert [one.follows for one in chat.turns] == [None, 0, 0]
    (given,) = chat.turns[2].answers
    assert (given.state, given.selection.cost, given.selection.tokens_in) == (State.COMPLETE, Decimal("0.5"), 7)


def test_an_answer_that_was_still_written_broke_off():
    chat = read(turns=[turn("1", attempts=[answer(state="streaming")])])
    assert chat.turns[0].answers[0].state is State.INCOMPLETE


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ("0.123456789123", "0.123456789"),
        ("1E-9999999", "0"),
        ("0E-99999999", "0"),
        ("-0", "0"),
        (f"0.{'1' * 100_000}", "0.111111111"),
        ("99999999.999999999", "99999999.999999999"),
        *((odd, None) for odd in ("99999999.9999999999", "1E+9999999", "NaN", "sNaN", "-Infinity", "-1", "dear", 5)),
    ],
)
def test_a_cost_has_no_more_places_than_are_stored(said, cost):
    chat = read(turns=[turn("1", attempts=[answer(cost_usd=said)])])
    found = chat.turns[0].answers[0].selection.cost
    assert found == (None if cost is None else Decimal(cost))
    assert found is None or len(str(found)) < 20


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ("2026-10-01T10:00:09+00:00", datetime(2026, 10, 1, 10, 0, 9, tzinfo=UTC)),
        ("2026-09-01T10:00:00+00:00", datetime(2026, 10, 1, 10, 0, 5, tzinfo=UTC)),
        ("9999-01-01T00:00:00+00:00", NOW),
        *((odd, None) for odd in ("soon", "", None, 5, "0001-01-01T00:00:00+14:00", "1969-12-31T00:00:00Z")),
    ],
)
def test_when_an_answer_ended_is_unknown_where_nobody_can_read_it(said, ended):
    chat = read(turns=[turn("1", attempts=[answer(ended_at=said)])])
    assert chat.turns[0].answers[0].ended_at == ended


@pytest.mark.parametrize(
    ("chat", "sentence"),
    [
        ({"turns": "many"}, "This JSON file holds no chat of LLM Portal."),
        (
            {"format": "other", "turns": []},
            "This file was written by another version of LLM Portal, or by something else.",
        ),
        ({"version": 2, "turns": []}, "This file was written by another version of LLM Portal, or by something else."),
        ({"turns": [turn(str(n)) for n in range(CHAT_TURNS + 1)]}, "This chat has 3,001 questions; 3,000 fit."),
        (
            {"turns": [turn("1"), turn("2", parent="3")]},
            NOT_BEFORE,
        ),
        ({"turns": [turn("1", "  ")]}, "Question 1 cannot be kept: it is empty."),
        ({"turns": [7]}, "Question 1 is not readable."),
        ({"turns": [turn("1", attempts=[answer(state="odd")])]}, "An answer to question 1 is not readable."),
        ({"turns": [turn("1", attempts={})]}, "The answers to question 1 are not readable, or more than 50."),
        ({"turns": [], "system_prompt": "x" * 64_001}, "Its system prompt is too long; 64,000 characters fit."),
    ],
)
def test_what_cannot_be_a_chat_is_told(chat, sentence):
    with pytest.raises(Unreadable) as told:
        read(**chat)
    assert told.value.sentence == sentence


def test_what_is_no_json_is_told():
    for data in (b"", b"\xff\xfe", b"[" * 3000, b"# Markdown"):
        with pytest.raises(Unreadable):
            read_chat(data, NOW)


def test_what_a_file_says_beside_the_words_is_kept_only_where_it_can_be():
    odd = answer(
        tokens_in=-1, tokens_out=True, cost_usd="NaN", layer="odd", created_at="3000-01-01", trail=[{"layer": "x"}]
    )
    given = read(turns=[turn("1", attempts=[odd])]).turns[0].answers[0]
    chosen = given.selection
    assert (chosen.tokens_in, chosen.tokens_out, chosen.cost) == (None, None, None)
    assert (chosen.layer, chosen.trail) == ("", ())
    assert given.created_at == NOW


def test_of_notes_effort_and_standing_beside_only_what_can_be_is_kept():
    odd = answer(id="a", beside=True, effort="immense", finish=7, notes=["One.", 2, " ", "x" * 2_000, *["More."] * 60])
    second = answer(id="b", beside="yes", state="failed", effort="low", finish="length", notes="None.")
    third = answer(id="c", beside=True)
    one, two, three = read(turns=[turn("1", attempts=[odd, second, third], picked="b")]).turns[0].answers
    assert (one.beside, one.effort, one.finish) == (False, "", ""), "the first stands beside none"
    assert (one.notes[:3], len(one.notes)) == (("One.", "x" * 1_000, "More."), 50)
    assert (two.beside, two.effort, two.finish, two.notes) == (False, "low", "length", ())
    assert three.beside


@pytest.mark.parametrize(("id", "place"), [("a", None), ("b", None), ("c", 2), ("d", None)])
def test_only_an_answer_that_can_be_read_was_picked(id, place):
    rows = [answer(id="a", state="failed"), answer(id="b", text=""), answer(id="c", state="stopped")]
    assert read(turns=[turn("1", attempts=rows, picked=id)]).turns[0].picked == place


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(("id", "parent_id", "text", "created_at", "attempts"), json_values),
        ),
        max_size=4,
    ),
    json_values,
    json_values,
)
def test_whatever_a_file_holds_it_becomes_a_chat_or_a_sentence(turns, title, shown):
    try:
        chat = read(turns=turns, title=title, shown=shown)
    except Unreadable as told:
        chat, sentence = None, told.sentence
    if chat is None:
        assert sentence.endswith(".")
    else:
        assert all(one.follows is None or one.follows < place for place, one in enumerate(chat.turns))
        assert all(one.created_at <= NOW for one in chat.turns)


def summary(**more):
    return {"turn_id": "1", "text": "They rounded.", "made_at": "2026-10-02T10:00:00+00:00", **more}


def test_a_summary_stands_for_what_it_stood_for():
    chat = read(
        turns=[turn("1"), turn("2", "b", "1")],
        summaries=[summary(why="threshold", messages=2, tokens=9), summary(undone_at="2026-10-03T10:00:00+00:00")],
    )
    first, second = chat.summaries
    assert (first.turn, first.why, first.text, first.messages, first.tokens) == (0, "threshold", "They rounded.", 2, 9)
    assert (first.undone_at, second.why, second.messages) == (None, "hand", 2)
    assert second.undone_at == datetime(2026, 10, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("summaries", "sentence"),
    [
        ({}, "Its summaries are not readable, or more than 200."),
        ([summary()] * 201, "Its summaries are not readable, or more than 200."),
        ([7], "Summary 1 is not readable."),
        ([summary(), summary(turn_id="9")], "Summary 2 stands for questions that are not in the file."),
        ([summary(text=" ")], "Summary 1 is empty, or has more than 100,000 characters."),
        ([summary(text="x" * 100_001)], "Summary 1 is empty, or has more than 100,000 characters."),
    ],
)
def test_a_summary_that_cannot_be_one_is_told(summaries, sentence):
    with pytest.raises(Unreadable) as told:
        read(turns=[turn("1")], summaries=summaries)
    assert told.value.sentence == sentence


@given(json_values, json_values, json_values, json_values)
def test_whatever_stands_in_an_answer_a_file_or_a_summary_it_is_read_or_told(one, two, three, four):
    odd = answer(layer=one, trail=[{"layer": two, "outcome": one}], cost_usd=three, created_at=four)
    for rows in ([odd], [answer(state=one)]):
        try:
            chat = read(
                turns=[turn("1", attempts=rows, attachments=[{"name": one, "data": two}, four], picked=three)],
                summaries=[summary(why=one, layer=two, made_at=three, undone_at=four)],
            )
        except Unreadable:
            continue
        assert len(chat.summaries) == 1
        assert all(file.place is None or file.place >= 0 for file in chat.turns[0].files)
