"""The rules of a conversation."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.chats import (
    MESSAGE_LIMIT,
    SENT_AS_HISTORY,
    Line,
    State,
    TextBuffer,
    fault_sentence,
    history,
    message_fault,
    state_at,
    tidy,
    title_from,
)
from portal.domain.faults import Category

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_running_attempt_is_incomplete_once_its_lease_has_passed():
    assert state_at("streaming", NOW + timedelta(seconds=1), NOW) is State.STREAMING
    assert state_at("streaming", NOW, NOW) is State.INCOMPLETE
    assert state_at("streaming", None, NOW) is State.INCOMPLETE


@pytest.mark.parametrize("state", sorted(set(State) - {State.STREAMING}))
def test_a_finished_attempt_stays_what_it_is(state):
    assert state_at(state, NOW - timedelta(days=1), NOW) is state


def test_what_the_portal_wrote_itself_is_never_history():
    assert {State.COMPLETE, State.INCOMPLETE, State.STOPPED} == SENT_AS_HISTORY


def test_history_alternates_roles():
    assert history([("a", "b"), ("c", "")]) == (Line("user", "a"), Line("assistant", "b"), Line("user", "c"))


def test_a_question_without_an_answer_is_joined_with_the_next():
    assert history([("a", ""), ("b", "  "), ("c", "d")]) == (Line("user", "a\n\nb\n\nc"), Line("assistant", "d"))


def test_text_is_tidied_for_every_database_and_wire():
    assert tidy("a\r\nb\rc\x00d") == "a\nb\ncd"
    assert tidy("x\ud83d\ude00y") == "x😀y"
    assert tidy("x\ud83dy") == "x\ufffdy"


def test_a_character_cut_in_two_by_the_deltas_arrives_whole():
    arriving = TextBuffer()
    assert arriving.add("a\ud83d") == "a"
    assert arriving.add("\ude00b") == "😀b"
    assert arriving.text == "a😀b"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Why is the invoice job slow?", "Why is the invoice job slow?"),
        ("\n\n  ## Plan **this**\nmore", "Plan **this**"),
        ("- one\n- two", "one"),
        ("/explore find every place that rounds money", "find every place that rounds money"),
        ("Terraform module for queues and their dead letters, with alarms on each of them", None),
        ("", "New chat"),
        ("```\n```", "New chat"),
        ("日本語" * 40, None),
        ("\u202eevil", "evil"),
        ("\u202e evil \u200b\u200b twice", "evil twice"),
        ("a\u200b\tb", "a b"),
    ],
)
def test_a_title_is_the_first_words(text, title):
    made = title_from(text)
    assert made == title if title else (made.endswith("…") and len(made) <= 61)


def test_a_title_cuts_between_words():
    made = title_from("Terraform module for queues and their dead letters, with alarms on each of them")
    assert made == "Terraform module for queues and their dead letters, with…"


def test_a_message_of_256000_characters_in_any_script_is_accepted():
    assert message_fault("字" * MESSAGE_LIMIT) is None
    assert "256,001 characters" in (message_fault("字" * (MESSAGE_LIMIT + 1)) or "")
    assert message_fault(" \n ") == "Write a message first."


@pytest.mark.parametrize("category", Category)
def test_whatever_goes_wrong_has_a_sentence_without_a_task_for_somebody_else(category):
    shown = fault_sentence(category, "Acme", "GPT-5.2")
    assert shown.endswith(".")
    assert "{" not in shown
    if category not in (Category.NEED_URL, Category.NEED_MODEL, Category.OK):
        assert "test again" not in shown
