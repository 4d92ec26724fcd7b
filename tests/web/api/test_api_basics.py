"""What is alike for every endpoint: who is let in, how a refusal looks, and what never comes."""

import json

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.store.audit import AuditRecord
from portal.store.base import reading
from portal.web.api.document import document
from portal.web.api.door import EXTENSION
from portal.web.api.routes import OPERATIONS
from tests.conftest import CANARY
from tests.factories import make_provider
from tests.web.gateway.callers import Tool, token


def test_a_stranger_and_a_wrong_token_are_told_the_same(app, actors, runtime):
    value = token(actors.ada, runtime, "llm_provider.view")
    wrong = value[:-1] + ("a" if value[-1] != "a" else "b")
    answers = [Tool(app, None).get("/api/v1/models"), Tool(app, wrong).get("/api/v1/models")]
    assert [answer.status_code for answer in answers] == [401, 401]
    bodies = [{**answer.json, "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "invalid_token"


def test_a_session_is_no_way_in(ada):
    assert ada.get("/providers").status_code == 200
    assert ada.get("/api/v1/models").status_code == 401


def test_both_headers_carry_a_token(app, actors, runtime):
    value = token(actors.ada, runtime, "llm_provider.view")
    assert Tool(app, value).get("/api/v1/models").status_code == 200
    assert Tool(app, None).get("/api/v1/models", x_api_key=value).status_code == 200


def test_a_scope_that_the_token_lacks_is_denied_by_name(app, actors, runtime):
    answer = Tool(app, token(actors.ada, runtime, "chat.use")).get("/api/v1/models")
    assert answer.status_code == 403
    assert answer.json["code"] == "denied"
    assert "llm_provider.view" in answer.json["detail"]


def test_a_right_that_the_owner_lost_is_denied(app, actors, runtime):
    tool = Tool(app, token(actors.uma, runtime, "chat.use"))
    assert tool.get("/api/v1/models").status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1", 404),
        ("GET", "/api/v1/", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1//models", 404),
        ("GET", "/api/v1/models/%00", 404),
        ("PUT", "/api/v1/models", 405),
        ("OPTIONS", "/api/v1/models", 405),
        ("GET", "/api/nothing", 404),
    ],
)
def test_nothing_below_it_is_a_page(app, method, path, status):
    answer = Client(app).open(path, method=method, headers={"Accept": "text/html", "Origin": "https://x.test"})
    assert answer.status_code == status
    assert answer.mimetype in ("application/problem+json", "application/json")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_what_is_too_long_is_refused_unread(app, actors, runtime):
    tool = Tool(app, token(actors.ada, runtime, "llm_provider.edit"))
    answer = tool.post("/api/v1/models", b" " * 2_000_000)
    assert answer.status_code == 403  # not even measured
    tool = Tool(app, token(actors.ada, runtime, "llm_provider.create", name="other"))
    answer = tool.post("/api/v1/models", b" " * 2_000_000)
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_what_breaks_is_a_problem_without_its_reason(app, actors, runtime):
    api = app.extensions[EXTENSION].api
    view = api.view_functions["language_models.list"]
    api.view_functions["language_models.list"] = lambda: {}[CANARY]
    try:
        api.testing = False
        answer = Tool(app, token(actors.ada, runtime, "llm_provider.view")).get("/api/v1/models")
    finally:
        api.view_functions["language_models.list"] = view
    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "portal_error"
    assert CANARY not in answer.text


def test_every_field_at_fault_is_named_and_none_is_repeated(app, actors, runtime):
    tool = Tool(app, token(actors.ada, runtime, "llm_provider.create"))
    body = {"provider": 7, "display_name": [CANARY], "context_limit": "many", "odd/name": 1, "limits": {"a": "b"}}
    answer = tool.post("/api/v1/models", body)
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json["errors"]} == {
        "/provider",
        "/wire_name",
        "/display_name",
        "/context_limit",
        "/odd~1name",
        "/limits/a",
    }
    assert CANARY not in answer.text


def test_every_field_that_a_service_refuses_is_named(app, actors, runtime):
    make_provider("acme")
    tool = Tool(app, token(actors.ada, runtime, "llm_provider.create"))
    body = {
        "provider": "acme",
        "wire_name": "a b",
        "features": ["nothing"],
        "limits": {"max_files": 10**9},
        "prices": {"input": "much"},
    }
    answer = tool.post("/api/v1/models", body)
    assert answer.status_code == 422
    pointers = {fault["pointer"] for fault in answer.json["errors"]}
    assert pointers == {"/wire_name", "/features", "/limits/max_files", "/prices/input"}


@pytest.mark.parametrize("sent", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'"\\ud800"'])
def test_what_is_no_json_is_said_to_be_none(app, actors, runtime, sent):
    answer = Tool(app, token(actors.ada, runtime, "llm_provider.create")).post("/api/v1/models", sent)
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"


def test_nul_is_named_where_it_stands(app, actors, runtime):
    tool = Tool(app, token(actors.ada, runtime, "llm_provider.create"))
    answer = tool.post("/api/v1/models", {"provider": "a\0", "options": {"b": "\0"}, "wire_name": "\\u0000"})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/provider", "/options/b"]
    assert tool.get("/api/v1/models").status_code == 403
    viewer = Tool(app, token(actors.ada, runtime, "llm_provider.view", name="viewer"))
    answer = viewer.get("/api/v1/models?q=%00&limit=0&odd=1&provider=a&provider=b")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["?q", "?provider"]
    answer = viewer.get("/api/v1/models?limit=0&odd=1")
    assert {fault["pointer"] for fault in answer.json["errors"]} == {"?limit", "?odd"}
    answer = viewer.get("/api/v1/models?cursor=abc")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["?cursor"]


def test_the_trail_names_the_token(app, actors, runtime):
    make_provider("acme")
    tool = Tool(app, token(actors.ada, runtime, "llm_provider.create", name="terraform"))
    assert tool.post("/api/v1/models", {"provider": "acme", "wire_name": "m-1"}).status_code == 201
    with reading() as session:
        found = session.scalars(select(AuditRecord).where(AuditRecord.verb == "model.publish")).one()
        assert found.actor == "Ada Marsh with the token terraform"
        assert found.actor_id == actors.ada.id


def test_the_document_is_served_to_everybody_and_names_every_endpoint(app):
    answer = Client(app).get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json == json.loads(json.dumps(document(OPERATIONS)))
    named = {(path, method) for path, item in answer.json["paths"].items() for method in item}
    assert named == {(operation.path, operation.method.lower()) for operation in OPERATIONS}


def test_every_route_is_guarded_and_of_the_table(app):
    rules = list(app.extensions[EXTENSION].api.url_map.iter_rules())
    assert all(isinstance(rule.permission, Permission) for rule in rules)
    assert {rule.endpoint for rule in rules} == {operation.name for operation in OPERATIONS} | {"openapi"}


def test_a_token_cannot_give_more_than_it_has(app, actors, runtime):
    assert own_tokens.scopes_to_give(actors.ada)
