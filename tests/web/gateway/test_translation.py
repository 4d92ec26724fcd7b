"""A provider without the caller's API is asked in its own, and its answer comes back in the caller's."""

import json

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
PROVIDERS = {"anthropic": Upstream.anthropic, "google": Upstream.google, "openai_compatible": Upstream.openai}


@pytest.fixture(params=PROVIDERS)
def provider(request, app, actors, runtime):
    with PROVIDERS[request.param](key="sk-right-0a1b2c3d", answer=ANSWER) as up:
        connect(runtime, actors.ada, up.base_url, "m-1", type=request.param, key="sk-right-0a1b2c3d")
        yield up


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("stream", [False, True])
def test_every_api_is_answered_by_every_kind_of_provider(app, actors, runtime, provider, path, stream):
    answer = Tool(app, token(actors.uma, runtime)).post(path, BODIES[path] | {"model": "m-1", "stream": stream})
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == ("text/event-stream" if stream else "application/json")
    assert "Hello" in answer.text
    [row] = rows(app)
    assert (row.state, row.status) == ("complete", 200)
    assert row.tokens_out
