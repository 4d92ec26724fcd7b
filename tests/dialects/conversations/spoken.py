"""One conversation with everything in it, and recordings of answers that call tools."""

import json
from typing import Any

from portal.dialects.base import UpstreamRequest
from portal.dialects.conversation import (
    ChatRequest,
    Document,
    Image,
    Message,
    Reasoning,
    ResponseFormat,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("weather", "The weather in a city.", SCHEMA, strict=True)
PATCH = Tool("patch", "Changes files.", custom=True, grammar={"type": "grammar", "syntax": "lark", "definition": "a"})
ANSWER = {"type": "object", "properties": {"warm": {"type": "boolean"}}, "required": ["warm"]}
PNG = "iVBORw0KGgo="


def everything(wire_name: str = "some-model", **options: object) -> ChatRequest:
    """Two calls at once, one of which fails and one of which shows a picture; the system speaks in the midst."""
    return ChatRequest(
        wire_name,
        (
            Message(
                "user",
                (Text("What is this?"), Image("image/png", PNG), Document("application/pdf", "JVBE", name="a.pdf")),
            ),
            Message.of("system", "Be kind."),
            Message(
                "assistant",
                (
                    Reasoning("Two cities.", signature="c2ln"),
                    Text("Let me look."),
                    ToolCall("call_1", "weather", '{"city":"Oslo"}'),
                    ToolCall("call:2", "weather", '{"city":"Rome"}'),
                ),
            ),
            Message(
                "user",
                (
                    Text("Quickly."),
                    ToolResult("call_1", (Text("4 degrees"), Image("image/png", PNG))),
                    ToolResult("call:2", (Text("no such city"),), failed=True),
                ),
            ),
        ),
        system="Be brief.",
        options=options,
        tools=(WEATHER,),
        tool_choice=ToolChoice("named", "weather", parallel=False),
        response_format=ResponseFormat(ANSWER, "answer", strict=True),
        stop=("END",),
    )


def body(request: UpstreamRequest) -> dict[str, Any]:
    return json.loads(request.body or b"{}")
