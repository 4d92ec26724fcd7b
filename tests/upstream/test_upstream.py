"""The fake providers are true enough to their APIs to be relied on."""

import json
from contextlib import closing

import pytest

from portal.dialects.base import Limits, UpstreamRequest
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.wire import Wire
from tests.upstream import Upstream

LIMITS = Limits(connect=2, read=2, total=4)


def ask(up, path, headers, body=None):
    request = UpstreamRequest(
        "POST" if body else "GET", up.base_url + path, headers, json.dumps(body).encode() if body else None
    )
    response = Wire(EgressPolicy()).send(request, frozenset({up.url}), LIMITS)
    text = response.body.decode()
    if response.headers["content-type"] != "text/event-stream":
        return response.status, json.loads(text)
    return response.status, [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]


def test_openai_answers_streams_counts_and_checks_the_key():
    body = {"model": "m", "messages": [{"role": "user", "content": "Say hello, please"}]}
    good = {"authorization": Secret("sk-good-key").prefixed("Bearer ")}
    with Upstream.openai(key="sk-good-key", models=["m"], answer=lambda wish: f"You use {wish['model']}.") as up:
        status, answer = ask(up, "/chat/completions", good, body)
        assert (status, answer["choices"][0]["message"]["content"]) == (200, "You use m.")
        assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}
        wish = body | {"stream": True, "stream_options": {"include_usage": True}}
        _, lines = ask(up, "/chat/completions", good, wish)
        assert lines[-1] == "[DONE]"
        chunks = [json.loads(line) for line in lines[:-1]]
        assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"]) == "You use m."
        assert chunks[-1]["usage"]["completion_tokens"] == 3
        _, short = ask(up, "/chat/completions", good, body | {"max_tokens": 1})
        assert short["choices"][0]["finish_reason"] == "length"
        assert [model["id"] for model in ask(up, "/models", good)[1]["data"]] == ["m"]
        assert ask(up, "/models", {})[1]["error"]["code"] == "invalid_api_key"
        assert ask(up, "/chat/completions", good, body | {"model": "n"})[0] == 404


def test_anthropic_answers_streams_and_checks_the_key():
    body = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "Say hello"}]}
    good = {"x-api-key": Secret("sk-ant-good"), "anthropic-version": "2023-06-01"}
    with Upstream.anthropic(key="sk-ant-good", models=["m"], answer="Hello you.") as up:
        status, answer = ask(up, "/messages", good, body)
        assert (status, answer["content"][0]["text"], answer["stop_reason"]) == (200, "Hello you.", "end_turn")
        _, lines = ask(up, "/messages", good, body | {"stream": True})
        events = [json.loads(line) for line in lines]
        assert events[0]["message"]["usage"]["input_tokens"] == 2
        assert "".join(e["delta"].get("text", "") for e in events if e["type"] == "content_block_delta") == "Hello you."
        assert events[-1]["type"] == "message_stop"
        assert ask(up, "/models", good)[1]["has_more"] is False
        assert ask(up, "/models", good | {"x-api-key": Secret("sk-ant-bad!")})[0] == 401
        assert ask(up, "/models", {"x-api-key": Secret("sk-ant-good")})[0] == 400


@pytest.mark.parametrize("times", [1, 2])
def test_a_rule_for_some_requests_gives_way_to_the_provider(times):
    with Upstream.openai(models=["m"]) as up:
        up.respond(503, json={"error": "overloaded"}, times=times)
        assert [ask(up, "/models", {})[0] for _ in range(3)] == [503] * times + [200] * (3 - times)


def test_a_stream_pauses_until_the_test_lets_it_go():
    with Upstream.openai(models=["m"], answer="one two three", pause_after=2) as up:
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "count"}]}
        request = UpstreamRequest("POST", up.base_url + "/chat/completions", {}, json.dumps(body).encode(), stream=True)
        with closing(Wire(EgressPolicy()).open(request, frozenset({up.url}), LIMITS)) as stream:
            arriving = stream.chunks()
            seen = b""
            while b"two" not in seen:
                seen += next(arriving)
            assert b"three" not in seen
            up.go.set()
            assert b"three" in b"".join(arriving)
