"""The gateway's routes: which permission each asks, and that none can be reached in another way."""

import pytest
from werkzeug.test import Client

from portal.domain.permissions import Permission
from portal.web.gateway.application import EXTENSION
from portal.web.guard import inspect
from tests.web.gateway.callers import ASKED, Tool, token

ROUTES = {
    ("GET", "/v1/models"): Permission.CHAT,
    ("GET", "/v1/models/1"): Permission.CHAT,
    ("GET", "/v1/models/<path:name>"): Permission.CHAT,
    ("POST", "/v1/chat/completions"): Permission.CHAT,
    ("GET", "/v1/responses"): Permission.CHAT,
    ("POST", "/v1/responses"): Permission.CHAT,
    ("POST", "/v1/messages"): Permission.CHAT,
    ("POST", "/v1/messages/count_tokens"): Permission.CHAT,
    ("POST", "/v1/embeddings"): Permission.CHAT,
}


def rules(app):
    return list(app.extensions[EXTENSION].url_map.iter_rules())


def test_every_route_is_pinned_with_its_permission(app):
    found = {
        (method, rule.rule): rule.permission for rule in rules(app) for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert found == ROUTES


def test_whatever_waits_for_a_provider_is_counted_at_the_door(app):
    waiting = {rule.rule for rule in rules(app) if "POST" in rule.methods and rule.waits is None}
    assert waiting == set()


def test_a_route_without_a_permission_stops_the_start(app):
    gateway = app.extensions[EXTENSION]
    inspect(gateway)
    with pytest.raises(TypeError):
        gateway.url_rule_class("/v1/bare")


def test_pages_and_the_gateway_do_not_reach_each_other(app, actors, runtime):
    tool = Tool(app, token(actors.ada, runtime, "chat.use", "llm_provider.view"))
    assert tool.get("/providers").status_code in (302, 401)  # a token is no session
    assert {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1")} == set()


def test_options_are_no_way_for_a_page_of_another_site(app, actors, runtime):
    from_elsewhere = {"Origin": "https://x.test", "Access-Control-Request-Method": "POST"}
    asked = Client(app).options("/v1/chat/completions", headers=from_elsewhere)
    called = Tool(app, token(actors.uma, runtime)).post("/v1/chat/completions", ASKED, Origin="https://x.test")
    assert "Access-Control-Allow-Origin" not in {**asked.headers, **called.headers}
