"""Answers that are stopped, and answers whose reader leaves: the provider is hung up on, and what arrived is kept."""

import threading

import pytest

from portal.domain.chats import State
from portal.domain.errors import NotFound
from portal.services.chat import answering, writer
from portal.services.chat.events import Arrived, Ended
from tests.chatting import (
    KEY,
    answer_in_thread,
    attempts,
    connect,
    send_message,
    text_of,
)
from tests.upstream import Upstream, steps
from tests.waiting import eventually, finished

ANSWER = "Three places round, and they disagree about it every single night."


@pytest.fixture
def slow():
    """A provider that falls silent after three words, until the test lets it go on."""
    with Upstream.openai(key=KEY, answer=ANSWER, pause_after=3) as up:
        yield up


def test_stop_works_from_another_request_while_the_provider_is_silent(app, runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    sent = send_message(actors.uma, runtime, "Hello")
    thread, events = answer_in_thread(app, actors.uma, runtime, sent)
    eventually(lambda: text_of(events))
    answering.stop(actors.uma, runtime, sent.chat_id, sent.attempt_id)
    finished(thread)
    assert events[-1] == Ended(State.STOPPED)
    (kept,) = attempts()
    assert (kept.state, kept.text) == ("stopped", "Three places round,")
    assert slow.wait_until(lambda: slow.left == 1), "the request was not cancelled"
    answering.stop(actors.uma, runtime, sent.chat_id, sent.attempt_id)
    assert attempts()[0].state == "stopped"


def test_stopping_somebody_elses_answer_finds_nothing(runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    sent = send_message(actors.uma, runtime, "Hello")
    with pytest.raises(NotFound):
        answering.stop(actors.ada, runtime, sent.chat_id, sent.attempt_id)


def test_a_reader_who_leaves_cancels_the_request_and_keeps_the_part(runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    events = answering.answer(actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))
    words = ""
    for event in events:
        words += event.text if isinstance(event, Arrived) else ""
        if words == "Three places round,":
            break
    events.close()
    (kept,) = attempts()
    assert (kept.state, kept.text) == ("incomplete", "Three places round,")
    assert slow.wait_until(lambda: slow.left == 1), "the request was not cancelled"


def test_a_reader_who_leaves_at_once_leaves_nothing_running(runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    events = answering.answer(actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))
    next(events)
    events.close()
    assert attempts()[0].state == "incomplete"


def test_a_slow_start_can_be_left_too(app, runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url, read_timeout=30)
    upstream.script(steps.silence())
    sent = send_message(actors.uma, runtime, "Hello")
    thread, _ = answer_in_thread(app, actors.uma, runtime, sent)
    upstream.wait_until(lambda: upstream.requests)
    answering.stop(actors.uma, runtime, sent.chat_id, sent.attempt_id)
    finished(thread)
    assert attempts()[0].state == "stopped"


@pytest.mark.parametrize("way", ["stopped", "left"])
def test_a_provider_that_has_not_answered_yet_is_hung_up_on_as_well(app, runtime, actors, upstream, way):
    connect(runtime, actors.ada, upstream.base_url, read_timeout=30)
    upstream.script(steps.silence())
    sent = send_message(actors.uma, runtime, "Hello")
    if way == "stopped":
        thread, _ = answer_in_thread(app, actors.uma, runtime, sent)
        upstream.wait_until(lambda: upstream.requests)
        answering.stop(actors.uma, runtime, sent.chat_id, sent.attempt_id)
        finished(thread)
    else:
        events = answering.answer(actors.uma, runtime, sent)
        while not upstream.requests:
            next(events)
        events.close()
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "stream-opener"])


def test_a_process_that_winds_down_ends_its_answers_and_keeps_them(app, runtime, actors, slow):
    connect(runtime, actors.ada, slow.base_url)
    thread, events = answer_in_thread(app, actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))
    eventually(lambda: text_of(events) == "Three places round,")
    answering.wind_down()
    try:
        finished(thread)
        assert (attempts()[0].state, attempts()[0].text) == ("incomplete", "Three places round,")
    finally:
        writer.leaving.clear()
