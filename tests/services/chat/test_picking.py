"""Two answers to one question: read beside each other, one picked; and how much a model thinks, and how long."""

import json

import pytest

from portal.domain.chats import State
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.services.chat import chats, picking, sending
from portal.store.attempts import AttemptRecord
from portal.store.base import transaction
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="An answer.") as up:
        yield up


@pytest.fixture
def two(runtime, actors, provider):
    """A question that two models answered, the second beside the first: (chat, turn, both attempts)."""
    models = connect(runtime, actors.ada, provider.base_url, "one", "two")
    sent = send_message(actors.uma, runtime, "Hello")
    collect_events(actors.uma, runtime, sent)
    beside = sending.send_again(actors.uma, runtime, sent.chat_id, sent.turn_id, models[1], beside=True)
    collect_events(actors.uma, runtime, beside)
    return sent.chat_id, sent.turn_id, (sent.attempt_id, beside.attempt_id)


def turn_of(actor, runtime, chat_id):
    return chats.show(actor, runtime, chat_id).turns[0]


def test_the_second_stands_beside_the_first_until_one_is_picked(runtime, actors, two):
    chat, turn, (first, second) = two
    shown = turn_of(actors.uma, runtime, chat)
    assert (shown.answer.id, shown.rival.id) == (second, first)
    picked = picking.pick(actors.uma, runtime, chat, turn, first)
    assert (picked.answer.id, picked.rival) == (first, None)
    assert len(turn_of(actors.uma, runtime, chat).attempts) == 2


def sent_upstream(provider):
    return json.loads(provider.requests[-1].body)["messages"]


@pytest.mark.parametrize("which", [0, 1])
def test_what_was_picked_is_the_history_of_what_follows(runtime, actors, two, provider, which):
    chat, turn, attempts = two
    with transaction() as session:
        for number, attempt in enumerate(attempts):
            session.get(AttemptRecord, attempt).text = f"answer {number}"
    picking.pick(actors.uma, runtime, chat, turn, attempts[which])
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "More", chat, turn))
    assert [line["content"] for line in sent_upstream(provider)] == ["Hello", f"answer {which}", "More"]


def test_asking_again_shows_the_newest_once_more(runtime, actors, two):
    chat, turn, (first, _) = two
    picking.pick(actors.uma, runtime, chat, turn, first)
    third = sending.send_again(actors.uma, runtime, chat, turn)
    collect_events(actors.uma, runtime, third)
    shown = turn_of(actors.uma, runtime, chat)
    assert (shown.answer.id, shown.rival) == (third.attempt_id, None)


def test_what_is_no_answer_of_ones_own_cannot_be_picked(runtime, actors, two):
    chat, turn, (first, _) = two
    other = send_message(actors.uma, runtime, "Other")
    with pytest.raises(NotFound):
        picking.pick(actors.ada, runtime, chat, turn, first)
    with pytest.raises(NotFound):
        picking.pick(actors.uma, runtime, other.chat_id, turn, first)
    with pytest.raises(NotFound):
        picking.pick(actors.uma, runtime, chat, other.turn_id, first)
    with pytest.raises(Conflict):
        picking.pick(actors.uma, runtime, other.chat_id, other.turn_id, other.attempt_id)


def test_the_effort_that_is_chosen_goes_upstream_and_stays_with_the_chat(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url, type="openai")
    first = send_message(actors.uma, runtime, "Hello", effort="high")
    collect_events(actors.uma, runtime, first)
    second = send_message(actors.uma, runtime, "More", first.chat_id, first.turn_id)
    collect_events(actors.uma, runtime, second)
    asked = [json.loads(request.body).get("reasoning_effort") for request in provider.requests]
    assert asked == ["high", "high"]
    assert chats.show(actors.uma, runtime, first.chat_id).effort == "high"
    third = send_message(actors.uma, runtime, "Less", first.chat_id, second.turn_id, effort="")
    collect_events(actors.uma, runtime, third)
    assert json.loads(provider.requests[-1].body).get("reasoning_effort") is None
    with pytest.raises(Invalid) as told:
        send_message(actors.uma, runtime, "Odd", effort="most of all")
    assert set(told.value.faults) == {"effort"}


def test_how_long_a_model_thought_is_kept_with_its_tokens(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    used = {"prompt_tokens": 5, "completion_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 20}}
    upstream.stream_sse(
        [
            {"choices": [{"delta": {"reasoning_content": "Let me see."}}]},
            {"choices": [{"delta": {"content": "Yes."}, "finish_reason": "stop"}]},
            {"choices": [], "usage": used},
        ]
    )
    sent = send_message(actors.uma, runtime, "Really?")
    collect_events(actors.uma, runtime, sent)
    answer = turn_of(actors.uma, runtime, sent.chat_id).answer
    assert (answer.state, answer.thinking, answer.text) == (State.COMPLETE, "Let me see.", "Yes.")
    assert answer.tokens_reasoning == 20
    assert 0 <= answer.thought_ms <= answer.total_ms
