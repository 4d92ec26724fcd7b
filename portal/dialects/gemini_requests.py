"""What is asked of Gemini, wherever it is asked."""

import mimetypes
import re
from collections.abc import Mapping
from typing import Any

from portal.dialects.conversation import (
    ChatRequest,
    Document,
    Image,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from portal.dialects.turns import (
    as_functions,
    choice_of,
    object_of,
    result_text,
    schema_of,
    system_of,
    tools_of,
    turns_of,
)
from portal.domain.combinations import levels_of
from portal.domain.families import family_of

GENERATION: tuple[tuple[str, str], ...] = (
    ("max_output_tokens", "maxOutputTokens"),
    ("temperature", "temperature"),
    ("top_p", "topP"),
    ("top_k", "topK"),
    ("presence_penalty", "presencePenalty"),
    ("frequency_penalty", "frequencyPenalty"),
)
"""Options and the fields of `generationConfig` that carry them."""

THINKING: tuple[tuple[str, str], ...] = (("thinking_budget", "thinkingBudget"), ("include_thoughts", "includeThoughts"))
"""The same for its `thinkingConfig`."""

BUDGETS: Mapping[str, int] = {"minimal": 1_024, "low": 1_024, "medium": 8_192, "high": 24_576, "xhigh": 24_576}
"""Levels in tokens, for models that take a budget: Google's own table for `reasoning_effort`."""

MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "named": "ANY"}

UNSIGNED = "skip_thought_signature_validator"
"""What Google takes for a tool call that was made elsewhere, where it wants a signature."""

_SIGNS_NOTHING = re.compile(r"gemini-(1|2)\b|gemma")
"""Models that ask for no signature of a tool call; all newer ones do."""


def body_of(chat_request: ChatRequest) -> dict[str, Any]:
    """The body of a chat, wherever Gemini is asked."""
    chat_request = as_functions(chat_request)
    body: dict[str, Any] = {"contents": _contents(chat_request)}
    if system := system_of(chat_request):
        body["systemInstruction"] = {"parts": [{"text": system}]}
    if tools := tools_of(chat_request):
        body["tools"] = [{"functionDeclarations": [_declared(tool) for tool in tools]}]
        if choice := choice_of(chat_request):
            body["toolConfig"] = {"functionCallingConfig": _choice(choice)}
    config = _chosen(chat_request, GENERATION)
    if thinking := _thinking(chat_request):
        config["thinkingConfig"] = thinking
    if chat_request.stop:
        config["stopSequences"] = list(chat_request.stop)
    if wanted := chat_request.response_format:
        config["responseMimeType"] = "application/json"
        if wanted.schema is not None:
            config["responseJsonSchema"] = wanted.schema
    if config:
        body["generationConfig"] = config
    return body


def _declared(tool: Tool) -> dict[str, Any]:
    found: dict[str, Any] = {"name": tool.name, "parametersJsonSchema": schema_of(tool)}
    return found | ({"description": tool.description} if tool.description else {})


def _choice(choice: ToolChoice) -> dict[str, Any]:
    named = {"allowedFunctionNames": [choice.name]} if choice.mode == "named" else {}
    return {"mode": MODES[choice.mode], **named}


def _contents(chat_request: ChatRequest) -> list[dict[str, Any]]:
    """The conversation in turns. A call has no id there: a result belongs to it by its name and its place."""
    names: dict[str, str] = {}  # of the calls so far, by their ids: some models use the same again in another turn
    signs = not _SIGNS_NOTHING.search(chat_request.wire_name.lower())
    contents: list[dict[str, Any]] = []
    for turn in turns_of(chat_request, _taken):
        for call in turn.parts:
            if isinstance(call, ToolCall):
                names.pop(call.id, None)
                names[call.id] = call.name
        order = {call_id: place for place, call_id in enumerate(names)}
        results = sorted(
            (part for part in turn.parts if isinstance(part, ToolResult)),
            key=lambda result: order.get(result.call_id, len(order)),
        )
        others = [part for part in turn.parts if not isinstance(part, ToolResult)]
        parts = [_answered(result, names.get(result.call_id, "tool")) for result in results]
        parts += [_part(inner) for result in results for inner in result.parts if not isinstance(inner, Text)]
        parts += [{"text": m.text} for m in turn.messages] if turn.plain else [_part(part) for part in others]
        first = next((part for part in parts if "functionCall" in part), None)
        if first is not None and signs:
            first.setdefault("thoughtSignature", UNSIGNED)
        contents.append({"role": "model" if turn.role == "assistant" else "user", "parts": parts})
    return contents


def _taken(part: Part) -> bool:
    """Thoughts go back where they are signed; what another provider encrypted says nothing here."""
    return not isinstance(part, Reasoning) or bool(part.signature)


def _answered(result: ToolResult, name: str) -> dict[str, Any]:
    told = {"error" if result.failed else "output": result_text(result)}
    return {"functionResponse": {"name": name, "response": told}}


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    if isinstance(part, ToolCall):
        call = {"functionCall": {"name": part.name, "args": object_of(part.arguments)}}
        return call | ({"thoughtSignature": part.signature} if part.signature else {})
    if isinstance(part, Reasoning):
        thought = {"thought": True} if part.text else {}
        return {"text": part.text, **thought, "thoughtSignature": part.signature}
    if isinstance(part, Document) and part.text:
        return {"text": part.text}
    if isinstance(part, Image | Document) and part.url:
        media_type = part.media_type or mimetypes.guess_type(part.url.partition("?")[0])[0]
        return {"fileData": {"fileUri": part.url} | ({"mimeType": media_type} if media_type else {})}
    if isinstance(part, Image | Document):
        return {"inlineData": {"mimeType": part.media_type, "data": part.data}}
    raise TypeError(part)


def _thinking(chat_request: ChatRequest) -> dict[str, Any]:
    """Its `thinkingConfig`: a level or a budget, for the two together are refused.

    Models that do not think refuse the whole field; a form refuses it on save, an old row may not.
    """
    family = family_of(chat_request.wire_name)
    if family.thinks == "never":
        return {}
    thinking, level = _chosen(chat_request, THINKING), chat_request.options.get("thinking_level")
    if not isinstance(level, str) or level not in BUDGETS:
        return thinking
    if family.prefix and family.thinks == "budget":
        return {**thinking, "thinkingBudget": BUDGETS[level]}
    taken = levels_of(chat_request.wire_name)
    thinking.pop("thinkingBudget", None)
    return {**thinking, "thinkingLevel": (level if level in taken else taken[0]).upper()}


def _chosen(chat_request: ChatRequest, fields: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {
        wanted: chat_request.options[option]
        for option, wanted in fields
        if chat_request.options.get(option) is not None
    }
