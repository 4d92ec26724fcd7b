"""What is asked in OpenAI's responses."""

from collections.abc import Iterator, Mapping
from typing import Any

from portal.dialects.conversation import (
    ChatRequest,
    Document,
    Image,
    Message,
    Part,
    Reasoning,
    ResponseFormat,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from portal.dialects.openai_requests import data_url, function_of, schema_in
from portal.dialects.turns import id_of, result_text, tools_of
from portal.domain.families import family_of

LEAST = 16
"""The fewest tokens that an answer may be limited to."""

SAMPLING = ("temperature", "top_p")

ENCRYPTED = "reasoning.encrypted_content"
"""What has to be asked for where nothing is stored, so that thoughts can be handed back."""


def body_of(chat_request: ChatRequest, *, stream: bool) -> dict[str, Any]:
    """The body of a chat. Nothing of it is stored at the provider."""
    options = chat_request.options
    body: dict[str, Any] = {"model": chat_request.wire_name, "input": list(_items(chat_request)), "store": False}
    if chat_request.system:
        body["instructions"] = chat_request.system
    limit = options.get("max_completion_tokens") or options.get("max_output_tokens")
    if isinstance(limit, int):
        body["max_output_tokens"] = max(limit, LEAST)
    if (effort := options.get("reasoning_effort")) is not None:
        body["reasoning"] = {"effort": effort}
    if family_of(chat_request.wire_name).reasons:
        body["include"] = [ENCRYPTED]
    body |= {name: options[name] for name in SAMPLING if options.get(name) is not None}
    if tools := tools_of(chat_request):
        body["tools"] = [_tool(tool) for tool in tools]
    if chat_request.tools and (choice := chat_request.tool_choice):
        body |= _choice(choice, chat_request.tools)
    text: dict[str, Any] = {}
    if chat_request.response_format:
        text["format"] = _format(chat_request.response_format)
    if (verbosity := options.get("verbosity")) is not None:
        text["verbosity"] = verbosity
    if text:
        body["text"] = text
    body["stream"] = stream
    return body


def _items(chat_request: ChatRequest) -> Iterator[dict[str, Any]]:
    """The conversation as items: every call, every result and every thought is one of its own."""
    custom = {
        part.id
        for message in chat_request.messages
        for part in message.parts
        if isinstance(part, ToolCall) and part.custom
    }
    for message in chat_request.messages:
        spoken: list[Part] = []
        for part in sorted(message.parts, key=lambda part: not isinstance(part, ToolResult)):
            if not isinstance(part, ToolCall | ToolResult | Reasoning):
                spoken.append(part)
                continue
            if isinstance(part, Reasoning) and not part.encrypted:
                continue
            yield from _message(message, spoken)
            spoken = []
            yield _item(part, custom)
        yield from _message(message, spoken)


def _message(message: Message, parts: list[Part]) -> Iterator[dict[str, Any]]:
    if not any(not isinstance(part, Text) or part.text for part in parts):
        return
    content = [_content(part, "output_text" if message.role == "assistant" else "input_text") for part in parts]
    yield {"type": "message", "role": message.role, "content": content}


def _item(part: ToolCall | ToolResult | Reasoning, custom: set[str]) -> dict[str, Any]:
    if isinstance(part, Reasoning):
        summary = [{"type": "summary_text", "text": part.text}] if part.text else []
        item = {"type": "reasoning", "summary": summary, "encrypted_content": part.encrypted}
        return item | ({"id": part.id} if part.id else {})
    if isinstance(part, ToolCall):
        called = {"call_id": id_of(part.id), "name": part.name}
        if part.custom:
            return {"type": "custom_tool_call", **called, "input": part.arguments}
        return {"type": "function_call", **called, "arguments": part.arguments or "{}"}
    output: Any = result_text(part)
    if any(not isinstance(inner, Text) for inner in part.parts):
        output = [_content(inner, "input_text") for inner in part.parts]
    kind = "custom_tool_call_output" if part.call_id in custom else "function_call_output"
    return {"type": kind, "call_id": id_of(part.call_id), "output": output}


def _content(part: Part, kind: str) -> dict[str, Any]:
    if isinstance(part, Image):
        image = {"type": "input_image", "image_url": part.url or data_url(part.media_type, part.data)}
        return image | ({"detail": part.detail} if part.detail else {})
    if isinstance(part, Document) and part.url:
        return {"type": "input_file", "file_url": part.url}
    if isinstance(part, Document) and not part.text:
        data = data_url(part.media_type, part.data)
        return {"type": "input_file", "filename": part.name or "document", "file_data": data}
    return {"type": kind, "text": part.text if isinstance(part, Text | Document) else ""}


def _tool(tool: Tool) -> dict[str, Any]:
    """A tool. Functions are strict there unless it is said that they are not."""
    if not tool.custom:
        return {"type": "function", **function_of(tool), "strict": bool(tool.strict)}
    found: dict[str, Any] = {"type": "custom", "name": tool.name}
    if tool.description:
        found["description"] = tool.description
    if tool.grammar:
        found["format"] = _grammar(tool.grammar)
    return found


def _grammar(grammar: Mapping[str, Any]) -> Mapping[str, Any]:
    """A format as this API spells it: chat completions keep syntax and definition one level deeper."""
    inner = grammar.get("grammar")
    return {"type": "grammar", **inner} if isinstance(inner, Mapping) else grammar


def _choice(choice: ToolChoice, tools: tuple[Tool, ...]) -> dict[str, Any]:
    fields: dict[str, Any] = {"tool_choice": choice.mode}
    if choice.mode == "named":
        custom = any(tool.custom and tool.name == choice.name for tool in tools)
        fields["tool_choice"] = {"type": "custom" if custom else "function", "name": choice.name}
    if choice.parallel is not None:
        fields["parallel_tool_calls"] = choice.parallel
    return fields


def _format(wanted: ResponseFormat) -> dict[str, Any]:
    return {"type": "json_object"} if wanted.schema is None else {"type": "json_schema", **schema_in(wanted)}
