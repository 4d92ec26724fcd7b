"""What each client needs of what it is told, and that what it sends is read."""

import json
from dataclasses import replace

import pytest

from portal.dialects import DIALECTS, carrying
from portal.dialects.callers import API, CallerRefusal
from portal.dialects.callers.asked import Asked
from portal.dialects.conversation import (
    ChatDelta,
    ChatRequest,
    ChatResponse,
    FinishReason,
    Message,
    Text,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    Usage,
)
from tests.dialects.callers import heard
from tests.dialects.callers.clients import CLAUDE_CODE, CODEX, LLM, REQUESTS, Json
from tests.dialects.recordings import endpoint


def read(client: str) -> Asked:
    api, body = REQUESTS[client]
    return API[api].read(body)


def refused(api: str, body: object) -> CallerRefusal:
    with pytest.raises(CallerRefusal) as caught:
        API[api].read(body)
    return caught.value


def stream(api: str, asked: Asked, *deltas: ChatDelta) -> bytes:
    writer = API[api].writer(asked, "team/m", "17", 1)
    return writer.begin() + b"".join(writer.delta(delta) for delta in deltas) + writer.end()


@pytest.mark.parametrize("client", REQUESTS)
def test_what_a_client_sends_is_read(client: str):
    asked = read(client)
    assert asked.stream
    words = [part.text for message in asked.chat_request.messages for part in message.parts if isinstance(part, Text)]
    assert "Say hello." in words
    assert asked.chat_request.wire_name == ""


def test_claude_codes_system_message_in_the_midst_stays_there():
    asked = read("claude-code")
    assert [message.role for message in asked.chat_request.messages] == ["user", "system"]
    assert asked.chat_request.system == "A first line.\n\nYou are a tool."


def sent(client: str, type: str, model: str) -> Json:
    """The body that a provider of this type is sent for a client's request."""
    there, asked = endpoint(type), read(client)
    dialect = DIALECTS[there.type.dialect]
    request, _ = carrying.check(dialect.name, replace(asked.chat_request, wire_name=model), there.type.name)
    return json.loads(dialect.chat(there, request, stream=True).body or b"")


PROVIDERS = [
    ("openai_compatible", "m", "messages"),
    ("anthropic", "claude-x", "messages"),
    ("google", "gemini-3-pro", "contents"),
    ("bedrock", "amazon.nova-lite-v1:0", "messages"),
]


@pytest.mark.parametrize(("type", "model", "turns"), PROVIDERS)
def test_claude_codes_system_message_is_the_users_where_one_system_alone_is_taken(type: str, model: str, turns: str):
    (midst,) = (m.text for m in read("claude-code").chat_request.messages if m.role == "system")
    said = sent("claude-code", type, model)[turns]
    users = [turn for turn in said if turn["role"] == "user"]
    assert len(users) == 1
    assert json.dumps(midst)[1:-1] in json.dumps(users)
    assert "Say hello." in json.dumps(users)
    assert sum(turn["role"] == "system" for turn in said) == (type == "openai_compatible")


@pytest.mark.parametrize(("type", "model", "turns"), PROVIDERS)
def test_codexs_tools_are_functions_at_every_other_provider(type: str, model: str, turns: str):
    body = json.dumps(sent("codex", type, model))
    assert turns in body
    for name in ("shell", "apply_patch", "collaboration__wait"):
        assert f'"{name}"' in body
    assert "web_search" not in body
    assert "README.md" in body


def test_what_of_claude_codes_request_is_left_out_is_named():
    assert read("claude-code").left_out == (
        "metadata",
        "context_management",
        "messages.content.cache_control",
        "tools.defer_loading",
        "tools.web_search_20250305",
        "system.cache_control",
    )


def test_claude_codes_effort_and_thinking_are_carried():
    assert read("claude-code").chat_request.options == {
        "max_output_tokens": 128_000,
        "reasoning_effort": "medium",
        "reasoning_enabled": True,
        "include_thoughts": False,
    }


