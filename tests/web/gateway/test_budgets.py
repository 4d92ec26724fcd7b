"""A budget at the gateway: refused in the caller's dialect before anything is sent; running answers end."""

import pytest

from portal.domain.allowances import Kind
from portal.domain.budgets import DOLLAR
from portal.services.allowances import setting
from portal.services.gateway.asking import OF_A_FILE, about_tokens
from tests.allowing import allow
from tests.chatting import KEY, connect
from tests.upstream import Upstream, steps
from tests.waiting import eventually
from tests.web.gateway.callers import Tool, rows, token
from tests.web.gateway.test_limits import BODIES

PRICES = {"input": "1000000", "output": "1000000"}


@pytest.fixture
def provider(app, runtime, actors):
    with Upstream.openai(key=KEY, answer="Hi.") as up:
        connect(runtime, actors.ada, up.base_url, prices=PRICES)
        yield up


@pytest.fixture
def uma(app, runtime, actors, provider) -> Tool:
    return Tool(app, token(actors.uma, runtime))


@pytest.mark.parametrize("path", BODIES)
def test_a_budget_that_is_reached_refuses_in_the_callers_words_and_asks_nobody(uma, provider, runtime, actors, path):
    allow(runtime, Kind.USER, actors.uma.id, budget=DOLLAR)
    assert uma.post(path, BODIES[path]).status_code == 200
    asked = len(provider.requests)
    refused = uma.post(path, BODIES[path])
    assert refused.status_code == 403
    assert refused.headers["x-should-retry"] == "false"
    assert "Retry-After" not in refused.headers
    error = refused.json["error"]
    assert error["type"] == "permission_error"
    assert error.get("code") in ("budget_reached", None)
    assert " of $1 spent, your own budget. It opens again on 1 " in error["message"]
    assert len(provider.requests) == asked
    assert uma.get("/v1/models").status_code == 200


def test_a_model_without_a_price_may_be_closed_to_whoever_has_a_budget(app, runtime, actors):
    with Upstream.openai(key=KEY, answer="Hi.") as up:
        connect(runtime, actors.ada, up.base_url)
        uma = Tool(app, token(actors.uma, runtime))
        allow(runtime, Kind.USER, actors.uma.id, budget=DOLLAR)
        assert uma.chat().status_code == 200
        setting.allow_unpriced(actors.ada, runtime, allowed=False)
        refused = uma.chat()
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "unpriced_model")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_whoever_leaves_a_stream_before_its_counts_pays_about_as_much(app, runtime, actors, uma, provider, path):
    allow(runtime, Kind.USER, actors.uma.id, budget=30 * DOLLAR)
    piece = {"choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]}
    provider.script(steps.sse([piece] * 20, drop_after=20, drop="silence"))
    stream = uma.leave_after(20, path, BODIES[path] | {"stream": True})
    assert stream.count("word ") == 20
    eventually(lambda: provider.left == 1)
    [row] = rows(app)
    assert (row.state, row.tokens_in, row.tokens_out) == ("left", None, None)
    assert 20 + 10 < row.cost < 20 + 60, "a token an event, and one for four bytes of what was asked"
    assert uma.post(path, BODIES[path]).status_code == 403


def test_a_picture_that_was_asked_about_counts_as_a_picture_and_not_as_its_letters():
    assert about_tokens('{"model": "gpt-5.2", "messages": []}') == 9
    assert about_tokens(f'{{"url": "data:image/png;base64,{"QUJD" * 10_000}=="}}') == 8 + OF_A_FILE
