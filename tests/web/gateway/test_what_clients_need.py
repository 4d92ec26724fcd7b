"""What real clients need of the gateway, one test for each need, before every kind of provider that can stand behind.

`NEEDS` numbers them and names for each the tests that hold it, here and elsewhere; a house test looks for them all.
"""

import json
from contextlib import ExitStack
from typing import Any

import pytest

from portal.domain.gates import AI
from portal.services.overrides import gates
from tests.chatting import connect
from tests.clients.vendors import ANSWER, VENDORS, Call, calls
from tests.dialects.callers.clients import CLAUDE_CODE, CODEX, REQUESTS
from tests.upstream import Upstream
from tests.upstream.steps import html, respond
from tests.web.gateway.callers import ASKED, Tool, rows, token

KEY = "sk-behind-0a1b2c3d4e"
PATHS = {"chat_completions": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages"}
SHORT: dict[str, dict[str, Any]] = {
    "chat_completions": {"messages": [{"role": "user", "content": "Hello"}]},
    "responses": {"input": "Hello", "store": False},
    "messages": {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 50},
}
TOOLS = {
    "chat_completions": {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}},
    "responses": {"type": "function", "name": "look", "parameters": {"type": "object"}},
    "messages": {"name": "look", "input_schema": {"type": "object"}},
}

HERE = "tests/web/gateway/test_what_clients_need.py"
ODD, REFUSED = "tests/web/gateway/test_odd_requests.py", "tests/web/gateway/test_refusals.py"
STREAMS, PASSED = "tests/web/gateway/test_streams.py", "tests/web/gateway/test_pass_through.py"
READ = "tests/dialects/callers/test_clients.py"
NEEDS: dict[int, tuple[str, ...]] = {
    1: (f"{HERE}::test_every_client_is_answered_by_every_kind_of_provider",),
    2: (f"{REFUSED}::test_a_socket_is_refused_at_once_with_426", f"{HERE}::test_a_socket_is_refused_whoever_asks"),
    3: (
        f"{HERE}::test_a_system_message_in_the_midst_is_taken_everywhere",
        f"{READ}::test_claude_codes_system_message_in_the_midst_stays_there",
        f"{READ}::test_the_effort_of_the_last_message_holds",
    ),
    4: (
        f"{READ}::test_refusals_at_messages_are_in_anthropics_words",
        f"{READ}::test_thinking_is_never_refused",
        f"{HERE}::test_too_long_a_prompt_is_told_in_the_words_that_shorten_it",
        f"{PASSED}::test_a_providers_refusal_comes_back_verbatim_but_for_the_key",
    ),
    5: (f"{REFUSED}::test_every_token_that_does_not_work_gets_one_answer", f"{HERE}::test_final_refusals_say_so"),
    6: (f"{HERE}::test_how_long_to_wait_is_what_the_provider_says",),
    7: (
        f"{STREAMS}::test_a_stream_that_breaks_off_ends_with_an_error_of_its_api",
        f"{STREAMS}::test_messages_end_with_an_event_called_error",
        f"{STREAMS}::test_responses_end_with_response_failed",
        f"{STREAMS}::test_a_stream_that_is_done_but_not_terminated_gets_its_end",
        f"{HERE}::test_a_translated_stream_that_breaks_off_ends_in_its_apis_way",
    ),
    8: (f"{HERE}::test_messages_have_event_lines_in_order", f"{READ}::test_claude_code_is_given_event_lines_in_order"),
    9: (f"{HERE}::test_responses_stream_whole_items", f"{READ}::test_codexs_stream_ends_completed_with_an_id"),
    10: (f"{HERE}::test_the_same_asked_again_without_a_stream_is_answered_and_counted",),
    11: (
        f"{STREAMS}::test_counts_are_asked_for_and_kept_from_a_caller_who_did_not_ask",
        f"{STREAMS}::test_a_caller_who_asked_for_counts_gets_them",
        f"{HERE}::test_counts_are_kept_whoever_answers",
    ),
    12: (f"{REFUSED}::test_of_two_tokens_the_one_that_works_counts",),
    13: (f"{ODD}::test_a_models_id_may_be_percent_encoded",),
    14: (f"{REFUSED}::test_a_wrong_address_says_which_base_url_is_right",),
    15: (
        f"{HERE}::test_codexs_tools_come_back_as_they_were",
        f"{READ}::test_codexs_request_is_carried",
        f"{READ}::test_what_of_codexs_request_is_left_out_is_named",
        f"{READ}::test_codexs_namespaced_tools_come_back_under_their_names",
    ),
    16: (
        f"{HERE}::test_many_counts_in_a_row_are_all_answered",
        f"{REFUSED}::test_counting_at_a_provider_that_cannot_count_is_a_404_that_costs_nobody_anything",
    ),
    17: (f"{REFUSED}::test_models_are_listed_for_all_three_kinds_of_readers",),
    18: (
        f"{HERE}::test_a_page_of_a_provider_is_never_passed_on",
        f"{HERE}::test_what_breaks_in_the_portal_is_json",
        f"{ODD}::test_one_that_is_not_there_says_so_in_json",
    ),
    19: (f"{HERE}::test_repeats_are_counted_like_any_request",),
}


