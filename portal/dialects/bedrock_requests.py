"""What is asked of a model behind Amazon's Converse."""

import json
import re
from dataclasses import replace
from typing import Any

from portal.dialects import anthropic_requests
from portal.dialects.conversation import ChatRequest, Document, Image, Part, Text, Tool, ToolCall, ToolResult
from portal.dialects.turns import (
    as_functions,
    choice_of,
    closed,
    id_of,
    object_of,
    schema_of,
    tools_of,
    turns_of,
)

FORMATS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""Converse's names of the kinds of documents that it takes; any other is text."""


def body_of(chat_request: ChatRequest) -> dict[str, Any]:
    """The body of a chat. A conversation begins with the user's words."""
    chat_request = anthropic_requests.unforced(as_functions(chat_request))
    turns = turns_of(chat_request, _taken)
    if turns and turns[0].role == "assistant":
        turns = turns[1:]
    body: dict[str, Any] = {
        "messages": [
            {
                "role": turn.role,
                "content": [{"text": message.text} for message in turn.messages]
                if turn.plain
                else [_block(part) for part in turn.parts],
            }
            for turn in turns
        ]
    }
    if (system := anthropic_requests.told(chat_request)).strip():
        body["system"] = [{"text": system}]
    body |= options_of(chat_request)
    if stops := anthropic_requests.stops_of(chat_request):
        body["inferenceConfig"] = {**body.get("inferenceConfig", {}), "stopSequences": stops}
    body |= _tools(chat_request)
    if (wanted := chat_request.response_format) and wanted.schema is not None:
        schema = {
            "schema": json.dumps(closed(wanted.schema), ensure_ascii=False),
            "name": wanted.name or "answer",
            "description": wanted.description,
        }
        structure = {"jsonSchema": {name: value for name, value in schema.items() if value}}
        body["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": structure}}
    return body


def _taken(part: Part) -> bool:
    """Converse fetches nothing but from S3, and takes thoughts with their proof alone."""
    return not (isinstance(part, Image | Document) and part.url) and anthropic_requests.taken(part)


def _tools(chat_request: ChatRequest) -> dict[str, Any]:
    """The tools and how to choose. That none may be called cannot be said, only that none is there."""
    choice, tools = choice_of(chat_request), tools_of(chat_request)
    named = any(isinstance(part, ToolCall) for message in chat_request.messages for part in message.parts)
    if not tools or (choice and choice.mode == "none" and not named):
        return {}
    config: dict[str, Any] = {"tools": [{"toolSpec": _spec(tool)} for tool in tools]}
    if choice and choice.mode == "required":
        config["toolChoice"] = {"any": {}}
    elif choice and choice.mode == "named":
        config["toolChoice"] = {"tool": {"name": choice.name}}
    return {"toolConfig": config}


def _spec(tool: Tool) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": tool.name, "inputSchema": {"json": schema_of(tool)}}
    if tool.description:
        spec["description"] = tool.description
    if tool.strict:
        spec["strict"] = True
    return spec


def _block(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    if isinstance(part, Image):
        return {"image": {"format": part.media_type.removeprefix("image/"), "source": {"bytes": part.data}}}
    if isinstance(part, Document):
        name = " ".join(re.sub(r"[^A-Za-z0-9 ()\[\]-]", " ", part.name.rpartition(".")[0] or part.name).split())
        source = {"text": part.text} if part.text else {"bytes": part.data}
        format_ = FORMATS.get(part.media_type, "txt")
        return {"document": {"format": format_, "name": name or "document", "source": source}}
    if isinstance(part, ToolCall):
        return {"toolUse": {"toolUseId": id_of(part.id), "name": part.name, "input": object_of(part.arguments)}}
    if isinstance(part, ToolResult):
        content = [_block(inner) for inner in part.parts if _taken(inner)]
        result: dict[str, Any] = {"toolUseId": id_of(part.call_id), "content": content or [{"text": " "}]}
        return {"toolResult": result | ({"status": "error"} if part.failed else {})}
    if part.encrypted:
        return {"reasoningContent": {"redactedContent": part.encrypted}}
    return {"reasoningContent": {"reasoningText": {"text": part.text, "signature": part.signature}}}


def options_of(chat_request: ChatRequest) -> dict[str, Any]:
    """Options that every model takes in one object, and its vendor's own, under the vendor's names, in another."""
    claude = "claude" in chat_request.wire_name.lower()
    options = chat_request.options if claude else {**chat_request.options, "thinking_budget": None}
    chat_request = replace(chat_request, options=options)
    chosen = anthropic_requests.sampling(chat_request)
    most = (
        anthropic_requests.longest(chat_request) if options.get("thinking_budget") else options.get("max_output_tokens")
    )
    usual = {"maxTokens": most, "temperature": chosen.get("temperature"), "topP": chosen.get("top_p")}
    further = anthropic_requests.thinking(chat_request) if claude else _effort(chat_request)
    if (top_k := chosen.get("top_k")) is not None:
        further |= (
            {"inferenceConfig": {"topK": top_k}} if "nova" in chat_request.wire_name.lower() else {"top_k": top_k}
        )
    fields = {"inferenceConfig": {name: value for name, value in usual.items() if value is not None}}
    return {name: value for name, value in (fields | {"additionalModelRequestFields": further}).items() if value}


_NAMELESS = re.compile(r"^arn:.*[:/](application-inference-profile|provisioned-model|imported-model|custom-model)")
"""Names that do not tell whose model it is."""


def _effort(chat_request: ChatRequest) -> dict[str, Any]:
    """How hard to think, as the model's vendor spells it.

    Behind a name that tells of no vendor stands most often a Claude; every other one refuses its spelling, and the
    effort is then left out and that is said.
    """
    effort = chat_request.options.get("effort")
    if effort is None:
        return {}
    if _NAMELESS.match(chat_request.wire_name.lower()):
        return {"output_config": {"effort": effort}}
    return {"reasoning_config" if "qwen" in chat_request.wire_name.lower() else "reasoning_effort": effort}
