"""Answers of the chat page count as well: each that a model was asked for has its row, and none has two."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portal.domain.chats import LEASE
from portal.domain.shelves import DELETED, DELETED_FOR
from portal.services.chat import answering, shelves
from portal.store import usage
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream, steps
from tests.using import used
from tests.waiting import eventually, finished


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="Good morning to you all.") as up:
        yield up


@pytest.fixture
def slow():
    with Upstream.openai(key=KEY, answer="Good morning to you all.", pause_after=2) as up:
        yield up


def test_an_answer_has_a_row_with_its_id_and_all_that_was_counted(runtime, actors, provider):
    prices = {"input": "1.25", "output": "10"}
    (model_id,) = connect(runtime, actors.ada, provider.base_url, prices=prices)
    sent = send_message(actors.uma, runtime, "Good morning", language_model_id=model_id)
    collect_events(actors.uma, runtime, sent)
    (row,) = used()
    with reading() as session:
        attempt = session.get(AttemptRecord, sent.attempt_id)
    assert row.id == attempt.id
    assert (row.user_id, row.api, row.client, row.context) == (actors.uma.id, "chat", "portal", attempt.context)
    assert (row.state, row.status, row.streamed, row.passed) == ("complete", 200, True, False)
    assert (row.model, row.layer, row.key_source) == ("acme:gpt-5.2", "chat_model", "shared")
    assert (row.language_model_id, row.provider_id, row.key_id) == (model_id, attempt.provider_id, attempt.key_id)
    assert (row.tokens_in, row.tokens_out, row.cost) == (attempt.tokens_in, attempt.tokens_out, attempt.cost)
    assert row.cost > Decimal(0)
    assert (row.at, row.first_ms, row.total_ms) == (attempt.created_at, attempt.first_ms, attempt.total_ms)
    assert row.provider_request_id == "req_000001"


def test_a_price_that_nobody_set_leaves_the_cost_unknown(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Good morning"))
    (row,) = used()
    assert (row.cost, row.tokens_out is None) == (None, False)


def test_an_answer_that_fails_has_a_row_that_says_so(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    provider.script(steps.respond(503, json={"error": {"message": "overloaded"}}))
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Good morning"))
    (row,) = used()
    assert (row.state, row.status, row.tokens_out, row.cost) == ("failed", 503, None, None)
    assert row.category


def test_a_question_without_a_model_asked_nobody(runtime, actors):
    send_message(actors.uma, runtime, "Good morning")
    assert used() == []


def test_a_stopped_answer_was_left(app, runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    sent = send_message(actors.uma, runtime, "Good morning")

    def run() -> None:
        with app.app_context():
            answering.answer_whole(actors.uma, runtime, sent)

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: slow.requests)
    answering.stop(actors.uma, runtime, sent.chat_id, sent.attempt_id)
    finished(thread)
    (row,) = used()
    assert (row.id, row.state) == (sent.attempt_id, "left")


def test_one_whose_process_went_has_a_row_as_soon_as_somebody_looks(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    sent = send_message(actors.uma, runtime, "Good morning")
    later = replace(runtime, now=lambda: runtime.now() + LEASE + timedelta(seconds=1))
    send_message(actors.uma, later, "Are you there?", sent.chat_id, sent.turn_id)
    (row,) = used()
    assert (row.id, row.state, row.tokens_out, row.cost) == (sent.attempt_id, "failed", None, None)


def test_one_that_ends_after_its_lease_was_taken_away_is_not_counted_twice(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    sent = send_message(actors.uma, runtime, "Good morning")
    later = replace(runtime, now=lambda: runtime.now() + LEASE + timedelta(seconds=1))
    answering.stop(actors.uma, later, sent.chat_id, sent.attempt_id)
    assert len(used()) == 1
    collect_events(actors.uma, runtime, sent)
    assert [row.id for row in used()] == [sent.attempt_id]


def test_what_was_used_outlives_the_chat_also_when_it_goes_in_the_middle_of_an_answer(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    first = send_message(actors.uma, runtime, "Good morning")
    collect_events(actors.uma, runtime, first)
    second = send_message(actors.uma, runtime, "Good evening", first.chat_id, first.turn_id)
    shelves.move(actors.uma, runtime, first.chat_id, DELETED)
    shelves.clear_away(replace(runtime, now=lambda: datetime.now(UTC) + DELETED_FOR + timedelta(seconds=1)))
    assert [(row.id, row.state) for row in used()] == [(first.attempt_id, "complete"), (second.attempt_id, "left")]


def test_a_row_that_is_stored_twice_is_one(runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    sent = send_message(actors.uma, runtime, "Good morning")
    collect_events(actors.uma, runtime, sent)
    with transaction() as session:
        usage.add_attempt(session, sent.attempt_id)
    assert len(used()) == 1