@pytest.fixture
def behind(actors, runtime):
    """Every kind of provider at once, each under the name of its type, with the one model that it has."""
    with ExitStack() as stack:
        found = {}
        for place, kind in enumerate(VENDORS):
            vendor = kind()
            up = stack.enter_context(Upstream(handler=vendor))
            connect(
                runtime, actors.ada, up.url + vendor.path, vendor.model, name=vendor.type, type=vendor.type, key=KEY
            )
            found[vendor.type] = (vendor, up)
            assert place < 5
        yield found


@pytest.fixture
def tool(app, actors, runtime):
    return Tool(app, token(actors.uma, runtime))


@pytest.fixture
def up(actors, runtime):
    with Upstream() as up:
        connect(runtime, actors.ada, up.base_url, "gpt-5.2", name="plain", key=KEY)
        yield up


def named(vendor) -> str:
    return f"{vendor.type}/{vendor.model}"


def events(answer) -> list[tuple[str, Any]]:
    """The events of a stream by name; blank for one that has none."""
    found = []
    for block in answer.text.strip().split("\n\n"):
        lines = dict(line.partition(": ")[::2] for line in block.splitlines())
        data = lines.get("data", "")
        found.append((lines.get("event", ""), json.loads(data) if data.startswith("{") else data))
    return found


@pytest.mark.parametrize("client", REQUESTS)
def test_every_client_is_answered_by_every_kind_of_provider(app, tool, behind, client):
    """1: what each client sends, at every API that is spoken, streamed and not."""
    api, body = REQUESTS[client]
    for vendor, up in behind.values():
        for stream in (True, False):
            answer = tool.post(PATHS[api], body | {"model": named(vendor), "stream": stream})
            assert answer.status_code == 200, (vendor.type, answer.text)
            assert answer.mimetype == ("text/event-stream" if stream else "application/json")
            said = answer.text if not stream else "".join(_texts(events(answer)))
            assert ANSWER in said, (vendor.type, answer.text)
            asked = json.dumps(up.requests[-1].json)
            assert "Say hello." in asked
    assert {row.state for row in rows(app)} == {"complete"}
    assert all(row.tokens_out for row in rows(app))


def _texts(found: list[tuple[str, Any]]) -> list[str]:
    """The words in a stream of any API."""
    texts = []
    for _, event in found:
        if isinstance(event, dict) and event.get("choices"):
            texts.append(event["choices"][0]["delta"].get("content") or "")
        elif isinstance(event, dict) and event.get("type") == "response.output_text.delta":
            texts.append(event["delta"])
        elif isinstance(event, dict) and event.get("type") == "content_block_delta":
            texts.append(event["delta"].get("text", ""))
    return texts


def test_a_socket_is_refused_whoever_asks(app, tool):
    """2: also by a tool that says so in other letters, and with a version, a key and a protocol."""
    wanted = {"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket", "Sec_WebSocket_Version": "13"}
    answer = tool.get("/v1/responses", **wanted)
    assert (answer.status_code, answer.mimetype) == (426, "application/json")
    assert tool.get("/v1/responses").status_code == 426
    assert Tool(app, None).get("/v1/responses", **wanted).status_code == 401


def test_a_system_message_in_the_midst_is_taken_everywhere(tool, behind):
    """3: it passes where the provider has this API, and its words are told in the provider's own way elsewhere."""
    for vendor, up in behind.values():
        answer = tool.post("/v1/messages?beta=true", CLAUDE_CODE | {"model": named(vendor)}, anthropic_beta="a,b")
        assert answer.status_code == 200, (vendor.type, answer.text)
        sent = up.requests[-1]
        assert "Mind the plan." in sent.body.decode()
        if vendor.type == "anthropic":
            assert sent.json == CLAUDE_CODE | {"model": vendor.model}
            assert sent.headers["anthropic-beta"] == "a,b"


