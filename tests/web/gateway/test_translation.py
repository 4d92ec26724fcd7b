"""A provider without the caller's API is asked in its own, and its answer comes back in the caller's."""

import pytest

from tests.chatting import connect
from tests.upstream import Upstream
from tests.web.gateway.callers import Tool, rows, token

ANSWER = "Hello there."
BODIES = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hello"}]},
    "/v1/messages": {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 50},
    "/v1/responses": {"input": "Hello", "store": False},
}
PROVIDERS = {"anthropic": Upstream.anthropic, "google": Upstream.gemini, "openai_compatible": Upstream.openai}


PAIRS = [
    (type, path)
    for type in PROVIDERS
    for path in BODIES
    if (type, path) != ("google", "/v1/chat/completions")  # passed on: Google has that API beside its own
]


@pytest.mark.parametrize(("type", "path"), PAIRS)
@pytest.mark.parametrize("stream", [False, True])
def test_every_api_is_answered_by_every_kind_of_provider(app, actors, runtime, type, path, stream):
    with PROVIDERS[type](key="sk-right-0a1b2c3d", answer=ANSWER) as up:
        connect(runtime, actors.ada, up.base_url, "m-1", type=type, key="sk-right-0a1b2c3d")
        answer = Tool(app, token(actors.uma, runtime)).post(path, BODIES[path] | {"model": "m-1", "stream": stream})
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == ("text/event-stream" if stream else "application/json")
        assert "Hello" in answer.text
    [row] = rows(app)
    assert (row.state, row.status) == ("complete", 200)
    assert row.tokens_out


def test_an_api_that_nobody_promised_is_asked_for_once_and_then_translated(app, actors, runtime):
    with Upstream.openai(key="sk-right-0a1b2c3d", answer=ANSWER) as up:
        connect(runtime, actors.ada, up.base_url, "m-1", key="sk-right-0a1b2c3d")
        tool = Tool(app, token(actors.uma, runtime))
        for _ in range(2):
            assert tool.post("/v1/messages", BODIES["/v1/messages"] | {"model": "m-1"}).status_code == 200
    asked = [request.path for request in up.requests]
    assert asked == ["/v1/messages", "/v1/chat/completions", "/v1/chat/completions"]
    assert [row.passed for row in rows(app)] == [False, False]


THOUGHT = {
    "type": "message",
    "role": "assistant",
    "model": "claude-x",
    "content": [{"type": "thinking", "thinking": "Hm.", "signature": "c2lnbmVk"}, {"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 1},
}


def test_a_signature_goes_back_to_the_model_that_made_it_and_to_no_other(app, actors, runtime):
    with Upstream() as up, Upstream.gemini(key="k-right-0a1b2c3d", answer=ANSWER) as googles:
        up.respond(json=THOUGHT)
        connect(runtime, actors.ada, up.base_url, "claude-x", "claude-y", type="anthropic", name="anthropic")
        connect(runtime, actors.ada, googles.base_url, "gemini-3", type="google", name="google", key="k-right-0a1b2c3d")
        tool = Tool(app, token(actors.uma, runtime))
        first = {"input": "Hello", "store": False}
        output = tool.post("/v1/responses", first | {"model": "claude-x"}).json["output"]
        goes_on = {"input": [{"role": "user", "content": "Hello"}, *output, {"role": "user", "content": "And?"}]}
        same = tool.post("/v1/responses", goes_on | {"model": "claude-x"})
        assert up.requests[-1].json["messages"][1]["content"][0] == THOUGHT["content"][0]
        assert "Portal-Left-Out" not in same.headers
        other = tool.post("/v1/responses", goes_on | {"model": "claude-y"})
        elsewhere = tool.post("/v1/responses", goes_on | {"model": "gemini-3"})
    for answer, upstream in ((other, up), (elsewhere, googles)):
        assert answer.status_code == 200, answer.text
        assert "signatures of another model" in answer.headers["Portal-Left-Out"]
        assert b"c2lnbmVk" not in upstream.requests[-1].body
