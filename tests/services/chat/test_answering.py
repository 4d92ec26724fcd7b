"""Answers arrive piece by piece, survive whatever breaks, and there is never a second one at once."""

import threading
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.domain.chats import CHAT_LENGTH, CHAT_TURNS, LEASE, State
from portal.domain.errors import Conflict, Invalid
from portal.services import last_used
from portal.services.chat import answering, chats, sending
from portal.services.chat.events import Began, Ended
from portal.services.language_models import lifecycle
from portal.store.attempts import AttemptRecord
from portal.store.base import db, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.chats import TurnRecord
from portal.store.language_models import LanguageModelRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.chatting import (
    KEY,
    answer_in_thread,
    attempts,
    collect_events,
    connect,
    long_chat,
    send_message,
    sentence_frames,
    text_of,
)
from tests.upstream import Upstream
from tests.waiting import eventually, finished

ANSWER = "Three places round, and they disagree about it every single night."


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=ANSWER) as up:
        yield up


@pytest.fixture
def slow():
    """A provider that falls silent after three words, until the test lets it go on."""
    with Upstream.openai(key=KEY, answer=ANSWER, pause_after=3) as up:
        yield up


def test_an_answer_streams_and_is_kept_with_all_that_is_known_of_it(runtime, actors, provider):
    prices = {"input": "1.25", "output": "10"}
    (model_id,) = connect(runtime, actors.ada, provider.base_url, prices=prices)
    sent = send_message(actors.uma, runtime, "Where is rounding done?", language_model_id=model_id)
    events = collect_events(actors.uma, runtime, sent)
    assert isinstance(events[0], Began)
    assert events[-1] == Ended(State.COMPLETE)
    assert text_of(events) == ANSWER
    (kept,) = attempts()
    assert (kept.state, kept.text, kept.finish) == ("complete", ANSWER, "stop")
    assert (kept.layer, kept.selected_model, kept.reported_model) == ("chat_model", "acme:gpt-5.2", "gpt-5.2")
    assert [step["outcome"] for step in kept.trail] == ["not_set", "not_set", "not_for_this_context", "chosen"]
    assert (kept.key_source, len(kept.fingerprint)) == ("shared", 8)
    assert (kept.tokens_in, kept.tokens_out) == (4, 11)
    assert kept.cost == Decimal("0.000115")
    assert kept.request_id == "req_000001"
    assert kept.lease_until is None
    assert 0 <= kept.first_ms <= kept.total_ms
    last_used.here().write()
    with reading() as session:
        assert session.scalars(select(SharedKeyRecord.last_used_at)).one() is not None


def test_the_model_reads_the_conversation_and_the_system_prompt(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    first = send_message(actors.uma, runtime, "One?", system_prompt="Be brief.")
    collect_events(actors.uma, runtime, first)
    second = send_message(actors.uma, runtime, "Two?", first.chat_id, first.turn_id)
    collect_events(actors.uma, runtime, second)
    said = [(line["role"], line["content"]) for line in provider.requests[-1].json["messages"]]
    assert said == [("system", "Be brief."), ("user", "One?"), ("assistant", ANSWER), ("user", "Two?")]


def test_a_models_options_go_upstream(runtime, actors, provider):
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    with transaction() as session:
        session.get(LanguageModelRecord, model_id).options = {"temperature": 0.5}
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))
    assert provider.requests[-1].json["temperature"] == 0.5


