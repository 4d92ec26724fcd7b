"""What is asked of Claude, as Anthropic's messages take it."""

from dataclasses import replace
from typing import Any

from portal.dialects.conversation import ChatRequest, Document, Image, Part, Reasoning, Text, ToolCall, ToolResult
from portal.dialects.turns import (
    ONE_OBJECT,
    Turn,
    as_functions,
    choice_of,
    closed,
    id_of,
    object_of,
    schema_of,
    system_of,
    tools_of,
    turns_of,
)
from portal.domain.families import family_of

USUAL_LIMIT = 4_096
"""Tokens asked for when neither the model's options nor its family say how long an answer may be: some limit is due."""

AMPLE = 32_000
"""Tokens asked for when the family could give more: long enough for every answer, short enough to end."""

MOST = 128_000
"""The longest answer that any Claude gives."""

LEAST_BUDGET = 1_024
LEAST_TOP_P = 0.95
"""What thinking needs: tokens, and nearly every word to choose from."""

SAMPLING = ("temperature", "top_p", "top_k")

NO_SAMPLING_SINCE = "2026-10-21"
"""The API version from which `temperature` and `top_p` are refused for every model."""

CHOICES = {"auto": "auto", "none": "none", "required": "any", "named": "tool"}


def body_of(chat_request: ChatRequest, version: str, *, stream: bool) -> dict[str, Any]:
    """The body of a chat as Anthropic's API takes it, also on another host; `version` is the API's date."""
    chat_request = unforced(as_functions(chat_request))
    body: dict[str, Any] = {
        "model": chat_request.wire_name,
        "max_tokens": longest(chat_request),
        "messages": [_turn(turn) for turn in turns_of(chat_request, taken)],
    }
    if system := told(chat_request):
        body["system"] = system
    if version < NO_SAMPLING_SINCE:
        body |= sampling(chat_request)
    body |= thinking(chat_request)
    if stops := stops_of(chat_request):
        body["stop_sequences"] = stops
    body |= _tools(chat_request)
    if (wanted := chat_request.response_format) and wanted.schema is not None:
        format_ = {"type": "json_schema", "schema": closed(wanted.schema)}
        body["output_config"] = {**body.get("output_config", {}), "format": format_}
    body["stream"] = stream
    return body


def told(chat_request: ChatRequest) -> str:
    """The system's words, with what its API knows no field for."""
    system = system_of(chat_request)
    if chat_request.response_format and chat_request.response_format.schema is None:
        return f"{system}\n\n{ONE_OBJECT}" if system.strip() else ONE_OBJECT
    return system


def stops_of(chat_request: ChatRequest) -> list[str]:
    """The stop sequences; blank ones are refused."""
    return [stop for stop in chat_request.stop if stop.strip()]


def taken(part: Part) -> bool:
    """Thoughts without their proof are refused, and say nothing that the model needs."""
    return not isinstance(part, Reasoning) or bool(part.signature or part.encrypted)


def unforced(chat_request: ChatRequest) -> ChatRequest:
    """The same without a budget for thinking where that is refused: where a tool has to be called, and where a call is
    answered before which nothing that was thought is at hand."""
    if chat_request.options.get("thinking_budget") is None:
        return chat_request
    forced = chat_request.tool_choice is not None and chat_request.tool_choice.mode in ("required", "named")
    turns = turns_of(chat_request, taken)
    said = turns[-2].parts if len(turns) > 1 and turns[-1].role == "user" else ()
    answers = bool(turns) and any(isinstance(part, ToolResult) for part in turns[-1].parts)
    if not forced and not (answers and not any(isinstance(part, Reasoning) for part in said)):
        return chat_request
    return replace(chat_request, options={**chat_request.options, "thinking_budget": None})


