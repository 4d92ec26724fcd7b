"""What breaks an answer: a provider that fails, noise, a fault of the portal, no model. The question is kept."""

from datetime import timedelta

import pytest
import structlog

from portal.domain.chats import FALLBACK_REPLY, State
from portal.services.chat import chats, writer
from portal.services.chat.events import Ended
from portal.store import settings as stored_settings
from portal.store.base import transaction
from portal.store.language_models import LanguageModelRecord
from tests.chatting import (
    KEY,
    attempts,
    collect_events,
    connect,
    send_message,
    sentence_frames,
    text_of,
)
from tests.conftest import CANARY
from tests.upstream import Upstream, steps

ANSWER = "Three places round, and they disagree about it every single night."


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=ANSWER) as up:
        yield up


def test_a_drop_in_mid_stream_keeps_what_arrived(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    upstream.stream_sse(sentence_frames("Half an", " answer"), drop_after=2)
    assert collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))[-1] == Ended(
        State.INCOMPLETE
    )
    (kept,) = attempts()
    assert (kept.state, kept.text, kept.category) == ("incomplete", "Half an answer", "connect")


def test_an_error_in_mid_stream_keeps_what_arrived(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    fault = {"error": {"message": "The engine is overloaded", "type": "server_error", "code": "overloaded"}}
    upstream.stream_sse([*sentence_frames("Half"), fault])
    assert collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))[-1] == Ended(
        State.INCOMPLETE
    )
    (kept,) = attempts()
    assert (kept.text, kept.category) == ("Half", "server")


def test_a_provider_that_fails_gives_the_fallback_reply_and_a_line_in_the_log(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url, key=CANARY)
    upstream.respond(
        429,
        json={"error": {"message": f"Slow down, {CANARY}", "type": "rate_limit_error", "code": "rate_limit_exceeded"}},
        headers={"retry-after": "20", "x-request-id": "req_5b0c7a"},
    )
    sent = send_message(actors.uma, runtime, "Hello")
    with structlog.testing.capture_logs() as lines:
        assert collect_events(actors.uma, runtime, sent)[-1] == Ended(State.FALLBACK)
    (kept,) = attempts()
    assert (kept.state, kept.text) == ("fallback", FALLBACK_REPLY)
    assert (kept.category, kept.status, kept.retry_after) == ("rate_limit", 429, 20)
    assert kept.request_id == "req_5b0c7a"
    (line,) = [line for line in lines if line["event"] == "provider_failed"]
    assert line["user"] == str(actors.uma.id)
    assert line["chat"] == str(sent.chat_id)
    assert (line["provider"], line["model"], line["category"]) == ("acme", "acme:gpt-5.2", "rate_limit")
    assert line["provider_request"] == "req_5b0c7a"
    assert CANARY not in str(lines)
    assert CANARY not in kept.detail + kept.text + kept.hint


def test_a_deployment_may_have_its_own_fallback_reply(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    with transaction() as session:
        stored_settings.put(session, writer.FALLBACK_SETTING, "Call Ada, extension 7.", runtime.now())
    upstream.respond(500)
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))
    assert attempts()[0].text == "Call Ada, extension 7."


def test_a_provider_that_is_not_there_is_told_like_any_other_fault(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    upstream.refuse()
    assert collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Hello"))[-1] == Ended(State.FALLBACK)
    assert attempts()[0].category == "connect"


def test_without_a_usable_model_the_message_is_kept_and_the_reason_told(runtime, actors):
    sent = send_message(actors.uma, runtime, "Hello")
    assert not sent.fresh
    (kept,) = attempts()
    assert (kept.state, kept.category) == ("failed", "no_model")
    assert "Ask an administrator" in kept.hint
    assert chats.show(actors.uma, runtime, sent.chat_id).turns[0].text == "Hello"


def test_noise_from_a_provider_is_kept_as_text(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    noise = [
        b'data: {"choices":[{"index":0,"delta":{"content":"a\\u0000b\\ud83d"}}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{"content":"\\u0007c\\ud800"}}]}\n\n',
        "[DONE]",
    ]
    upstream.stream_sse(noise)
    text = text_of(collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Hello")))
    assert text.replace("\ufffd", "") == "ab\x07c"
    assert attempts()[0].text == text


def test_a_fault_of_the_portal_itself_keeps_the_question_and_is_logged(runtime, actors, provider):
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    sent = send_message(actors.uma, runtime, "Hello")
    with transaction() as session:
        session.get(LanguageModelRecord, model_id).deleted_at = runtime.now() - timedelta(seconds=1)
    assert collect_events(actors.uma, runtime, sent)[-1] == Ended(State.FALLBACK)
    assert "deleted" in attempts()[0].hint


def test_an_answer_that_finds_no_end_is_cut_off_and_says_so(runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    upstream.script(steps.sse(sentence_frames(*["again and again " * 10_000] * 9)))
    sent = send_message(actors.uma, runtime, "Hello")
    assert collect_events(actors.uma, runtime, sent)[-1] == Ended(State.INCOMPLETE)
    (attempt,) = attempts()
    assert len(attempt.text) == 1_000_000
    assert "did not end within 1,000,000 characters" in attempt.detail