def test_the_effort_of_the_last_message_holds():
    body = {**CLAUDE_CODE, "output_config": {"effort": "low"}}
    assert API["messages"].read(body).chat_request.options["reasoning_effort"] == "medium"


@pytest.mark.parametrize("thinking", ["on", {"type": "surprising"}, {"type": "enabled", "budget_tokens": "many"}, []])
def test_thinking_is_never_refused(thinking: object):
    asked = API["messages"].read({**CLAUDE_CODE, "thinking": thinking})
    assert "thinking_budget" not in asked.chat_request.options


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mcp_servers": [{"url": "https://tools.test"}]}, "mcp_servers: Extra inputs are not permitted"),
        ({"inference_geo": "us"}, "inference_geo: Extra inputs are not permitted"),
        (
            {"messages": [{"role": "tool", "content": "?"}]},
            "messages.0.role: Input should be 'user' or 'assistant'",
        ),
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        ({"messages": 5}, "messages: Input should be a valid list"),
        ({"temperature": 2}, "temperature: Input should be less than or equal to 1"),
    ],
)
def test_refusals_at_messages_are_in_anthropics_words(change: Json, words: str):
    refusal = refused("messages", CLAUDE_CODE | change)
    assert (refusal.status, refusal.message) == (400, words)
    assert refusal.param == words.partition(":")[0]


def test_codexs_request_is_carried():
    asked = read("codex")
    request = asked.chat_request
    assert request.system == "You are a tool."
    assert request.messages == (
        Message.of("user", "Say hello."),
        Message("assistant", (ToolCall("call_1", "shell", '{"command":"ls"}'),)),
        Message("user", (ToolResult("call_1", (Text("README.md"),)),)),
    )
    assert request.tools == (
        Tool("shell", "Runs.", {"type": "object"}, False),
        Tool("apply_patch", "Patches.", custom=True, grammar=CODEX["tools"][2]["format"]),
        Tool("collaboration__wait", "", {"type": "object"}),
    )
    assert request.options == {"reasoning_effort": "medium", "include_thoughts": True, "verbosity": "low"}


def test_what_of_codexs_request_is_left_out_is_named():
    assert read("codex").left_out == (
        "prompt_cache_key",
        "client_metadata",
        "tools.tool_search",
        "tools.web_search",
        "input.internal_chat_message_metadata_passthrough",
    )


def test_codexs_namespaced_tools_come_back_under_their_names():
    asked = read("codex")
    call = ToolCallDelta(0, "call_2", "collaboration__wait", "{}")
    answer = heard.responses(stream("responses", asked, ChatDelta(call=call)))
    (item,) = answer["output"]
    assert (item["namespace"], item["name"], item["arguments"]) == ("collaboration", "wait", "{}")
    again = API["responses"].read({**CODEX, "input": [*CODEX["input"], item]})
    assert again.chat_request.messages[-1].parts == (ToolCall("call_2", "collaboration__wait", "{}"),)


def test_names_in_namespaces_that_no_provider_takes_get_one_that_all_take():
    tools = [
        {"type": "function", "name": "a__b"},
        {"type": "namespace", "name": "a", "tools": [{"type": "function", "name": "b"}]},
        {"type": "namespace", "name": "wörter", "tools": [{"type": "function", "name": "x" * 90}]},
    ]
    asked = API["responses"].read({**CODEX, "tools": tools})
    names = [tool.name for tool in asked.chat_request.tools]
    assert len(set(names)) == 3
    assert all(len(name) <= 64 and name.isascii() for name in names)
    assert {(one.namespace, one.name) for one in asked.namespaced.values()} == {("a", "b"), ("wörter", "x" * 90)}


