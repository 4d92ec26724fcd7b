"""A provider that has the caller's own API gets the caller's bytes, and the caller gets the provider's."""

import json
from urllib.parse import unquote

import pytest

from portal.services import last_used
from portal.services.keys import shared_keys
from portal.store import model_cooldowns as stored_pauses
from portal.store import providers
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from tests.chatting import KEY, connect
from tests.conftest import CANARY
from tests.upstream import Upstream
from tests.upstream.steps import respond
from tests.web.gateway.callers import ASKED, Tool, rows, token

WHOLE = {
    "id": "chatcmpl-1",
    "model": "gpt-5.2-2026",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2},
    "x_new": {"kept": [1, 2.50]},
}


@pytest.fixture
def up():
    with Upstream() as up:
        up.respond(json=WHOLE)
        yield up


@pytest.fixture
def tool(app, actors, runtime, up):
    connect(runtime, actors.ada, up.base_url, "gpt-5.2", "other", prices={"input": "1", "output": "10"})
    return Tool(app, token(actors.uma, runtime))


def test_unknown_fields_and_every_other_byte_pass_unaltered(tool, up):
    sent = b'{"model": "acme/gpt-5.2",\n "messages":[], "x_new": {"deep": 1.50}, "n": 10000000000000000000001}'
    assert tool.post("/v1/chat/completions", sent).status_code == 200
    assert up.requests[-1].body == sent.replace(b'"acme/gpt-5.2"', b'"gpt-5.2"')


def test_the_answer_comes_back_to_the_byte(tool, up):
    body = b'{ "id":"c" ,"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}, "n":1.0 }'
    up.respond(body=body, headers={"Content-Type": "application/json", "X-Request-Id": "up-1", "Set-Cookie": "a=b"})
    answer = tool.chat()
    assert answer.data == body
    assert answer.headers["x-request-id"] == "up-1"
    assert "Set-Cookie" not in answer.headers


def test_headers_and_betas_of_the_api_travel_and_credentials_do_not(tool, up):
    tool.post(
        "/v1/messages", ASKED | {"max_tokens": 5}, anthropic_beta="a,b", anthropic_version="2026-10-21", X_Api_Key="x"
    )
    got = up.requests[-1].headers
    assert (got["anthropic-beta"], got["anthropic-version"]) == ("a,b", "2026-10-21")
    assert KEY in (got.get("authorization", "") + got.get("x-api-key", ""))
    assert "llmp_" not in json.dumps(dict(got))


def test_answers_say_which_model_which_key_and_why(tool):
    headers = tool.chat().headers
    assert headers["Portal-Model"] == "acme/gpt-5.2"
    assert headers["Portal-Provider"] == "acme"
    assert headers["Portal-Layer"] == "explicit"
    assert headers["Portal-Key-Source"] == "shared"
    assert headers["Portal-Request-Id"].startswith("req_")


def test_a_model_named_in_any_script_answers_and_is_named_in_ascii(runtime, tool, up, actors):
    connect(runtime, actors.ada, up.base_url, "100%-模型:$(id)", name="east")
    answer = tool.chat(model="east/100%-模型:$(id)")
    assert answer.status_code == 200
    assert answer.headers["Portal-Model"] == "east/100%25-%E6%A8%A1%E5%9E%8B:$(id)"
    assert unquote(answer.headers["Portal-Model"]) == "east/100%-模型:$(id)"


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_providers_refusal_comes_back_verbatim_but_for_the_key(tool, up, status):
    up.respond(status, json={"error": {"message": f"no such thing with {KEY}", "code": "odd"}})
    answer = tool.chat()
    assert answer.status_code == status
    assert answer.json == {"error": {"message": "no such thing with ••••", "code": "odd"}}


def test_one_row_of_usage_says_who_used_what_and_what_it_cost(app, actors, tool):
    tool.post("/v1/chat/completions", ASKED, User_Agent="codex/0.171 (linux)", session_id="s-1")
    [row] = rows(app)
    assert (row.user_id, row.api, row.client, row.session) == (actors.uma.id, "chat_completions", "codex", "s-1")
    assert (row.model, row.layer, row.key_source) == ("acme:gpt-5.2", "explicit", "shared")
    assert (row.state, row.status, row.tokens_in, row.tokens_out) == ("complete", 200, 9, 2)
    assert float(row.cost) == pytest.approx(29e-6)
    assert row.key_id is not None
    assert row.token_id is not None


