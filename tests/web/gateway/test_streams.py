"""Streams that are passed on: byte by byte, to an end that the caller's parser understands, with their counts kept."""

import json

import pytest

from tests.chatting import connect
from tests.upstream import Upstream
from tests.web.gateway.callers import Tool, rows, token

CHAT = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]
COUNTS = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 1}}


@pytest.fixture
def up():
    with Upstream() as up:
        yield up


@pytest.fixture
def tool(app, actors, runtime, up):
    connect(runtime, actors.ada, up.base_url, "gpt-5.2")
    return Tool(app, token(actors.uma, runtime))


def framed(*frames):
    return "".join(f"data: {frame if isinstance(frame, str) else json.dumps(frame)}\n\n" for frame in frames)


def test_counts_are_asked_for_and_kept_from_a_caller_who_did_not_ask(app, tool, up):
    up.stream_sse([*CHAT, COUNTS, "[DONE]"])
    answer = tool.chat(stream=True)
    assert answer.text == framed(*CHAT, "[DONE]")
    assert up.requests[-1].json["stream_options"] == {"include_usage": True}
    [row] = rows(app)
    assert (row.tokens_in, row.tokens_out, row.streamed, row.state) == (5, 1, True, "complete")


def test_a_caller_who_asked_for_counts_gets_them(tool, up):
    up.stream_sse([*CHAT, COUNTS, "[DONE]"])
    answer = tool.chat(stream=True, stream_options={"include_usage": True})
    assert answer.text == framed(*CHAT, COUNTS, "[DONE]")


def test_a_stream_that_is_done_but_not_terminated_gets_its_end(app, tool, up):
    up.stream_sse([*CHAT])
    assert tool.chat(stream=True).text == framed(*CHAT, "[DONE]")
    assert rows(app)[0].state == "complete"


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_stream_that_breaks_off_ends_with_an_error_of_its_api(app, tool, up, how):
    up.stream_sse([*CHAT], drop_after=2, drop=how)
    text = tool.chat(stream=True).text
    assert text.startswith(framed(*CHAT[:2]))
    last = json.loads(text.removesuffix("data: [DONE]\n\n").rstrip().rpartition("data: ")[2])
    assert last["error"]["message"]
    [row] = rows(app)
    assert row.state == "failed"
    assert row.category


def test_messages_end_with_an_event_called_error(tool, up):
    up.stream_sse(
        [("message_start", {"type": "message_start", "message": {"usage": {"input_tokens": 3}}})], drop_after=1
    )
    text = tool.chat("/v1/messages", max_tokens=5, stream=True).text
    assert text.rpartition("event: ")[2].startswith("error\ndata: {")


def test_responses_end_with_response_failed(tool, up):
    up.stream_sse([("response.created", {"type": "response.created", "response": {}})], drop_after=1)
    text = tool.post("/v1/responses", {"model": "gpt-5.2", "input": "Hi", "stream": True}).text
    assert text.rpartition("event: ")[2].startswith("response.failed\ndata: {")
