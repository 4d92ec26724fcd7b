"""What a client sends: conversations written as requests, by a writer of the tests' own for each API."""

import json
from typing import Any

from portal.dialects.conversation import (
    ChatRequest,
    Document,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
)

Json = dict[str, Any]


def uri(part: Image | Document) -> str:
    return part.url or f"data:{part.media_type};base64,{part.data}"


def given(**fields: Any) -> Json:
    """The fields that hold something; 0 and False do."""
    return {name: value for name, value in fields.items() if value not in (None, "", (), [], {})}


def chat_completions(request: ChatRequest) -> Json:
    messages = [{"role": "system", "content": request.system}] if request.system else []
    for message in request.messages:
        messages += _chat_messages(message)
    options = dict(request.options)
    return (
        {"model": "m", "messages": messages, "max_tokens": options.pop("max_output_tokens")}
        | given(
            **options,
            tools=[_chat_tool(tool) for tool in request.tools],
            tool_choice=_chat_choice(request),
            response_format=_format(request, nested=True),
            stop=list(request.stop),
        )
        | parallel(request.tool_choice)
    )


def parallel(choice: ToolChoice | None) -> Json:
    return {} if choice is None or choice.parallel is None else {"parallel_tool_calls": choice.parallel}


def _chat_messages(message: Message) -> list[Json]:
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    if results:
        return [{"role": "tool", "tool_call_id": one.call_id, "content": _chat_content(one.parts)} for one in results]
    said = [part for part in message.parts if isinstance(part, Text | Image | Document)]
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    thought = "".join(part.text for part in message.parts if isinstance(part, Reasoning))
    return [
        {"role": message.role, "content": _chat_content(tuple(said)) if said else None}
        | given(reasoning_content=thought, tool_calls=[_chat_call(call) for call in calls])
    ]


def _chat_call(call: ToolCall) -> Json:
    if call.custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _chat_content(parts: tuple[Part, ...]) -> Any:
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    written: list[Json] = []
    for part in parts:
        match part:
            case Text(text):
                written.append({"type": "text", "text": text})
            case Image():
                written.append({"type": "image_url", "image_url": {"url": uri(part)}})
            case Document(name=name):
                written.append({"type": "file", "file": {"file_data": uri(part), "filename": name}})
            case _:
                raise AssertionError
    return written


def _chat_tool(tool: Any) -> Json:
    if tool.custom:
        inner = {"name": tool.name, "description": tool.description} | given(format=tool.grammar)
        return {"type": "custom", "custom": inner}
    inner = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": inner | ({} if tool.strict is None else {"strict": tool.strict})}


def _chat_choice(request: ChatRequest) -> Any:
    choice = request.tool_choice
    if choice is None or choice.mode != "named":
        return choice and choice.mode
    kind = "custom" if next(tool for tool in request.tools if tool.name == choice.name).custom else "function"
    return {"type": kind, kind: {"name": choice.name}}


def _format(request: ChatRequest, *, nested: bool) -> Any:
    wanted = request.response_format
    if wanted is None:
        return None
    if wanted.schema is None:
        return {"type": "json_object"}
    inner = {"name": wanted.name, "description": wanted.description, "schema": wanted.schema}
    inner |= {} if wanted.strict is None else {"strict": wanted.strict}
    return {"type": "json_schema", "json_schema": inner} if nested else {"type": "json_schema"} | inner


def responses(request: ChatRequest) -> Json:
    options = dict(request.options)
    effort = options.pop("reasoning_effort", None)
    summary = "auto" if options.pop("include_thoughts", None) else None
    wanted = _format(request, nested=False)
    items = [item for message in request.messages for item in _items(message)]
    return (
        {"model": "m", "input": items}
        | given(
            **options,
            instructions=request.system,
            reasoning=given(effort=effort, summary=summary),
            tools=[_flat_tool(tool) for tool in request.tools],
            tool_choice=_flat_choice(request),
            text=given(format=wanted),
        )
        | parallel(request.tool_choice)
    )


