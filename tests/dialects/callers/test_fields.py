"""The table of fields is what the readers do, and what the page of documentation says."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.dialects.callers import API, CallerRefusal
from portal.dialects.callers.fields import TABLES
from portal.dialects.callers.fields.field import Fate
from portal.dialects.callers.page import page
from portal.dialects.conversation import Document, Image, Text, ToolChoice
from tests.dialects.callers.clients import Json

LEAST: dict[str, Json] = {
    "chat_completions": {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "?"}]}]},
    "responses": {"model": "m", "input": [{"role": "user", "content": [{"type": "input_text", "text": "?"}]}]},
    "messages": {
        "model": "m",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "?"}]}],
    },
}

TOP = [(api, name) for api, table in TABLES.items() for name in table[""]]

CARRIED: dict[str, Any] = {
    "model": "another",
    "stream": True,
    "max_tokens": 7,
    "max_completion_tokens": 7,
    "max_output_tokens": 7,
    "temperature": 0.5,
    "top_p": 0.5,
    "top_k": 5,
    "presence_penalty": 0.5,
    "frequency_penalty": 0.5,
    "stop": "END",
    "stop_sequences": ["END"],
    "reasoning_effort": "low",
    "verbosity": "low",
    "reasoning": {"effort": "low"},
    "thinking": {"type": "enabled", "budget_tokens": 2_000},
    "output_config": {"effort": "low"},
    "output_format": {"type": "json_schema", "schema": {}},
    "tool_choice": "none",
    "parallel_tool_calls": False,
    "response_format": {"type": "json_object"},
    "stream_options": {"include_usage": True},
    "instructions": "Be short.",
    "system": "Be short.",
    "text": {"format": {"type": "json_object"}},
    "input": "Hello?",
    "messages": [{"role": "user", "content": "Hello?"}],
}
"""A value of each carried field with which something else is asked than without."""

OF_AN_API: dict[tuple[str, str], Any] = {
    ("messages", "tool_choice"): {"type": "none"},
    ("chat_completions", "tools"): [{"type": "function", "function": {"name": "look"}}],
    ("responses", "tools"): [{"type": "function", "name": "look"}],
    ("messages", "tools"): [{"name": "look", "input_schema": {}}],
    ("responses", "include"): ["file_search_call.results"],
}


@pytest.mark.parametrize(("api", "name"), TOP)
def test_a_field_meets_the_fate_that_its_row_says(api: str, name: str):
    field = TABLES[api][""][name]
    before = API[api].read(LEAST[api])
    if field.fate is Fate.CARRIED:
        value = OF_AN_API.get((api, name)) or CARRIED[name]
        assert API[api].read(LEAST[api] | {name: value}) != before
    elif field.fate is Fate.LEFT_OUT:
        after = API[api].read(LEAST[api] | {name: "anything"})
        assert after.left_out == (name,)
        assert after.chat_request == before.chat_request
    else:
        with pytest.raises(CallerRefusal) as caught:
            API[api].read(LEAST[api] | {name: "anything"})
        assert (caught.value.status, caught.value.param) == (400, name)


@pytest.mark.parametrize(("api", "name"), TOP)
def test_what_asks_for_nothing_is_as_good_as_absent(api: str, name: str):
    before = API[api].read(LEAST[api])
    field = TABLES[api][""][name]
    for value in field.harmless:
        assert API[api].read(LEAST[api] | {name: value}).chat_request == before.chat_request
        assert API[api].read(LEAST[api] | {name: value}).left_out == ()
    if name not in LEAST[api]:
        assert API[api].read(LEAST[api] | {name: None}) == before


@pytest.mark.parametrize("api", sorted(API))
def test_a_field_that_nobody_knows_is_left_out_and_named(api: str):
    assert API[api].read(LEAST[api] | {"brand_new": 1}).left_out == ("brand_new",)


@pytest.mark.parametrize("api", sorted(API))
def test_a_name_that_a_caller_made_up_does_no_harm_in_a_header(api: str):
    (name,) = API[api].read(LEAST[api] | {"a\r\nSet-Cookie: b" + "c" * 500: 1}).left_out
    assert name.startswith("aSet-Cookieb")
    assert len(name) == 80
    assert len(API[api].read(LEAST[api] | {f"new_{number}": 1 for number in range(900)}).left_out) == 50


def test_one_is_no_yes():
    """JSON tells numbers and truth apart, which Python's equality does not."""
    for value in (True, 1.5, 2):
        with pytest.raises(CallerRefusal):
            API["chat_completions"].read(LEAST["chat_completions"] | {"n": value})


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "text", "user", "function", "auto"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["type", "role", "content", "text", "name", "function", "source", "input", "call_id", "tools"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("api", sorted(API))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_field_is_read_or_refused_by_name(api: str, data: st.DataObject):
    names = [name for name, field in TABLES[api][""].items() if field.fate is Fate.CARRIED]
    name, value = data.draw(st.sampled_from(names)), data.draw(JSON)
    refusal = None
    try:
        API[api].read(LEAST[api] | {name: value})
    except CallerRefusal as raised:
        refusal = raised
    if refusal is not None:
        assert refusal.status == 400
        assert str(refusal.param).startswith(name)
        assert str(refusal.param) in refusal.message


@pytest.mark.parametrize("api", sorted(API))
@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_a_body_that_is_no_object_is_refused(api: str, body: object):
    with pytest.raises(CallerRefusal) as caught:
        API[api].read(body)
    assert caught.value.status == 400


def test_the_page_says_what_the_table_says():
    written = (Path(__file__).parents[3] / "docs" / "translation.md").read_text(encoding="utf-8")
    assert written == page(), "run `python -m portal.dialects.callers.page > docs/translation.md`"


def said_with(api: str, part: Json) -> Json:
    """The least request with one more part of the user's message."""
    (name,) = {"messages", "input"} & set(LEAST[api])
    return LEAST[api] | {name: [{"role": "user", "content": [{"type": "text", "text": "?"}, part]}]}


@pytest.mark.parametrize(
    ("api", "part", "param"),
    [
        ("chat_completions", {"type": "input_audio", "input_audio": {}}, "messages[0].content[1].input_audio"),
        ("chat_completions", {"type": "file", "file": {"file_id": "f"}}, "messages[0].content[1].file.file_id"),
        ("chat_completions", {"type": "video_url", "video_url": {}}, "messages[0].content[1].type"),
        ("responses", {"type": "input_image", "file_id": "f"}, "input[0].content[1].file_id"),
        (
            "messages",
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            "messages.0.content.1.source.file_id",
        ),
        (
            "messages",
            {"type": "document", "source": {"type": "text", "data": "a"}, "citations": {"enabled": True}},
            "messages.0.content.1.citations",
        ),
        ("messages", {"type": "container_upload", "file_id": "f"}, "messages.0.content.1.type"),
    ],
)
def test_what_a_message_shows_is_never_dropped_unsaid(api: str, part: Json, param: str):
    with pytest.raises(CallerRefusal) as caught:
        API[api].read(said_with(api, part))
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("api", "part", "read"),
    [
        (
            "chat_completions",
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO", "detail": "low"}},
            Image("image/png", "iVBO", detail="low"),
        ),
        ("responses", {"type": "input_image", "image_url": "https://a.test/b"}, Image(url="https://a.test/b")),
        ("responses", {"type": "input_file", "file_url": "https://a.test/b"}, Document(url="https://a.test/b")),
        (
            "chat_completions",
            {"type": "file", "file": {"file_data": "JVBE", "filename": "a.pdf"}},
            Document("application/pdf", "JVBE", name="a.pdf"),
        ),
        (
            "messages",
            {"type": "document", "source": {"type": "content", "content": "Words."}, "citations": {"enabled": False}},
            Document(text="Words."),
        ),
        (
            "messages",
            {"type": "search_result", "title": "A", "source": "s", "content": [{"type": "text", "text": "Words."}]},
            Document(text="Words.", name="A, s"),
        ),
    ],
)
def test_pictures_and_files_are_read_in_every_shape(api: str, part: Json, read: Image | Document):
    asked = API[api].read(said_with(api, part))
    assert asked.chat_request.messages[0].parts == (Text("?"), read)
    assert asked.left_out == ()


