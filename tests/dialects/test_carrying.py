"""What a dialect cannot carry is left out or refused, by name; tools of plain text come back as they were."""

import json
from dataclasses import replace

import pytest

from portal.dialects import DIALECTS, responses
from portal.dialects.assembly import collected
from portal.dialects.base import UpstreamRequest
from portal.dialects.carrying import GAPS, NotCarried, check, custom_names, restored, restored_stream
from portal.dialects.conversation import (
    ChatDelta,
    ChatRequest,
    ChatResponse,
    Document,
    FinishReason,
    Image,
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolCallDelta,
    ToolChoice,
    ToolResult,
)
from portal.dialects.provider_types.table import TYPES
from tests.dialects.conversations.spoken import PATCH, PNG, WEATHER, everything
from tests.dialects.recordings import endpoint

HELLO = ChatRequest("m", (Message.of("user", "x"),))


def saying(*parts: object) -> ChatRequest:
    return ChatRequest("m", (Message("user", parts),))  # type: ignore[arg-type]


PICTURE, PAGE = Image(url="https://x.example/a.png"), Document(url="https://x.example/a.pdf")
FILE = Document("application/pdf", "JVBE")

REFUSED = [
    ("bedrock", saying(PICTURE), "image url"),
    ("bedrock", saying(ToolResult("c", (PICTURE,))), "image url"),
    ("bedrock", saying(PAGE), "document url"),
    ("openai", saying(PAGE), "document url"),
    ("openai", saying(FILE), "document"),
    ("demo", saying(FILE), "document"),
    ("responses", replace(HELLO, stop=("END",)), "stop"),
]


@pytest.mark.parametrize(("dialect", "request_", "name"), REFUSED)
def test_what_an_answer_would_be_wrong_without_is_refused(dialect, request_, name):
    with pytest.raises(NotCarried) as caught:
        check(dialect, request_)
    assert caught.value.names == (name,)
    assert caught.value.sentence.endswith(".")


CARRIED = [
    *(("openai", type, saying(FILE)) for type in ("openai", "azure", "openrouter", "vercel")),
    ("openai", "vllm", saying(Document(text="a"))),
    ("openai", "vllm", saying(Image("image/png", PNG, detail="high"), PICTURE)),
    ("openai", "deepseek", ChatRequest("m", (Message("assistant", (Reasoning("Hm."),)),))),
    ("anthropic", "", saying(PICTURE, PAGE, FILE)),
    ("gemini", "", saying(PICTURE, PAGE, FILE)),
    ("responses", "", saying(PICTURE, PAGE, FILE)),
    ("bedrock", "", saying(Image("image/png", PNG), FILE)),
    ("responses", "", replace(HELLO, tools=(PATCH, WEATHER), tool_choice=ToolChoice(parallel=False))),
]


@pytest.mark.parametrize(("dialect", "type", "request_"), CARRIED)
def test_what_is_carried_is_named_nowhere(dialect, type, request_):
    assert check(dialect, request_, type) == (request_, ())


LEFT_OUT = [
    ("openai", saying(ToolResult("c", (), failed=True)), ("is_error",)),
    ("openai", replace(HELLO, tools=(PATCH,)), ("custom tool format",)),
    ("openai", ChatRequest("m", (Message("assistant", (Reasoning("Hm."),)),)), ("reasoning",)),
    ("anthropic", ChatRequest("m", (Message("assistant", (Reasoning("Hm."),)),)), ("reasoning without signature",)),
    ("anthropic", saying(Image("image/png", PNG, detail="low")), ("image detail",)),
    ("anthropic", saying(Image("image/png", PNG, detail="auto")), ()),
    (
        "gemini",
        replace(HELLO, tools=(WEATHER,), tool_choice=ToolChoice(parallel=True)),
        ("strict", "parallel_tool_calls"),
    ),
    (
        "bedrock",
        ChatRequest(
            "m", (Message("assistant", (ToolCall("c", "weather"),)),), tools=(WEATHER,), tool_choice=ToolChoice("none")
        ),
        ("tool_choice",),
    ),
]


@pytest.mark.parametrize(("dialect", "request_", "names"), LEFT_OUT)
def test_what_only_helps_is_left_out_and_named(dialect, request_, names):
    assert check(dialect, request_)[1] == names


def test_an_option_that_an_api_does_not_know_is_taken_out():
    request = replace(HELLO, options={"top_k": 4, "temperature": 0.5, "presence_penalty": None})
    assert check("responses", request) == (
        replace(HELLO, options={"temperature": 0.5, "presence_penalty": None}),
        ("top_k",),
    )


def test_every_dialect_says_what_it_cannot_carry():
    assert set(GAPS) == {*DIALECTS, responses.name}


@pytest.mark.parametrize("type", sorted(TYPES))
def test_a_conversation_with_everything_is_written_by_every_type(type):
    there = endpoint(type)
    request, _ = check(there.type.dialect, _without_files(everything("claude-opus-5-5")), type)
    sent = DIALECTS[there.type.dialect].chat(there, request, stream=True)
    assert isinstance(sent, UpstreamRequest)
    assert "4 degrees" in (sent.body or b"").decode()


def _without_files(request: ChatRequest) -> ChatRequest:
    first, *rest = request.messages
    kept = Message("user", tuple(part for part in first.parts if not isinstance(part, Document)))
    return replace(request, messages=(kept, *rest))


NAMES = custom_names(replace(HELLO, tools=(PATCH, WEATHER)))
TEXT = '*** "a"\n'
WRITTEN = json.dumps({"input": TEXT})


def test_a_call_of_a_tool_of_plain_text_has_its_text_again():
    answer = ChatResponse((Text("x"), ToolCall("a", "patch", WRITTEN), ToolCall("b", "weather", WRITTEN)), "m")
    assert restored(answer, NAMES).parts == (
        Text("x"),
        ToolCall("a", "patch", TEXT, custom=True),
        ToolCall("b", "weather", WRITTEN),
    )


@pytest.mark.parametrize("wrong", ["*** a", '{"patch": "a"}', '["a"]', "", '{"input": 3}'])
def test_what_a_model_wrote_otherwise_is_the_text(wrong):
    answer = ChatResponse((ToolCall("a", "patch", wrong),), "m")
    assert restored(answer, NAMES).parts == (ToolCall("a", "patch", wrong, custom=True),)


@pytest.mark.parametrize("size", [1, 5, 100])
def test_it_has_it_while_it_arrives(size):
    def call(index: int, id: str, name: str) -> list[ChatDelta]:
        pieces = [WRITTEN[at : at + size] for at in range(0, len(WRITTEN), size)]
        first = ChatDelta(call=ToolCallDelta(index, id, name))
        return [first, *(ChatDelta(call=ToolCallDelta(index, arguments=piece)) for piece in pieces)]

    deltas = [
        ChatDelta("x"),
        *call(0, "a", "patch"),
        *call(1, "b", "weather"),
        *call(2, "c", "patch"),
        *call(3, "d", "patch"),
        ChatDelta(finish_reason=FinishReason.TOOL),
    ]
    streamed = list(restored_stream(deltas, NAMES))
    assert collected(streamed) == restored(collected(deltas), NAMES)
    assert streamed[-1] == ChatDelta(finish_reason=FinishReason.TOOL)
    assert list(restored_stream(deltas, frozenset())) == deltas


def test_a_stream_that_ends_within_such_a_call_gives_what_there_was():
    deltas = [ChatDelta(call=ToolCallDelta(0, "a", "patch", "half"))]
    assert collected(restored_stream(deltas, NAMES)).parts == (ToolCall("a", "patch", "half", custom=True),)