def test_what_failed_is_never_sent_as_history_and_what_broke_off_is(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    upstream.respond(500, json={"error": {"message": "boom"}}, times=1)
    first = send_message(actors.uma, runtime, "One?")
    assert collect_events(actors.uma, runtime, first)[-1] == Ended(State.FALLBACK)
    upstream.stream_sse(sentence_frames("Half an", " answer"), drop_after=2, times=1)
    second = send_message(actors.uma, runtime, "Two?", first.chat_id, first.turn_id)
    assert collect_events(actors.uma, runtime, second)[-1] == Ended(State.INCOMPLETE)
    upstream.stream_sse([*sentence_frames("Whole."), "[DONE]"])
    third = send_message(actors.uma, runtime, "Three?", first.chat_id, second.turn_id)
    collect_events(actors.uma, runtime, third)
    said = [(line["role"], line["content"]) for line in upstream.requests[-1].json["messages"]]
    assert said == [("user", "One?\n\nTwo?"), ("assistant", "Half an answer"), ("user", "Three?")]


def test_sending_twice_is_sending_once(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    chat_id = uuid4()
    message = sending.Message(chat_id, "Hello", "from-the-browser", new=True)
    first = sending.send(actors.uma, runtime, message)
    again = sending.send(actors.uma, runtime, message)
    assert first.fresh
    assert not again.fresh
    assert (again.turn_id, again.attempt_id) == (first.turn_id, first.attempt_id)
    collect_events(actors.uma, runtime, first)
    assert not sending.send(actors.uma, runtime, message).fresh
    assert len(provider.requests) == 1


@pytest.mark.parametrize("same", [True, False], ids=["the same message", "different messages"])
def test_of_many_sent_at_once_one_is_answered(app, runtime, actors, provider, same):
    connect(runtime, actors.ada, provider.base_url)
    chat_id, results = uuid4(), []
    gate = threading.Barrier(6)

    def send(number):
        with app.app_context():
            gate.wait()
            try:
                client_id = "one" if same else str(number)
                results.append(sending.send(actors.uma, runtime, sending.Message(chat_id, "Hi", client_id, new=True)))
            except Conflict as conflict:
                results.append(conflict)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fresh = [result for result in results if isinstance(result, sending.Sent) and result.fresh]
    assert len(fresh) == 1
    assert len(results) == 6
    assert len(attempts()) == 1
    assert sum(isinstance(result, Conflict) for result in results) == (0 if same else 5)


def test_a_second_answer_at_once_is_refused_and_nothing_of_it_is_kept(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    first = send_message(actors.uma, runtime, "One?")
    with pytest.raises(Conflict, match="still being written"):
        send_message(actors.uma, runtime, "Two?", first.chat_id, first.turn_id)
    with pytest.raises(Conflict):
        sending.send_again(actors.uma, runtime, first.chat_id, first.turn_id)
    with reading() as session:
        assert session.scalars(select(TurnRecord.text)).all() == ["One?"]


def test_what_arrived_is_kept_every_second_and_the_lease_renewed(app, runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    sent = send_message(actors.uma, runtime, "Hello")
    thread, _ = answer_in_thread(app, actors.uma, runtime, sent)
    first_lease = attempts()[0].lease_until
    eventually(lambda: attempts()[0].text == "Three places round,")
    eventually(lambda: attempts()[0].lease_until > first_lease)
    assert attempts()[0].state == "streaming"
    slow.go.set()
    finished(thread)
    assert (attempts()[0].state, attempts()[0].text) == ("complete", ANSWER)


def test_no_database_connection_is_held_while_an_answer_streams(app, runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    thread, events = answer_in_thread(app, actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))
    eventually(lambda: text_of(events))
    first_lease = attempts()[0].lease_until
    eventually(lambda: db.engine.pool.checkedout() == 0)
    eventually(lambda: attempts()[0].lease_until > first_lease)  # it was written down once more in between
    eventually(lambda: db.engine.pool.checkedout() == 0)
    assert thread.is_alive(), "all that while it streamed"
    slow.go.set()
    finished(thread)


def test_a_passed_lease_reads_as_incomplete_and_makes_room_for_the_next(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    sent = send_message(actors.uma, runtime, "One?")  # and the process that would answer it dies
    with transaction() as session:
        attempt = session.get(AttemptRecord, sent.attempt_id)
        attempt.text, attempt.lease_until = "Half", attempt.lease_until - LEASE
    shown = chats.show(actors.uma, runtime, sent.chat_id)
    assert shown.running is None
    assert (shown.turns[0].answer.state, shown.turns[0].answer.text) == (State.INCOMPLETE, "Half")
    again = sending.send_again(actors.uma, runtime, sent.chat_id, sent.turn_id)
    assert collect_events(actors.uma, runtime, again)[-1] == Ended(State.COMPLETE)
    assert [attempt.state for attempt in attempts()] == ["incomplete", "complete"]


def test_an_answer_whose_lease_was_taken_away_ends_and_keeps_its_text(app, runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    sent = send_message(actors.uma, runtime, "Hello")
    thread, events = answer_in_thread(app, actors.uma, runtime, sent)
    eventually(lambda: text_of(events))
    with transaction() as session:
        session.get(AttemptRecord, sent.attempt_id).state = "incomplete"
    finished(thread)
    assert events[-1] == Ended(State.INCOMPLETE)
    assert (attempts()[0].state, attempts()[0].text) == ("incomplete", "Three places round,")


def test_a_model_asked_for_by_name_is_never_replaced_in_silence(runtime, actors, provider):
    first, second = connect(runtime, actors.ada, provider.base_url, "gpt-5.2", "qwen3")
    sent = send_message(actors.uma, runtime, "Hello", language_model_id=first)
    collect_events(actors.uma, runtime, sent)
    again = sending.send_again(actors.uma, runtime, sent.chat_id, sent.turn_id, second)
    collect_events(actors.uma, runtime, again)
    assert (attempts()[-1].layer, attempts()[-1].selected_model) == ("explicit", "acme:qwen3")
    with transaction() as session:
        session.get(LanguageModelRecord, second).enabled = False
        lock_catalog(session)
    refused = sending.send_again(actors.uma, runtime, sent.chat_id, sent.turn_id, second)
    assert not refused.fresh
    assert attempts()[-1].detail == "model_disabled"


def test_a_chats_model_that_is_gone_gives_way_and_the_trail_says_so(runtime, actors, provider):
    _, gone = connect(runtime, actors.ada, provider.base_url, "gpt-5.2", "qwen3")
    lifecycle.delete(actors.ada, runtime, gone)
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Hello", language_model_id=gone))
    told = {step["layer"]: step["outcome"] for step in attempts()[0].trail}
    assert (told["chat_model"], told["default"]) == ("model_deleted", "chosen")


def test_asking_again_keeps_the_first_attempt(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    sent = send_message(actors.uma, runtime, "Hello")
    collect_events(actors.uma, runtime, sent)
    collect_events(actors.uma, runtime, sending.send_again(actors.uma, runtime, sent.chat_id, sent.turn_id))
    turn = chats.show(actors.uma, runtime, sent.chat_id).turns[0]
    assert [attempt.state for attempt in turn.attempts] == [State.COMPLETE, State.COMPLETE]
    assert turn.answer is turn.attempts[-1]


@pytest.mark.parametrize("text", ["", " \n ", "字" * 256_001])
def test_what_cannot_be_sent_is_refused_before_anything_is_stored(runtime, actors, text):
    with pytest.raises(Invalid) as told:
        send_message(actors.uma, runtime, text)
    assert set(told.value.faults) == {"text"}
    with reading() as session:
        assert session.scalars(select(TurnRecord.id)).all() == []


def test_256000_characters_of_any_script_reach_the_provider(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    text = "字" * 255_999 + "😀"
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, text))
    assert provider.requests[-1].json["messages"][-1]["content"] == text


def test_one_person_has_only_so_many_chats_answered_at_once(app, runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    sent = [send_message(actors.uma, runtime, "Hello") for _ in range(sending.AT_ONCE)]
    with pytest.raises(Conflict, match=f"{sending.AT_ONCE} of your chats"):
        send_message(actors.uma, runtime, "Hello")
    assert send_message(actors.ada, runtime, "Hello").fresh, "other people are not kept waiting"
    events = answering.answer(actors.uma, runtime, sent[0])
    next(events)
    events.close()
    assert send_message(actors.uma, runtime, "Hello").fresh


def test_a_chat_that_is_full_takes_no_more_and_says_so(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    sent = send_message(actors.uma, runtime, "Hello")
    collect_events(actors.uma, runtime, sent)
    with transaction() as session:
        session.get(TurnRecord, sent.turn_id).text = "x" * CHAT_LENGTH
    with pytest.raises(Conflict, match="Begin a new one"):
        send_message(actors.uma, runtime, "More", sent.chat_id, sent.turn_id)
    with pytest.raises(Conflict, match="Begin a new one"):
        sending.send_again(actors.uma, runtime, sent.chat_id, sent.turn_id)


def test_a_chat_takes_only_so_many_turns(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    chat_id = long_chat(actors.uma.id, CHAT_TURNS)
    with pytest.raises(Conflict, match="Begin a new one"):
        send_message(actors.uma, runtime, "More", chat_id)
