"""A question whose key is refused before the first word goes to the next key, and the attempt names who answered."""

import pytest
from sqlalchemy import select

from portal.domain.chats import State
from portal.services.chat import answering
from portal.services.chat.events import Arrived, Ended
from portal.services.keys import shared_keys
from portal.services.runtime import Runtime
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.chatting import collect_events, connect, send_message
from tests.conftest import Actors
from tests.upstream import Upstream, steps

UMA = Actors.uma
CHAT = "/v1/chat/completions"
REFUSED = steps.respond(401, json={"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
THROTTLED = {"error": {"message": "Slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}
HELLO = [{"choices": [{"index": 0, "delta": {"content": "Hello."}}]}, "[DONE]"]


@pytest.fixture
def keys(runtime: Runtime, upstream: Upstream) -> list[shared_keys.KeyView]:
    """Two keys of a provider that says hello."""
    upstream.stream_sse(HELLO)
    connect(runtime, Actors.ada, upstream.base_url, key="sk-first-key-11")
    with transaction() as session:
        provider = session.scalars(select(ProviderRecord)).one()
        shared_keys.add(session, runtime, Actors.ada, provider, "sk-second-key-2")
        return list(shared_keys.keys_of(session, provider.id))


def attempt() -> AttemptRecord:
    with reading() as session:
        return session.scalars(select(AttemptRecord)).one()


def sent(upstream: Upstream) -> list[str]:
    return [request.headers["authorization"].removeprefix("Bearer ") for request in upstream.requests]


def failures(key: shared_keys.KeyView) -> int:
    with reading() as session:
        return session.get_one(SharedKeyRecord, key.id).rest_strikes


def test_a_refused_key_costs_nobody_an_answer(runtime: Runtime, upstream: Upstream, keys):
    upstream.script(REFUSED, path=CHAT, times=1)
    events = collect_events(UMA, runtime, send_message(UMA, runtime, "Hello?"))
    assert [event.text for event in events if isinstance(event, Arrived)] == ["Hello."]
    assert events[-1] == Ended(State.COMPLETE)
    assert sent(upstream) == ["sk-first-key-11", "sk-second-key-2"]
    kept = attempt()
    assert (kept.state, kept.key_id, kept.fingerprint) == ("complete", keys[1].id, keys[1].fingerprint)
    assert kept.category == ""
    assert [failures(key) for key in keys] == [1, 0]
    answering.answer_whole(UMA, runtime, send_message(UMA, runtime, "Again?", kept.chat_id, kept.turn_id))
    assert sent(upstream)[2:] == ["sk-second-key-2"]


def test_an_error_inside_a_stream_before_the_first_word_counts_as_one(runtime: Runtime, upstream: Upstream, keys):
    upstream.stream_sse([THROTTLED], times=1)
    assert collect_events(UMA, runtime, send_message(UMA, runtime, "Hello?"))[-1] == Ended(State.COMPLETE)
    assert attempt().key_id == keys[1].id
    assert failures(keys[0]) == 1


def test_after_the_first_word_nobody_begins_anew(runtime: Runtime, upstream: Upstream, keys):
    upstream.stream_sse([HELLO[0], THROTTLED], times=1)
    assert collect_events(UMA, runtime, send_message(UMA, runtime, "Hello?"))[-1] == Ended(State.INCOMPLETE)
    kept = attempt()
    assert (kept.text, kept.key_id, kept.category) == ("Hello.", keys[0].id, "rate_limit")
    assert len(upstream.requests) == 1
    assert failures(keys[0]) == 1


def test_when_every_key_is_refused_the_last_refusal_is_told(runtime: Runtime, upstream: Upstream, keys):
    upstream.script(REFUSED, path=CHAT)
    assert collect_events(UMA, runtime, send_message(UMA, runtime, "Hello?"))[-1] == Ended(State.FALLBACK)
    assert len(upstream.requests) == 2
    assert (attempt().category, attempt().key_id) == ("auth", keys[1].id)


@pytest.mark.parametrize("status", [404, 500, 400])
def test_what_is_not_the_keys_fault_is_asked_once(runtime: Runtime, upstream: Upstream, keys, status: int):
    upstream.script(steps.respond(status, json={"error": {"message": "no", "code": "model_not_found"}}), path=CHAT)
    assert collect_events(UMA, runtime, send_message(UMA, runtime, "Hello?"))[-1] == Ended(State.FALLBACK)
    assert len(upstream.requests) == 1
    assert failures(keys[0]) == 0


def test_a_first_word_ends_the_cooldown_of_a_key(runtime: Runtime, upstream: Upstream, keys):
    with transaction() as session:
        for key in keys:
            record = session.get_one(SharedKeyRecord, key.id)
            record.rest_strikes, record.rest_category = 2, "auth"
            record.rest_until = runtime.now().replace(year=2020)
    collect_events(UMA, runtime, send_message(UMA, runtime, "Hello?"))
    assert [failures(key) for key in keys] == [0, 2]
