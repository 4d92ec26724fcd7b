"""What a message of chat completions says, whole or a piece of one: words, thinking, the tools that it calls."""

import json
from collections.abc import Iterator, Mapping

from portal.dialects import reading
from portal.dialects.assembly import CallStream, collected
from portal.dialects.conversation import ChatDelta, ToolCall
from portal.dialects.plain_events import is_plain

THINKING = ("reasoning", "reasoning_content", "reasoning_text", "thinking")
"""What servers call the text of a model's thinking."""


def text_of(message: object) -> str:
    """Its words; a refusal's where it refuses."""
    return reading.words(reading.field(message, "content")) or reading.text(reading.field(message, "refusal"))


def thinking_of(message: object) -> str:
    """The text of its thinking, by whichever name the server calls it."""
    if is_plain(message):
        return ""
    return (
        next((words for name in THINKING if (words := reading.text(reading.field(message, name)))), "")
        or reading.words(reading.field(message, "content"), "thinking")
        or _details(reading.field(message, "reasoning_details"))
    )


def _details(details: object) -> str:
    """The words of OpenRouter's list of reasoning; what is encrypted in it is for the model alone."""
    if not isinstance(details, list):
        return ""
    return "".join(
        reading.text(reading.field(one, "summary")) or reading.text(reading.field(one, "text")) for one in details
    )


def calls_of(value: object, message: object) -> tuple[ToolCall, ...]:
    """The tools that a whole message calls."""
    deltas = deltas_called(CallStream(reading.name(reading.field(value, "id"))), message)
    return tuple(part for part in collected(deltas).parts if isinstance(part, ToolCall))


def deltas_called(calls: CallStream, message: object) -> Iterator[ChatDelta]:
    """What a message, or a piece of one, says of the tools that it calls; arguments may come as an object."""
    found = reading.field(message, "tool_calls")
    if not isinstance(found, list):
        old = reading.field(message, "function_call")
        found = [{"index": 0, "function": old}] if isinstance(old, Mapping) else []
    for one in found:
        custom = reading.field(one, "type") == "custom"
        function = reading.field(one, "custom" if custom else "function")
        arguments = reading.field(function, "input" if custom else "arguments")
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        index = reading.field(one, "index")
        yield calls.delta(
            index if isinstance(index, int) else None,
            reading.text(reading.field(one, "id")),
            reading.text(reading.field(function, "name")),
            reading.text(arguments),
            reading.text(reading.field(one, "extra_content", "google", "thought_signature")),
            custom,
        )


def calls_tool(message: object) -> bool:
    """Whether it calls any tool."""
    return not is_plain(message) and bool(
        reading.field(message, "tool_calls") or reading.field(message, "function_call")
    )
