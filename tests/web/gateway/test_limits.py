"""Limits at the gateway: 429 in the caller's dialect, a wait that is true, and what counts for none."""

from uuid import UUID

import pytest

from portal.domain.allowances import Kind
from portal.services.access_tokens import own_tokens
from portal.services.selection import choosing
from tests.allowing import allow
from tests.chatting import KEY, connect
from tests.upstream import Upstream
from tests.web.gateway.callers import ASKED, Tool, rows, token


@pytest.fixture
def provider(app, runtime, actors):
    with Upstream.openai(key=KEY, answer="Hi.") as up:
        connect(runtime, actors.ada, up.base_url)
        yield up


@pytest.fixture
def uma(app, runtime, actors, provider) -> Tool:
    return Tool(app, token(actors.uma, runtime))


BODIES = {
    "/v1/chat/completions": ASKED,
    "/v1/messages": ASKED | {"max_tokens": 100},
    "/v1/responses": {"model": "gpt-5.2", "input": "Hello"},
}


def token_id(actors, runtime) -> UUID:
    (found,) = own_tokens.list_own(actors.uma, runtime).living
    return found.id


@pytest.mark.parametrize("path", BODIES)
def test_over_the_limit_of_a_minute_a_client_is_told_when_to_come_again(uma, actors, runtime, provider, path, app):
    allow(runtime, Kind.USER, actors.uma.id, per_minute=1)
    assert uma.post(path, BODIES[path]).status_code == 200
    asked = len(provider.requests)
    refused = uma.post(path, BODIES[path])
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "x-should-retry" not in refused.headers
    error = refused.json["error"]
    assert error["type"] == "rate_limit_error"
    assert error.get("code") in ("rate_limit_exceeded", None)
    assert "you may send 1 request a minute" in error["message"]
    assert len(provider.requests) == asked
    assert len(rows(app)) == 1


@pytest.mark.parametrize("path", BODIES)
def test_over_the_limit_of_a_day_a_client_is_told_in_words_not_to_wait(uma, actors, runtime, path):
    allow(runtime, Kind.TOKEN, token_id(actors, runtime), per_day=1)
    assert uma.post(path, BODIES[path]).status_code == 200
    refused = uma.post(path, BODIES[path])
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers
    assert refused.headers["x-should-retry"] == "false"
    assert "this access token may send 1 request a day" in refused.json["error"]["message"]


def test_the_limit_of_a_provider_is_everybodys_together(app, uma, actors, runtime):
    (entry,) = choosing.current_catalog(runtime).providers.values()
    allow(runtime, Kind.PROVIDER, entry.id, per_minute=2)
    otto = Tool(app, token(actors.ada, runtime))
    assert [uma.chat().status_code, otto.chat().status_code, uma.chat().status_code] == [200, 200, 429]


def test_lists_of_models_and_counted_tokens_are_no_requests(uma, actors, runtime):
    allow(runtime, Kind.USER, actors.uma.id, per_minute=1)
    for _ in range(3):
        assert uma.get("/v1/models").status_code == 200
        uma.post("/v1/messages/count_tokens", ASKED)
    assert uma.chat().status_code == 200
    assert uma.chat().status_code == 429
    assert uma.get("/v1/models").status_code == 200
