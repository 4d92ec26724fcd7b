"""What a dialect cannot carry is left out or refused, by name."""

from dataclasses import replace

import pytest

from portal.dialects import DIALECTS, responses
from portal.dialects.base import UpstreamRequest
from portal.dialects.carrying import GAPS, NotCarried, check
from portal.dialects.conversation import (
    ChatRequest,
    Document,
    Image,
    Message,
    Reasoning,
    ToolCall,
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
