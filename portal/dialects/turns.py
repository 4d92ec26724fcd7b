"""A conversation as providers with strict rules take it: turns that alternate; ids, arguments, tools in their form."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from portal.dialects import reading
from portal.dialects.conversation import (
    ChatRequest,
    Document,
    Message,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)

CUSTOM = "input"
"""The one argument of the function that stands for a tool of plain text."""

NO_ARGUMENTS: Mapping[str, Any] = {"type": "object", "properties": {}}

ONE_OBJECT = "Answer with one JSON object and nothing else."
"""What a model is told where its API knows no word for JSON without a schema."""


@dataclass(frozen=True)
class Turn:
    """What one side said until the other did. Blank texts are left out, and results stand before all else, as the
    calls that they answer were made before."""

    role: Literal["user", "assistant"]
    messages: tuple[Message, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        parts = [part for message in self.messages for part in joined(message.parts) if _says(part)]
        return tuple(sorted(parts, key=lambda part: not isinstance(part, ToolResult)))

    @property
    def plain(self) -> bool:
        """Whether it is words alone."""
        return all(isinstance(part, Text) for part in self.parts)


def joined(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The same parts, with texts that follow one another as one, and thoughts without proof as one."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, Text) and isinstance(last, Text):
            found[-1] = Text(last.text + part.text)
        elif (
            isinstance(part, Reasoning)
            and isinstance(last, Reasoning)
            and (last.signature, last.encrypted, last.id, part.encrypted) == ("", "", "", "")
        ):
            found[-1] = replace(part, text=last.text + part.text)
        else:
            found.append(part)
    return tuple(found)


def system_of(chat_request: ChatRequest) -> str:
    """All that is said before the conversation begins."""
    said = [chat_request.system]
    for message in chat_request.messages:
        if message.role != "system":
            break
        said.append(message.text)
    return "\n\n".join(text for text in said if text.strip()) if len(said) > 1 else chat_request.system


def conversation_of(chat_request: ChatRequest) -> tuple[Message, ...]:
    """What is said after that; what the system says in its midst is the user's, for who takes one system alone."""
    messages = list(chat_request.messages)
    while messages and messages[0].role == "system":
        messages.pop(0)
    return tuple(Message("user", message.parts) if message.role == "system" else message for message in messages)


def turns_of(chat_request: ChatRequest, takes: Callable[[Part], bool] = lambda part: True) -> list[Turn]:  # noqa: ARG005 - by default all of them
    """The conversation in turns that alternate, of the parts that are taken; messages that say nothing are none."""
    turns: list[Turn] = []
    for message in conversation_of(chat_request):
        message = Message(message.role, tuple(part for part in message.parts if takes(part)))
        if not any(map(_says, joined(message.parts))):
            continue
        role: Literal["user", "assistant"] = "assistant" if message.role == "assistant" else "user"
        if turns and turns[-1].role == role:
            turns[-1] = replace(turns[-1], messages=(*turns[-1].messages, message))
        else:
            turns.append(Turn(role, (message,)))
    return turns


def as_functions(chat_request: ChatRequest) -> ChatRequest:
    """The same with tools of plain text as functions of one text, for who has no others; `callers` turns it back."""
    parts = (part for message in chat_request.messages for part in message.parts)
    called = any(isinstance(part, ToolCall) and part.custom for part in parts)
    if not called and not any(tool.custom for tool in chat_request.tools):
        return chat_request
    messages = tuple(
        Message(message.role, tuple(_called(part) if isinstance(part, ToolCall) else part for part in message.parts))
        for message in chat_request.messages
    )
    return replace(chat_request, messages=messages, tools=tuple(map(_function, chat_request.tools)))


def tools_of(chat_request: ChatRequest) -> tuple[Tool, ...]:
    """Its tools; where it has none, those that the conversation calls, without which some take no such conversation."""
    names = {
        part.name: Tool(part.name)
        for message in chat_request.messages
        for part in message.parts
        if isinstance(part, ToolCall)
    }
    return chat_request.tools or tuple(names.values())


def choice_of(chat_request: ChatRequest) -> ToolChoice | None:
    """Its choice of tools; none at all of those that only the conversation names."""
    return chat_request.tool_choice if chat_request.tools else ToolChoice("none")


def id_of(call_id: str, longest: int = 64) -> str:
    """The same id where it is one that everybody takes; else one that follows from it, alike for call and result."""
    if re.fullmatch(r"[a-zA-Z0-9_-]+", call_id) and len(call_id) <= longest:
        return call_id
    return f"call_{_digest(call_id)}"[:longest]


def short_id(call_id: str, length: int) -> str:
    """An id of exactly so many letters and digits, for who takes no others."""
    fits = re.fullmatch(r"[a-zA-Z0-9]+", call_id) and len(call_id) == length
    return call_id if fits else _digest(call_id)[:length]


def made_id(*seeds: object) -> str:
    """An id for a call that came without one: the same for the same answer, and for no other."""
    return f"call_{_digest(json.dumps(seeds, default=str))}"


def object_of(arguments: str) -> dict[str, Any]:
    """Arguments as an object. What is none, as a model may have written it, stands in one: a conversation goes on."""
    if not arguments.strip():
        return {}
    value = reading.load(arguments)
    return value if isinstance(value, dict) else {CUSTOM: arguments}


def schema_of(tool: Tool) -> Mapping[str, Any]:
    return tool.schema or NO_ARGUMENTS


def closed(schema: Any) -> Any:
    """A schema whose objects take no further properties unless it says so, which is what some APIs want said."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {name: closed(value) for name, value in schema.items()}
    if found.get("type") == "object" and isinstance(found.get("properties"), Mapping):
        found.setdefault("additionalProperties", False)
    return found


def result_text(result: ToolResult) -> str:
    """The words of a tool's result."""
    return "\n".join(part.text for part in result.parts if isinstance(part, Text | Document) and part.text)


def _says(part: Part) -> bool:
    return not isinstance(part, Text) or bool(part.text.strip())


def _function(tool: Tool) -> Tool:
    if not tool.custom:
        return tool
    schema = {"type": "object", "properties": {CUSTOM: {"type": "string"}}, "required": [CUSTOM]}
    return Tool(tool.name, tool.description, schema)


def _called(call: ToolCall) -> ToolCall:
    if not call.custom:
        return call
    return replace(call, arguments=json.dumps({CUSTOM: call.arguments}, ensure_ascii=False), custom=False)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