@pytest.mark.parametrize("arguments", [['{"input":"*** Begin', ' Patch"}'], ['{"patch": "*** Begin Patch"}']])
def test_a_function_that_stood_for_codexs_custom_tool_comes_back_as_its_text(arguments: list[str]):
    asked = read("codex")
    first, *rest = arguments
    deltas = [ToolCallDelta(0, "call_2", "apply_patch", first), *(ToolCallDelta(0, arguments=more) for more in rest)]
    answer = heard.responses(stream("responses", asked, *(ChatDelta(call=delta) for delta in deltas)))
    assert [(item["type"], item["input"]) for item in answer["output"]] == [("custom_tool_call", "*** Begin Patch")]
    whole = ChatResponse((ToolCall("call_2", "apply_patch", "".join(arguments)),), "")
    assert API["responses"].write(asked, whole, "team/m", "17", 1) == answer


def test_codexs_stream_ends_completed_with_an_id():
    answer = heard.responses(stream("responses", read("codex"), ChatDelta(text="Hello."), ChatDelta(usage=Usage(3, 2))))
    assert (answer["id"], answer["status"], answer["usage"]["total_tokens"]) == ("resp_17", "completed", 5)
    assert answer["tools"] == CODEX["tools"]


def test_an_answer_that_is_cut_short_is_incomplete():
    limit = ChatDelta(finish_reason=FinishReason.LENGTH)
    answer = heard.responses(stream("responses", read("codex"), ChatDelta(text="Hel"), limit))
    assert (answer["status"], answer["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


@pytest.mark.parametrize("field", ["previous_response_id", "conversation", "prompt", "background"])
def test_state_that_is_kept_at_a_provider_is_refused_by_name(field: str):
    refusal = refused("responses", {**CODEX, field: {"id": "resp_1"}})
    assert (refusal.status, refusal.code, refusal.param) == (400, "unsupported_parameter", field)
    assert refusal.message.startswith(f"Unsupported parameter: '{field}'. ")


def test_an_item_that_only_its_provider_can_read_is_refused():
    refusal = refused("responses", {**CODEX, "input": [{"type": "item_reference", "id": "msg_1"}]})
    assert refusal.param == "input[0].type"


def test_the_name_of_a_thought_that_the_portal_made_up_is_left_out():
    thought = {"type": "item_reference", "id": "rs_portal_757d89_0"}
    asked = API["responses"].read({**CODEX, "input": [thought, {"role": "user", "content": "Hi"}]})
    assert "input.item_reference" in asked.left_out
    assert [message.text for message in asked.chat_request.messages] == ["Hi"]


def test_tools_that_codex_adds_in_the_midst_are_tools():
    added = {"type": "additional_tools", "role": "developer", "tools": [{"type": "custom", "name": "exec"}]}
    asked = API["responses"].read({**CODEX, "tools": None, "input": [added, *CODEX["input"]]})
    assert [tool.name for tool in asked.chat_request.tools] == ["exec"]
    assert asked.custom == {"exec"}


def test_the_frame_of_usage_is_kept_from_those_who_did_not_ask():
    bare = API["chat_completions"].read({**LLM, "stream_options": None})
    told = stream("chat_completions", bare, ChatDelta(text="Hi."), ChatDelta(usage=Usage(3, 2)))
    assert b"usage" not in told
    asked = read("llm")
    told = stream("chat_completions", asked, ChatDelta(text="Hi."), ChatDelta(usage=Usage(3, 2)))
    last = json.loads(heard.events(told)[-2][1])
    assert (last["choices"], last["usage"]["total_tokens"]) == ([], 5)


@pytest.mark.parametrize(
    ("api", "last"),
    [("chat_completions", ("", "[DONE]")), ("messages", "error"), ("responses", "response.failed")],
)
def test_a_stream_that_fails_ends_in_the_words_of_its_api(api: str, last: object):
    asked = Asked("m", True, True, ChatRequest("", ()))
    writer = API[api].writer(asked, "team/m", "17", 1)
    told = writer.begin() + writer.delta(ChatDelta(text="Hel")) + writer.error(502, "provider_unreachable", "It left.")
    found = heard.events(told)
    assert found[-1] == last or found[-1][0] == last
    assert any("It left." in data for _, data in found[-2:])


def test_claude_code_is_given_event_lines_in_order():
    asked = read("claude-code")
    told = stream("messages", asked, ChatDelta(thinking="Hm."), ChatDelta(signature="c2ln"), ChatDelta(text="Hello."))
    assert [name for name, _ in heard.events(told)] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


@pytest.mark.parametrize("api", sorted(API))
def test_calls_that_arrive_side_by_side_are_told_one_after_the_other(api: str):
    asked = Asked("m", True, True, ChatRequest("", ()))
    deltas = [
        ToolCallDelta(0, "call_a", "look", '{"a"'),
        ToolCallDelta(1, "call_b", "look", '{"b"'),
        ToolCallDelta(0, arguments=":1}"),
        ToolCallDelta(1, arguments=":2}"),
    ]
    parts = (ToolCall("call_a", "look", '{"a":1}'), ToolCall("call_b", "look", '{"b":2}'))
    answer = heard.READERS[api](stream(api, asked, *(ChatDelta(call=delta) for delta in deltas)))
    whole = API[api].write(asked, ChatResponse(parts, "", FinishReason.TOOL), "team/m", "17", 1)
    if api == "chat_completions":
        assert answer["message"] == whole["choices"][0]["message"]
    else:
        assert {**answer, "usage": None} == {**whole, "usage": None}


@pytest.mark.parametrize("api", ["messages", "responses"])
def test_a_call_that_has_ended_is_not_told_again(api: str):
    asked = Asked("m", True, True, ChatRequest("", ()))
    call, more = ToolCallDelta(0, "call_a", "look", "{}"), ToolCallDelta(0, "call_a", "look", "")
    deltas = [ChatDelta(call=call), ChatDelta(text="Done."), ChatDelta(call=more)]
    answer = heard.READERS[api](stream(api, asked, *deltas))
    assert len(answer["content" if api == "messages" else "output"]) == 2


@pytest.mark.parametrize("api", sorted(API))
def test_a_signature_that_comes_after_its_call_is_not_lost(api: str):
    asked = Asked("m", True, True, ChatRequest("", ()))
    deltas = [ToolCallDelta(0, "call_a", "look", "{}"), ToolCallDelta(0, signature="c2ln")]
    answer = heard.READERS[api](stream(api, asked, *(ChatDelta(call=delta) for delta in deltas)))
    bodies: dict[str, Json] = {
        "chat_completions": {"messages": [answer.get("message")]},
        "responses": {"input": answer.get("output")},
        "messages": {"max_tokens": 9, "messages": [{"role": "assistant", "content": answer.get("content")}]},
    }
    again = API[api].read({"model": "m", **bodies[api]})
    assert again.chat_request.messages[0].parts == (ToolCall("call_a", "look", "{}", "c2ln"),)


def test_arguments_that_are_no_json_come_back_as_they_were():
    asked = Asked("m", False, True, ChatRequest("", ()))
    whole = API["messages"].write(asked, ChatResponse((ToolCall("t", "look", '{"a'),), ""), "team/m", "17", 1)
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "assistant", "content": whole["content"]}]}
    assert API["messages"].read(body).chat_request.messages[0].parts == (ToolCall("t", "look", '{"a'),)


def test_what_a_cache_gave_is_no_part_of_anthropics_input():
    asked = Asked("m", False, True, ChatRequest("", ()))
    usage = Usage(input=100, output=5, cache_read=60, cache_write=20, cache_write_long=10)
    told = API["messages"].write(asked, ChatResponse((), "", usage=usage), "team/m", "17", 1)["usage"]
    assert (told["input_tokens"], told["cache_read_input_tokens"], told["cache_creation_input_tokens"]) == (10, 60, 30)
    told = API["chat_completions"].write(asked, ChatResponse((), "", usage=usage), "team/m", "17", 1)["usage"]
    assert (told["prompt_tokens"], told["prompt_tokens_details"]["cached_tokens"]) == (100, 60)