def _tools(chat_request: ChatRequest) -> dict[str, Any]:
    tools = tools_of(chat_request)
    if not tools:
        return {}
    described: list[dict[str, Any]] = []
    for tool in tools:
        one: dict[str, Any] = {"name": tool.name, "input_schema": schema_of(tool)}
        if tool.description:
            one["description"] = tool.description
        if tool.strict:
            one["strict"] = True
        described.append(one)
    found: dict[str, Any] = {"tools": described}
    if choice := choice_of(chat_request):
        wanted: dict[str, Any] = {"type": CHOICES[choice.mode]}
        if choice.mode == "named":
            wanted["name"] = choice.name
        if choice.parallel is not None and choice.mode != "none":
            wanted["disable_parallel_tool_use"] = not choice.parallel
        found["tool_choice"] = wanted
    return found


def _turn(turn: Turn) -> dict[str, Any]:
    """A turn; one of words alone is one text, as the API would make of it anyway."""
    if turn.plain:
        return {"role": turn.role, "content": "\n\n".join(message.text for message in turn.messages)}
    return {"role": turn.role, "content": [_block(part) for part in turn.parts]}


def _block(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        return {"type": "image", "source": _source(part)}
    if isinstance(part, Document):
        text = {"type": "text", "media_type": "text/plain", "data": part.text}
        block: dict[str, Any] = {"type": "document", "source": text if part.text else _source(part)}
        return block | ({"title": part.name} if part.name else {})
    if isinstance(part, ToolCall):
        return {"type": "tool_use", "id": id_of(part.id), "name": part.name, "input": object_of(part.arguments)}
    if isinstance(part, ToolResult):
        content = [_block(inner) for inner in part.parts if not isinstance(inner, Text) or inner.text.strip()]
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": id_of(part.call_id), "content": content}
        return result | ({"is_error": True} if part.failed else {})
    if part.encrypted:
        return {"type": "redacted_thinking", "data": part.encrypted}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _source(part: Image | Document) -> dict[str, str]:
    if part.url:
        return {"type": "url", "url": part.url}
    return {"type": "base64", "media_type": part.media_type, "data": part.data}


def longest(chat_request: ChatRequest) -> int:
    """How many tokens to allow, thinking included: what the model's options say, else enough for both."""
    chosen = chat_request.options.get("max_output_tokens")
    if isinstance(chosen, int):
        return chosen
    most = family_of(chat_request.wire_name).output
    usual = min(most or USUAL_LIMIT, AMPLE)
    budget = chat_request.options.get("thinking_budget")
    return min(max(usual, budget + USUAL_LIMIT), most or MOST) if isinstance(budget, int) else usual


def thinking(chat_request: ChatRequest) -> dict[str, Any]:
    """The fields that say how much Claude thinks, as its family takes them."""
    family = family_of(chat_request.wire_name)
    fields: dict[str, Any] = {}
    budget, effort = chat_request.options.get("thinking_budget"), chat_request.options.get("effort")
    if isinstance(budget, int) and family.thinks == "adaptive":
        fields["thinking"] = {"type": "adaptive", "display": "summarized"}
    elif isinstance(budget, int) and family.thinks == "budget":
        # It has to fit below the limit of the whole answer, and there is a least one.
        budget = min(budget, longest(chat_request) - 1)
        if budget >= LEAST_BUDGET:
            fields["thinking"] = {"type": "enabled", "budget_tokens": budget}
    if effort is not None and family.efforts != ():
        fields["output_config"] = {"effort": effort}
    return fields


def sampling(chat_request: ChatRequest) -> dict[str, Any]:
    """The options that choose words, those left out that this model refuses, or refuses while it thinks.

    A form refuses them on save; a row that was saved before may still hold them.
    """
    if not family_of(chat_request.wire_name).samples:
        return {}
    found = {name: value for name in SAMPLING if (value := chat_request.options.get(name)) is not None}
    if "thinking" in thinking(chat_request):
        top_p = found.get("top_p")
        return {"top_p": top_p} if isinstance(top_p, int | float) and top_p >= LEAST_TOP_P else {}
    return found
