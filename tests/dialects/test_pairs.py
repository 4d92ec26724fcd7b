"""Every API before every dialect: what a generated conversation says is sent on, or is named as left out or refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.dialects import DIALECTS, carrying, responses
from portal.dialects.callers import API, CallerRefusal
from portal.dialects.conversation import ChatRequest, Document, Image, Reasoning, Text, ToolCall, ToolResult
from portal.dialects.turns import id_of
from tests.dialects.callers import said
from tests.dialects.callers.clients import REQUESTS
from tests.dialects.callers.generated import conversations
from tests.dialects.recordings import endpoint

BEHIND = {
    "openai": "mistral",
    "responses": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "bedrock": "bedrock",
}
"""A type of provider for each dialect."""

PAIRS = [(api, dialect) for api in sorted(API) for dialect in BEHIND]


def strings(value: object) -> list[str]:
    """Every text in a JSON value; those that are JSON themselves are read, too."""
    match value:
        case str():
            try:
                inner = json.loads(value)
            except ValueError:
                return [value]
            return [value, *(strings(inner) if isinstance(inner, dict | list | str) else [])]
        case dict():
            return [text for name, inner in value.items() for text in (name, *strings(inner))]
        case list():
            return [text for inner in value for text in strings(inner)]
        case _:
            return []


def told(request: ChatRequest) -> list[tuple[str, str]]:
    """What must be found on the other side: a text, and the name under which it may be left out instead."""
    found = [(request.system, "")] if request.system.strip() else []
    for message in request.messages:
        for part in message.parts:
            inner = part.parts if isinstance(part, ToolResult) else (part,)
            for one in inner:
                match one:
                    case Text(text):
                        found.append((text, ""))
                    case Reasoning(text):
                        found.append((text, "reasoning"))
                    case Image(url=url, data=data) | Document(url=url, data=data):
                        found.append((url or data, ""))
                    case ToolCall(_, name):
                        found.append((name, ""))
                    case _:
                        raise AssertionError
    found += [(tool.name, "") for tool in request.tools]
    found += [(stop, "stop") for stop in request.stop]
    return [(text, name) for text, name in found if text.strip()]


def sent(dialect: str, request: ChatRequest) -> tuple[dict, tuple[str, ...]]:
    """The body that goes to a provider of this dialect, and what is named as left out. Raises `NotCarried`."""
    kept, left_out = carrying.check(dialect, request, BEHIND[dialect])
    body = ({"responses": responses} | DIALECTS)[dialect].chat(endpoint(BEHIND[dialect]), kept, stream=False).body
    return json.loads(body), left_out


@pytest.mark.parametrize(("api", "dialect"), PAIRS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_goes_in_comes_out_or_is_named(api: str, dialect: str, data: st.DataObject):
    conversation = data.draw(conversations(api))
    asked = API[api].read(said.WRITERS[api](conversation))
    try:
        body, left_out = sent(dialect, asked.chat_request)
    except carrying.NotCarried:  # by a name and with a sentence, as `test_carrying` shows
        return
    everything = strings(body)
    whole = "\n".join(everything)
    # Converse knows no choice of none: whoever may call no tool is told of none.
    choice = conversation.tool_choice
    untold = {word for tool in conversation.tools for word in (tool.name, tool.description)}
    untold = untold if dialect == "bedrock" and choice is not None and choice.mode == "none" else set()
    for text, name in told(conversation):
        if text in untold or (name and any(name in one for one in left_out)):
            continue
        assert text.strip() in whole, (text, left_out, body)


@pytest.mark.parametrize(("api", "dialect"), PAIRS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_result_stands_with_its_call(api: str, dialect: str, data: st.DataObject):
    """However a provider spells ids: as often as a call is there, its result is, and under the same id."""
    asked = API[api].read(said.WRITERS[api](data.draw(conversations(api)))).chat_request
    calls = [part for one in asked.messages for part in one.parts if isinstance(part, ToolCall)]
    try:
        body, _ = sent(dialect, asked)
    except carrying.NotCarried:
        return
    made, answered = ids_of(dialect, body)
    assert len(made) >= len(calls)
    assert sorted(made) == sorted(answered)
    assert all(id_of(one) for one in made)


def ids_of(dialect: str, body: dict) -> tuple[list[str], list[str]]:
    """The ids of calls and of results; by Gemini, which has none, the names."""
    made: list[str] = []
    answered: list[str] = []
    if dialect == "responses":
        kinds = ("function_call", "custom_tool_call")
        made = [item["call_id"] for item in body["input"] if item.get("type") in kinds]
        answered = [item["call_id"] for item in body["input"] if item.get("type", "").endswith("call_output")]
    elif dialect == "openai":
        made = [call["id"] for one in body["messages"] for call in one.get("tool_calls") or ()]
        answered = [one["tool_call_id"] for one in body["messages"] if one["role"] == "tool"]
    elif dialect == "gemini":
        parts = [part for one in body["contents"] for part in one["parts"]]
        made = [part["functionCall"]["name"] for part in parts if "functionCall" in part]
        answered = [part["functionResponse"]["name"] for part in parts if "functionResponse" in part]
    else:
        blocks = [block for one in body["messages"] for block in one["content"] if isinstance(block, dict)]
        for block in blocks:
            if block.get("type") == "tool_use" or "toolUse" in block:
                made.append(block.get("id") or block["toolUse"]["toolUseId"])
            if block.get("type") == "tool_result" or "toolResult" in block:
                answered.append(block.get("tool_use_id") or block["toolResult"]["toolUseId"])
    return made, answered


@pytest.mark.parametrize("client", REQUESTS)
@pytest.mark.parametrize("dialect", BEHIND)
def test_what_real_clients_send_comes_out_or_is_named(client: str, dialect: str):
    api, body = REQUESTS[client]
    try:
        asked = API[api].read(body)
    except CallerRefusal:
        pytest.fail(f"{client} is refused")
    request, left_out = sent(dialect, asked.chat_request)
    whole = "\n".join(strings(request))
    named = " ".join((*asked.left_out, *left_out))
    for text, name in told(asked.chat_request):
        assert (name and name in named) or text in whole
