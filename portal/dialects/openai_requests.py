"""What is asked in OpenAI's chat completions."""

from collections.abc import Mapping
from typing import Any

from portal.dialects import thought_details
from portal.dialects.base import Endpoint
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
from portal.dialects.turns import (
    as_functions,
    conversation_of,
    id_of,
    result_text,
    schema_of,
    short_id,
    system_of,
    tools_of,
)

LONGEST_ID = 40

PASSED: tuple[str, ...] = ("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty")
"""Options that are sent under their own names. `parallel_tool_calls` is not among them: without tools it is refused."""


def body_of(endpoint: Endpoint, chat_request: ChatRequest, *, stream: bool) -> dict[str, Any]:
    """The body of a chat, without what only a stream is asked for."""
    chat_request = as_functions(chat_request)
    body: dict[str, Any] = {"model": chat_request.wire_name, "messages": _messages(endpoint, chat_request)}
    body |= _limit(endpoint, chat_request.options) | _reasoning(endpoint, chat_request.options)
    body |= {name: chat_request.options[name] for name in PASSED if chat_request.options.get(name) is not None}
    if chat_request.stop:
        body["stop"] = list(chat_request.stop)
    if tools := tools_of(chat_request):
        body["tools"] = [{"type": "function", "function": function_of(tool)} for tool in tools]
    if chat_request.tools and (choice := chat_request.tool_choice):
        body |= _choice_of(choice)
    if chat_request.response_format:
        body["response_format"] = _format(chat_request.response_format)
    body["stream"] = stream
    return body


def function_of(tool: Tool) -> dict[str, Any]:
    """A tool as both of OpenAI's APIs describe it."""
    found: dict[str, Any] = {"name": tool.name, "description": tool.description, "parameters": schema_of(tool)}
    if tool.strict is not None:
        found["strict"] = tool.strict
    return {name: value for name, value in found.items() if value != ""}


def schema_in(wanted: ResponseFormat) -> dict[str, Any]:
    """A format's schema and what is said of it, as both of OpenAI's APIs take it."""
    found = {
        "name": wanted.name or "answer",
        "description": wanted.description or None,
        "schema": wanted.schema,
        "strict": wanted.strict,
    }
    return {name: value for name, value in found.items() if value is not None}


def data_url(media_type: str, data: str) -> str:
    return f"data:{media_type};base64,{data}"


def _format(wanted: ResponseFormat) -> dict[str, Any]:
    if wanted.schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": schema_in(wanted)}


def _choice_of(choice: ToolChoice) -> dict[str, Any]:
    named = {"type": "function", "function": {"name": choice.name}}
    fields: dict[str, Any] = {"tool_choice": named if choice.mode == "named" else choice.mode}
    if choice.parallel is not None:
        fields["parallel_tool_calls"] = choice.parallel
    return fields


def _messages(endpoint: Endpoint, chat_request: ChatRequest) -> list[dict[str, Any]]:
    """The conversation, every message on its own; where only one system is taken, what it says later is the user's."""
    anywhere = endpoint.type.system_anywhere
    system = chat_request.system if anywhere else system_of(chat_request)
    found: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for message in chat_request.messages if anywhere else conversation_of(chat_request):
        if message.role == "assistant":
            found.append(_said(endpoint, chat_request, message))
        else:
            found += _asked(endpoint, message)
    return found if anywhere else _one_after_another(found, chat_request)


def _one_after_another(messages: list[dict[str, Any]], chat_request: ChatRequest) -> list[dict[str, Any]]:
    """The same, with what the system said in the midst in one message with what the user says beside it."""
    if not any(message.role == "system" for message in chat_request.messages):
        return messages
    found: list[dict[str, Any]] = []
    for message in messages:
        if found and found[-1]["role"] == message["role"] == "user":
            one, two = found[-1]["content"], message["content"]
            if isinstance(one, str) and isinstance(two, str):
                found[-1]["content"] = f"{one}\n\n{two}"
            else:
                found[-1]["content"] = [*_as_parts(one), *_as_parts(two)]
        else:
            found.append(message)
    return found


def _as_parts(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _said(endpoint: Endpoint, chat_request: ChatRequest, message: Message) -> dict[str, Any]:
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    found: dict[str, Any] = {"role": "assistant", "content": message.text or None if calls else message.text}
    thoughts = "".join(part.text for part in message.parts if isinstance(part, Reasoning))
    if endpoint.type.thoughts_in_parts and (details := thought_details.of_message(message)):
        found[thought_details.FIELD] = details
    elif thoughts and endpoint.type.thoughts_field:
        found[endpoint.type.thoughts_field] = thoughts
    if calls:
        googles = "googleapis" in endpoint.base_url or "gemini" in chat_request.wire_name.lower()
        found["tool_calls"] = [_call(endpoint, call, signed=googles) for call in calls]
    return found


def _call(endpoint: Endpoint, call: ToolCall, *, signed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": _id(endpoint, call.id),
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments or "{}"},
    }
    if call.signature and signed:
        found["extra_content"] = {"google": {"thought_signature": call.signature}}
    return found


def _asked(endpoint: Endpoint, message: Message) -> list[dict[str, Any]]:
    """A message of the user's or the system's: results of tools one by one, then the rest and what they show."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    found: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": _id(endpoint, result.call_id), "content": result_text(result)}
        for result in results
    ]
    shown = [part for result in results for part in result.parts if not isinstance(part, Text)]
    rest: list[Part] = [*shown, *(part for part in message.parts if not isinstance(part, ToolResult))]
    if all(isinstance(part, Text) for part in rest):
        return [*found, {"role": message.role, "content": message.text}] if rest or not results else found
    return [*found, {"role": message.role, "content": [block for part in rest if (block := _block(part))]}]


def _block(part: Part) -> dict[str, Any] | None:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        url = {"url": part.url or data_url(part.media_type, part.data)}
        return {"type": "image_url", "image_url": url | ({"detail": part.detail} if part.detail else {})}
    if isinstance(part, Document):
        if part.text:
            return {"type": "text", "text": part.text}
        file = {"filename": part.name or "document", "file_data": data_url(part.media_type, part.data)}
        return {"type": "file", "file": file}
    return None


def _id(endpoint: Endpoint, call_id: str) -> str:
    length = endpoint.type.call_id_length
    return short_id(call_id, length) if length else id_of(call_id, LONGEST_ID)


def _limit(endpoint: Endpoint, options: Mapping[str, object]) -> dict[str, object]:
    """The one field that limits the answer's length: two of them are refused."""
    for option, field in (
        ("max_completion_tokens", "max_completion_tokens"),
        ("max_output_tokens", endpoint.type.token_cap),
    ):
        if options.get(option) is not None:
            return {field: options[option]}
    return {}


def _reasoning(endpoint: Endpoint, options: Mapping[str, object]) -> dict[str, object]:
    """Whether and how hard to think, in the shape that the type wants."""
    enabled, effort = options.get("reasoning_enabled"), options.get("reasoning_effort")
    if not endpoint.type.reasoning_object:
        return {} if effort is None else {"reasoning_effort": effort}
    wanted: dict[str, object] = {}
    if enabled is not None or effort not in (None, "none"):
        wanted["enabled"] = enabled is not False
    if effort is not None and enabled is not False:
        wanted["effort"] = effort
    return {"reasoning": wanted} if wanted else {}