@pytest.mark.parametrize("stream", [False, True])
def test_too_long_a_prompt_is_told_in_the_words_that_shorten_it(tool, behind, stream):
    """4: Claude Code reads for these words and no others."""
    vendor, up = behind["mistral"]
    message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
    error = {"message": message, "type": "invalid_request_error", "code": "context_length_exceeded"}
    up.respond(400, json={"error": error}, path="/v1/chat/completions")
    answer = tool.post("/v1/messages", SHORT["messages"] | {"model": named(vendor), "stream": stream})
    assert answer.status_code == 400
    assert answer.json["error"]["type"] == "invalid_request_error"
    assert answer.json["error"]["message"] == "prompt is too long: 9000 tokens > 8192 maximum"


@pytest.mark.parametrize("api", PATHS)
def test_final_refusals_say_so(app, actors, runtime, tool, up, api):
    """5: whatever does not change by being asked again says so in the header that the SDKs obey."""
    path = PATHS[api]
    answers = [
        Tool(app, None).post(path, ASKED),
        tool.post(path, SHORT[api] | {"model": "nobody's"}),
        tool.post(path, b"nonsense"),
        tool.get(f"{path}/nothing"),
    ]
    gates.turn(actors.ada, runtime, AI, on=False)
    answers.append(tool.post(path, SHORT[api] | {"model": "gpt-5.2"}))
    assert [answer.status_code for answer in answers] == [401, 404, 400, 404, 503]
    assert {answer.headers.get("x-should-retry") for answer in answers} == {"false"}
    assert not [answer for answer in answers if "Retry-After" in answer.headers]
    assert up.requests == []


@pytest.mark.parametrize("api", PATHS)
def test_how_long_to_wait_is_what_the_provider_says(tool, behind, api):
    """6: passed on or translated, in seconds, as few as they are."""
    for vendor, up in behind.values():
        up.respond(429, json={"error": {"message": "slow down"}, "message": "slow down"}, headers={"Retry-After": "2"})
        answer = tool.post(PATHS[api], SHORT[api] | {"model": named(vendor)})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2"), vendor.type
        assert answer.headers.get("x-should-retry") != "false"


@pytest.mark.parametrize("api", PATHS)
def test_a_translated_stream_that_breaks_off_ends_in_its_apis_way(tool, behind, api):
    """7: the words that came, then the API's own error; never a clean end."""
    for vendor, up in behind.values():
        body = json.loads(json.dumps(SHORT[api]).replace("Hello", "Break off."))
        answer = tool.post(PATHS[api], body | {"model": named(vendor), "stream": True})
        found = events(answer)
        assert answer.status_code == 200
        assert "".join(_texts(found)) in ANSWER
        if api == "chat_completions":
            assert found[-1][1] == "[DONE]"
            assert found[-2][1]["error"]["message"], vendor.type
        else:
            name, event = found[-1]
            assert name == {"messages": "error", "responses": "response.failed"}[api], vendor.type
            assert event["type"] == name
        assert up.requests


def test_messages_have_event_lines_in_order(tool, behind):
    """8: and neither a mark of byte order nor a comment in between."""
    for vendor, _ in behind.values():
        answer = tool.post("/v1/messages", SHORT["messages"] | {"model": named(vendor), "stream": True})
        names = [name for name, _ in events(answer)]
        assert answer.data.startswith(b"event: message_start\n"), vendor.type
        assert all(name == event["type"] for name, event in events(answer))
        order = [name for at, name in enumerate(names) if name not in ("ping", *names[:at])]
        wanted = ["message_start", "content_block_start", "content_block_delta", "content_block_stop"]
        assert order == [*wanted, "message_delta", "message_stop"], vendor.type
        assert names.count("content_block_start") == names.count("content_block_stop")


def test_responses_stream_whole_items(tool, behind):
    """9: the item is whole in `output_item.done`, and the end has an id."""
    for vendor, _ in behind.values():
        answer = tool.post("/v1/responses", SHORT["responses"] | {"model": named(vendor), "stream": True})
        found = dict(events(answer))
        item = found["response.output_item.done"]["item"]
        assert item["content"][0]["text"] == ANSWER, vendor.type
        assert found["response.completed"]["response"]["id"]
        assert events(answer)[-1][0] == "response.completed"


@pytest.mark.parametrize("api", PATHS)
def test_the_same_asked_again_without_a_stream_is_answered_and_counted(app, tool, behind, api):
    """10: with a tool and room for a long answer; both are in usage, tied by the session of the client."""
    most = {"chat_completions": "max_tokens", "responses": "max_output_tokens", "messages": "max_tokens"}[api]
    for vendor, _ in behind.values():
        vendor.plays = calls(Call("look", {"at": "a.txt"}))
        body = SHORT[api] | {"model": named(vendor), "tools": [TOOLS[api]], most: 64_000}
        streamed = tool.post(PATHS[api], body | {"stream": True}, X_Claude_Code_Session_Id=vendor.type)
        whole = tool.post(PATHS[api], body | {"stream": False}, X_Claude_Code_Session_Id=vendor.type)
        assert streamed.status_code == whole.status_code == 200, (vendor.type, whole.text)
        for answer in (streamed, whole):
            assert "look" in answer.text
            assert "a.txt" in answer.text
    found = rows(app)
    for kind in behind:
        assert sorted(row.streamed for row in found if row.session == kind) == [False, True]


