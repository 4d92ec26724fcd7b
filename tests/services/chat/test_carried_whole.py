"""A chat that was taken away, brought in and taken away again: the second file says what the first one did."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from portal.domain.carried_chats import IMPORTED
from portal.domain.chats import State
from portal.domain.compaction import Why
from portal.domain.efforts import EFFORTS
from portal.domain.reasons import Layer, Reason
from portal.services.chat import chats, export, importing, picking, sending
from portal.services.chat.export import Of
from portal.services.chat.importing import GivenFile
from portal.store.attempts import AttemptRecord
from portal.store.base import transaction
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream

NEW = ("effort", "finish", "notes", "beside")
"""What an older file does not say of an answer."""


def bring_in(actor, runtime, text: str):
    (imported,) = importing.bring_in(actor, runtime, [GivenFile("chat.json", io.BytesIO(text.encode()))])
    return imported.chat_id


def take(actor, runtime, chat_id, of: Of = Of.ALL) -> str:
    return export.take(actor, runtime, chat_id, "json", of).text


def without_ids(text: str) -> Any:
    """A file with the places of what its ids stand for in their stead."""
    chat = json.loads(text)
    named = [chat, *chat["turns"], *(one for turn in chat["turns"] for one in turn["attempts"]), *chat["summaries"]]
    for place, row in enumerate(named):
        text = text.replace(row["id"], f"#{place}")
    return json.loads(text)


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="Move it to `settle`.") as up:
        yield up


@pytest.fixture
def talk(runtime, actors, provider):
    """A question with three answers, the first of which was picked and the last stands beside it, and one more."""
    connect(runtime, actors.ada, provider.base_url)
    first = send_message(actors.uma, runtime, "Where is rounding done?", effort="high")
    collect_events(actors.uma, runtime, first)
    collect_events(actors.uma, runtime, sending.send_again(actors.uma, runtime, first.chat_id, first.turn_id))
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


def test_an_older_file_that_says_nothing_of_it_comes_in(runtime, actors, talk):
    chat = json.loads(take(actors.uma, runtime, talk))
    for turn in chat["turns"]:
        turn["attempts"] = [{key: row[key] for key in row if key not in NEW} for row in turn["attempts"]]
    again = json.loads(take(actors.otto, runtime, bring_in(actors.otto, runtime, json.dumps(chat))))
    silent = {tuple(str(row[name]) for name in NEW) for turn in again["turns"] for row in turn["attempts"]}
    assert silent == {("", "", "[]", "False")}
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
