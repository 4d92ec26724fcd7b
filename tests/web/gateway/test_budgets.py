"""A budget at the gateway: refused in the caller's dialect before anything is sent; running answers end."""

import pytest

from portal.domain.allowances import Kind
from portal.domain.budgets import DOLLAR
from portal.services.allowances import setting
from tests.allowing import allow
from tests.chatting import KEY, connect
from tests.upstream import Upstream
from tests.web.gateway.callers import Tool, token
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