@pytest.mark.parametrize("api", PATHS)
def test_counts_are_kept_whoever_answers(app, tool, behind, api):
    """11: nobody asks for counts here, and every row has them; no caller sees what it did not ask for."""
    for vendor, _ in behind.values():
        answer = tool.post(PATHS[api], SHORT[api] | {"model": named(vendor), "stream": True})
        found = [event for _, event in events(answer) if isinstance(event, dict)]
        assert found
        assert api != "chat_completions" or all(event["choices"] for event in found)
    assert all(row.tokens_in and row.tokens_out for row in rows(app))


def test_codexs_tools_come_back_as_they_were(tool, behind):
    """15: a function, one in a namespace and one of plain text; what is left out is named."""
    for vendor, up in behind.values():
        for name, arguments in (("shell", {"command": "ls"}), ("apply_patch", {"input": "*** Begin Patch"})):
            vendor.plays = lambda wish, name=name, arguments=arguments: (
                Call(name, arguments) if name in wish.tools else ANSWER
            )
            answer = tool.post("/v1/responses", CODEX | {"model": named(vendor)})
            assert answer.status_code == 200, (vendor.type, answer.text)
            items = [event["item"] for kind, event in events(answer) if kind == "response.output_item.done"]
            items = [item for item in items if item["type"] != "reasoning"]  # Gemini's signature rides in one
            if vendor.type == "openai":
                assert up.requests[-1].json == CODEX | {"model": vendor.model}
                continue
            assert "tool_search" in answer.headers["Portal-Left-Out"]
            assert "web_search" in answer.headers["Portal-Left-Out"]
            kind = "custom_tool_call" if name == "apply_patch" else "function_call"
            assert [(item["type"], item.get("name")) for item in items] == [(kind, name)], vendor.type
            assert items[0].get("input", "*** Begin Patch") == "*** Begin Patch"


def test_many_counts_in_a_row_are_all_answered(tool, behind):
    """16: as many as Claude Code's `/context` asks for."""
    vendor, up = behind["anthropic"]
    up.respond(json={"input_tokens": 7}, path="/v1/messages/count_tokens")
    body = SHORT["messages"] | {"model": named(vendor)}
    answers = [tool.post("/v1/messages/count_tokens", body) for _ in range(28)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json["input_tokens"] for answer in answers} == {7}


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_page_of_a_provider_is_never_passed_on(app, tool, behind, status):
    """18: a proxy's page with status 200 would be an answer to several SDKs."""
    for api, (vendor, up) in ((api, each) for api in PATHS for each in behind.values()):
        up.forget()
        for step, stream in ((html(status), False), (respond(status, text="<html>Please sign in.</html>"), True)):
            up.script(step)
            answer = tool.post(PATHS[api], SHORT[api] | {"model": named(vendor), "stream": stream})
            assert "<html" not in answer.text.lower(), (vendor.type, api)
            if answer.mimetype == "text/event-stream":  # it had begun: its end says so
                assert answer.status_code == status == 200
                assert "provider_html" in answer.text or "event: error" in answer.text
            else:
                assert answer.mimetype == "application/json"
                assert answer.status_code >= 400
                assert answer.json["error"]["message"]
                assert (answer.json.get("type") == "error") == (api == "messages")
    assert {row.state for row in rows(app)} == {"failed"}


def test_what_breaks_in_the_portal_is_json(app, tool, monkeypatch):
    """18: a fault of the portal's own, too, whatever the caller accepts."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("portal.services.gateway.serving.catalog", lambda *_: 1 / 0)
    for path in (*PATHS.values(), "/v1/models"):
        answer = tool.get(path, Accept="text/html") if path == "/v1/models" else tool.post(path, ASKED)
        assert (answer.status_code, answer.mimetype) == (500, "application/json")
        assert "ZeroDivision" not in answer.text


def test_repeats_are_counted_like_any_request(app, tool, behind):
    """19: the count of tries that a client sends says nothing, and decides nothing."""
    vendor, _ = behind["anthropic"]
    for count in ("0", "0", "3"):
        body = SHORT["messages"] | {"model": named(vendor)}
        assert tool.post("/v1/messages", body, X_Stainless_Retry_Count=count).status_code == 200
    assert [row.state for row in rows(app)] == ["complete"] * 3