def test_a_key_that_served_a_tool_is_noted_as_used(tool):
    assert tool.chat().status_code == 200
    last_used.here().write()
    with reading() as session:
        provider = providers.find(session, "acme")
        assert [
            key.last_used_at is not None for key in stored_pauses.keys_of_provider(session, provider.id, "gpt-5.2")
        ] == [True]


def test_a_refusal_has_its_row_too(app, tool, up):
    up.respond(429, json={"error": {"message": "slow down"}}, headers={"Retry-After": "1"})
    answer = tool.chat()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    [row] = rows(app)
    assert (row.state, row.status, row.category, row.cost) == ("failed", 429, "rate_limit", None)


def test_what_was_set_for_a_model_is_sent_where_the_caller_left_it_open(app, actors, runtime, up):
    [id] = connect(runtime, actors.ada, up.base_url, "tuned", name="tuning")
    with transaction() as session:
        lock_catalog(session)
        session.get(LanguageModelRecord, id).options = {"temperature": 0.25, "max_output_tokens": 50}
    tool = Tool(app, token(actors.uma, runtime, name="other"))
    tool.chat(model="tuned")
    assert up.requests[-1].json["temperature"] == 0.25
    assert up.requests[-1].json["max_tokens"] == 50
    tool.chat(model="tuned", max_completion_tokens=7, top_p=0.5)
    assert "temperature" not in up.requests[-1].json
    assert "max_tokens" not in up.requests[-1].json


def test_it_is_sent_to_responses_too(app, actors, runtime, up):
    [id] = connect(runtime, actors.ada, up.base_url, "tuned", name="tuning", type="openai")
    with transaction() as session:
        lock_catalog(session)
        session.get(LanguageModelRecord, id).options = {"max_output_tokens": 50}
    tool = Tool(app, token(actors.uma, runtime))
    tool.post("/v1/responses", {"model": "tuned", "input": "Hello"})
    assert up.requests[-1].json == {"max_output_tokens": 50, "model": "tuned", "input": "Hello"}
    tool.post("/v1/responses", {"model": "tuned", "input": "Hello", "max_output_tokens": 7})
    assert up.requests[-1].json["max_output_tokens"] == 7


def test_a_refused_key_leaves_the_request_to_the_next_of_the_pool(app, actors, runtime, tool, up):
    with transaction() as session:
        lock_catalog(session)
        provider = providers.find(session, "acme")
        shared_keys.add(session, runtime, actors.ada, provider, "sk-second-0b1c2d3e")
    up.script(respond(401, json={"error": {"message": "bad key"}}), respond(json=WHOLE))
    assert tool.chat().status_code == 200
    assert [request.headers["authorization"] for request in up.requests] == [
        f"Bearer {KEY}",
        "Bearer sk-second-0b1c2d3e",
    ]
    assert tool.chat().status_code == 200
    assert up.requests[-1].headers["authorization"] == "Bearer sk-second-0b1c2d3e"
    assert [row.state for row in rows(app)] == ["complete", "complete"]


def test_a_passing_failure_is_tried_again_before_anything_came(app, tool, up):
    up.script(respond(503, text="busy"), respond(json=WHOLE))
    assert tool.chat().status_code == 200
    assert len(up.requests) == 2
    assert len(rows(app)) == 1


def test_the_canary_key_is_in_no_answer_header_or_row(app, actors, runtime):
    with Upstream() as up:
        frames = [
            {"choices": [{"delta": {"content": f"it is {CANARY}"}}]},
            {"usage": {"note": CANARY, "prompt_tokens": 1}},
        ]
        up.stream_sse([*frames, "[DONE]"], headers={"x-request-id": CANARY})
        connect(runtime, actors.ada, up.base_url, "leaky", key=CANARY)
        tool = Tool(app, token(actors.uma, runtime))
        for stream in (True, False):
            answer = tool.chat(model="leaky", stream=stream)
            assert answer.status_code == 200
            assert CANARY not in answer.text + str(answer.headers)
    assert CANARY not in str([vars(row) for row in rows(app)])


def test_reasoning_details_pass_both_ways_to_the_byte(tool, up):
    details = b'[{"type":"reasoning.encrypted","data":"a+/=","format":"openai-responses-v1","id":"rs_1","index":0}]'
    said = b'{"role":"assistant","content":"Hi","reasoning_details":' + details + b"}"
    up.respond(body=b'{"choices":[{"message":' + said + b"}]}", headers={"Content-Type": "application/json"})
    sent = b'{"model":"gpt-5.2","messages":[' + said + b',{"role":"user","content":"And?"}]}'
    answer = tool.post("/v1/chat/completions", sent)
    assert up.requests[-1].body == sent
    assert said in answer.data
