"""A chat that was taken away, brought in and taken away again: the second file says what the first one did."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from portal.domain.carried_chats import IMPORTED
from portal.domain.chats import NO_MODEL, State
from portal.domain.compaction import Why
from portal.domain.efforts import EFFORTS
from portal.domain.faults import Category
from portal.domain.reasons import Layer, Reason
from portal.services.chat import chats, picking, sending
from portal.services.chat.export import Of
from portal.store.attempts import AttemptRecord
from portal.store.base import transaction
from tests.carrying import ANSWER, answered_twice, bring_in, take
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream

NEW = ("effort", "finish", "notes", "beside")
FAULT = ("category", "status", "hint", "request_id")
TOOK = ("first_ms", "thought_ms", "ended_at")
"""What an older file does not say of an answer."""


def without_ids(text: str) -> Any:
    """A file with the places of what its ids stand for in their stead."""
    chat = json.loads(text)
    named = [chat, *chat["turns"], *(one for turn in chat["turns"] for one in turn["attempts"]), *chat["summaries"]]
    for place, row in enumerate(named):
        text = text.replace(row["id"], f"#{place}")
    return json.loads(text)


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=ANSWER) as up:
        yield up


@pytest.fixture
def talk(runtime, actors, provider):
    """A question with three answers, the first of which was picked and the last stands beside it, and one more."""
    first = answered_twice(runtime, actors.uma, actors.ada, provider.base_url, effort="high")
    picking.pick(actors.uma, runtime, first.chat_id, first.turn_id, first.attempt_id)
    beside = sending.send_again(actors.uma, runtime, first.chat_id, first.turn_id, beside=True)
    collect_events(actors.uma, runtime, beside)
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "And tax?", first.chat_id, first.turn_id))
    with transaction() as session:
        said = update(AttemptRecord).where(AttemptRecord.id == beside.attempt_id)
        session.execute(said.values(finish="length", notes=["This model takes no top p; the portal left it out."]))
    return first.chat_id


def test_all_that_an_answer_says_of_itself_comes_back(runtime, actors, talk):
    taken = take(actors.uma, runtime, talk)
    chat_id = bring_in(actors.otto, runtime, taken)
    assert without_ids(take(actors.otto, runtime, chat_id)) == without_ids(taken)
    attempts = json.loads(taken)["turns"][0]["attempts"]
    assert [[row[name] for name in NEW] for row in attempts] == [
        ["high", "stop", [], False],
        ["high", "stop", [], False],
        ["high", "length", ["This model takes no top p; the portal left it out."], True],
    ]
    turn = chats.show(actors.otto, runtime, chat_id).turns[0]
    assert (turn.rival, turn.answer) == (turn.attempts[0], turn.attempts[2]), "both stand there until one is picked"
    assert turn.attempts[2].notes == ("This model takes no top p; the portal left it out.", IMPORTED)
    picking.pick(actors.otto, runtime, chat_id, turn.id, turn.attempts[0].id)
    again = bring_in(actors.uma, runtime, take(actors.otto, runtime, chat_id))
    turn = chats.show(actors.uma, runtime, again).turns[0]
    assert (turn.rival, turn.answer) == (None, turn.attempts[0]), "what was picked is shown"


def test_of_what_is_shown_no_answer_stands_beside_one_that_is_not_in_the_file(runtime, actors, talk):
    taken = take(actors.uma, runtime, talk, Of.SHOWN)
    assert [row["beside"] for row in json.loads(taken)["turns"][0]["attempts"]] == [False]
    chat_id = bring_in(actors.otto, runtime, taken)
    assert without_ids(take(actors.otto, runtime, chat_id, Of.SHOWN)) == without_ids(taken)


def test_what_stood_in_the_way_of_an_answer_and_when_it_ended_come_back(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    upstream.respond(429, json={"error": {"message": "Slow down", "type": "rate_limit_error"}})
    sent = send_message(actors.uma, runtime, "Where is rounding done?", effort="low")
    talk = sent.chat_id
    collect_events(actors.uma, runtime, sent)
    taken = take(actors.uma, runtime, talk)
    chat_id = bring_in(actors.otto, runtime, taken)
    assert without_ids(take(actors.otto, runtime, chat_id)) == without_ids(taken)
    (before,) = chats.show(actors.uma, runtime, talk).turns[-1].attempts
    (after,) = chats.show(actors.otto, runtime, chat_id).turns[-1].attempts
    told = ("state", *FAULT, "first_ms", "thought_ms", "finished_at", "created_at")
    assert [getattr(after, name) for name in told] == [getattr(before, name) for name in told]
    assert (after.state, after.category, after.status) == (State.FALLBACK, Category.RATE_LIMIT, 429)
    assert after.finished_at is not None
    assert after.detail == "", "what the provider said to the letter is for those who look after providers"
    assert chats.show(actors.otto, runtime, chat_id).effort == "low"


def test_an_older_file_that_says_nothing_of_it_comes_in(runtime, actors, talk):
    chat = json.loads(take(actors.uma, runtime, talk))
    del chat["effort"]
    for turn in chat["turns"]:
        turn["attempts"] = [
            {key: row[key] for key in row if key not in (*NEW, *FAULT, *TOOK)} for row in turn["attempts"]
        ]
    again = json.loads(take(actors.otto, runtime, bring_in(actors.otto, runtime, json.dumps(chat))))
    rows = [row for turn in again["turns"] for row in turn["attempts"]]
    silent = {tuple(str(row[name]) for name in (*NEW, *FAULT, *TOOK)) for row in rows}
    assert silent == {("", "", "[]", "False", "", "None", "", "", "None", "None", "None")}
    assert again["effort"] == ""
    assert [len(turn["attempts"]) for turn in again["turns"]] == [3, 1]


TIMES = [(datetime(2026, 10, 1, 10, tzinfo=UTC) + timedelta(hours=hour)).isoformat() for hour in range(3)]
WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.none() | st.integers(0, 10**6)
SELECTION = {
    "model": WORDS,
    "name": WORDS,
    "provider": WORDS,
    "layer": st.sampled_from(Layer),
    "trail": st.lists(
        st.fixed_dictionaries(
            {"layer": st.sampled_from(Layer), "outcome": st.sampled_from([*Reason, "chosen"]), "candidate": WORDS}
        ),
        max_size=2,
    ),
    "key_source": st.sampled_from(["shared", "personal", ""]),
    "tokens_in": NUMBERS,
    "tokens_out": NUMBERS,
    "cost_usd": st.none() | st.decimals(0, 100, places=6).map(str),
    "total_ms": NUMBERS,
}
ANSWERS = st.fixed_dictionaries(
    {"id": st.uuids().map(str), "state": st.sampled_from(State), "created_at": st.sampled_from(TIMES)},
    optional={
        **SELECTION,
        "text": WORDS,
        "thinking": WORDS,
        "reported_model": WORDS,
        "effort": st.sampled_from(["", *EFFORTS]),
        "finish": st.sampled_from(["", "stop", "length", "tool", "odd"]),
        "notes": st.lists(WORDS, max_size=3),
        "beside": st.booleans(),
        "category": st.sampled_from(["", NO_MODEL, *Category, "odd"]),
        "status": NUMBERS | st.integers(90, 610),
        "hint": WORDS,
        "request_id": WORDS,
        "first_ms": NUMBERS,
        "thought_ms": NUMBERS,
        "ended_at": st.sampled_from([None, "odd", *TIMES]),
    },
)


@st.composite
def files(draw) -> dict[str, Any]:
    """Whatever chats a file can hold: with branches, times that are the same, and gaps where an older one is silent."""
    turns: list[dict[str, Any]] = []
    for place in range(draw(st.integers(1, 4))):
        answers = draw(st.lists(ANSWERS, max_size=3, unique_by=lambda row: row["id"]))
        turns.append(
            {
                "id": str(place),
                "parent_id": draw(st.sampled_from([None, *(turn["id"] for turn in turns)])),
                "text": draw(WORDS.filter(str.strip)) + "?",
                "created_at": draw(st.sampled_from(TIMES)),
                "attempts": answers,
                "picked": draw(st.sampled_from([None, *(row["id"] for row in answers)])),
            }
        )
    ends = st.sampled_from([turn["id"] for turn in turns])
    summaries = st.fixed_dictionaries(
        {"turn_id": ends, "text": WORDS.map(lambda text: f"{text}."), "made_at": st.sampled_from(TIMES)},
        optional={**SELECTION, "why": st.sampled_from(Why), "undone_at": st.sampled_from([None, *TIMES])},
    )
    return {
        "title": draw(WORDS),
        "system_prompt": draw(WORDS),
        "effort": draw(st.sampled_from(["", *EFFORTS, "odd"])),
        "shown": draw(ends),
        "turns": turns,
        "summaries": draw(st.lists(summaries, max_size=3)),
    }


@pytest.mark.hypothesis
def test_whatever_came_in_from_a_file_goes_from_portal_to_portal_as_it_is(runtime, actors):
    @settings(max_examples=30)
    @given(files())
    def holds(chat):
        once = take(actors.uma, runtime, bring_in(actors.uma, runtime, json.dumps(chat)))
        twice = take(actors.otto, runtime, bring_in(actors.otto, runtime, once))
        assert without_ids(twice) == without_ids(once)
        assert len(json.loads(once)["summaries"]) == len(chat["summaries"])

    holds()


def test_a_cost_with_more_places_than_a_database_takes_comes_in(runtime, actors):
    answers = [{"state": "complete", "text": "a", "cost_usd": cost} for cost in ("1E-20000", f"0.{'1' * 100_000}")]
    chat = {"title": "Dear", "turns": [{"id": "1", "text": "q", "attempts": answers}]}
    taken = json.loads(take(actors.uma, runtime, bring_in(actors.uma, runtime, json.dumps(chat))))
    costs = [Decimal(row["cost_usd"]) for row in taken["turns"][0]["attempts"]]
    assert costs == [0, Decimal("0.111111111")]