def test_what_a_model_did_by_itself_is_left_out_of_its_turn():
    block = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    unknown = {"type": "brand_new_block", "words": "?"}
    turn = {"role": "assistant", "content": [{"type": "text", "text": "I looked."}, block, unknown]}
    asked = API["messages"].read(LEAST["messages"] | {"messages": [*LEAST["messages"]["messages"], turn]})
    assert asked.chat_request.messages[1].parts == (Text("I looked."),)
    assert asked.left_out == ("messages.content.server_tool_use", "messages.content.brand_new_block")


@pytest.mark.parametrize(
    ("api", "choice"),
    [
        ("chat_completions", {"type": "function", "function": {"name": "search"}}),
        ("responses", {"type": "function", "name": "search"}),
        ("messages", {"type": "tool", "name": "search"}),
    ],
)
def test_a_choice_of_a_tool_that_is_not_there_is_refused(api: str, choice: Json):
    with pytest.raises(CallerRefusal) as caught:
        API[api].read(LEAST[api] | {"tools": OF_AN_API[api, "tools"], "tool_choice": choice})
    assert str(caught.value.param).startswith("tool_choice")


@pytest.mark.parametrize(
    ("api", "choice"),
    [
        (
            "chat_completions",
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "look"}}]},
            },
        ),
        (
            "responses",
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "look"}]},
        ),
    ],
)
def test_tools_that_are_not_allowed_are_not_sent(api: str, choice: Json):
    more = {"chat_completions": {"type": "function", "function": {"name": "hide"}}}
    tools = [*OF_AN_API[api, "tools"], more.get(api, {"type": "function", "name": "hide"})]
    asked = API[api].read(LEAST[api] | {"tools": tools, "tool_choice": choice})
    assert [tool.name for tool in asked.chat_request.tools] == ["look"]
    assert asked.chat_request.tool_choice == ToolChoice("required")