def _items(message: Message) -> list[Json]:
    if message.role != "assistant" and not isinstance(message.parts[0], ToolResult):
        return [{"type": "message", "role": message.role, "content": [_item_part(part) for part in message.parts]}]
    items: list[Json] = []
    for part in message.parts:
        match part:
            case ToolResult(call_id, parts):
                output = [_item_part(one) for one in parts]
                items.append({"type": "function_call_output", "call_id": call_id, "output": output})
            case ToolCall(call_id, name, arguments, custom=True):
                items.append({"type": "custom_tool_call", "call_id": call_id, "name": name, "input": arguments})
            case ToolCall(call_id, name, arguments):
                items.append({"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments})
            case Reasoning(text):
                items.append({"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]})
            case Text(text):
                content = [{"type": "output_text", "text": text, "annotations": []}]
                items.append({"type": "message", "role": "assistant", "content": content, "status": "completed"})
            case _:
                raise AssertionError
    return items


def _item_part(part: Part) -> Json:
    match part:
        case Text(text):
            return {"type": "input_text", "text": text}
        case Image():
            return {"type": "input_image", "image_url": uri(part)}
        case Document(name=name):
            return {"type": "input_file", "file_data": uri(part), "filename": name}
        case _:
            raise AssertionError


def _flat_tool(tool: Any) -> Json:
    found = _chat_tool(tool)
    return {"type": found["type"]} | found[found["type"]]


def _flat_choice(request: ChatRequest) -> Any:
    choice = _chat_choice(request)
    return {"type": choice["type"]} | choice[choice["type"]] if isinstance(choice, dict) else choice


def messages(request: ChatRequest) -> Json:
    options = dict(request.options)
    wanted, choice = request.response_format, request.tool_choice
    config = given(effort=options.pop("reasoning_effort", None))
    if wanted is not None:
        config["format"] = {"type": "json_schema", "schema": wanted.schema}
    tool_choice = None
    if choice is not None:
        mode = {"auto": "auto", "none": "none", "required": "any", "named": "tool"}[choice.mode]
        tool_choice = {"type": mode} | given(name=choice.name)
        tool_choice |= {} if choice.parallel is None else {"disable_parallel_tool_use": not choice.parallel}
    spoken = [{"role": one.role, "content": [_block(part) for part in one.parts]} for one in request.messages]
    return {"model": "m", "max_tokens": options.pop("max_output_tokens"), "messages": spoken} | given(
        **options,
        system=[{"type": "text", "text": request.system}] if request.system else None,
        tools=[_tool_block(tool) for tool in request.tools],
        tool_choice=tool_choice,
        output_config=config,
        stop_sequences=list(request.stop),
    )


def _tool_block(tool: Any) -> Json:
    block = {"name": tool.name, "description": tool.description, "input_schema": tool.schema}
    return block | ({} if tool.strict is None else {"strict": tool.strict})


def _block(part: Part) -> Json:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image(url=url) if url:
            return {"type": "image", "source": {"type": "url", "url": url}}
        case Image(media_type, data):
            return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
        case Document(media_type, data, name=name):
            source = {"type": "base64", "media_type": media_type, "data": data}
            return {"type": "document", "source": source, "title": name}
        case Reasoning(text, signature):
            return {"type": "thinking", "thinking": text, "signature": signature}
        case ToolCall(call_id, name, arguments):
            return {"type": "tool_use", "id": call_id, "name": name, "input": json.loads(arguments)}
        case ToolResult(call_id, parts, failed):
            content = [_block(one) for one in parts]
            return {"type": "tool_result", "tool_use_id": call_id, "content": content, "is_error": failed}
        case _:
            raise AssertionError


WRITERS = {"chat_completions": chat_completions, "responses": responses, "messages": messages}
