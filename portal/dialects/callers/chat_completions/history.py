"""The messages of a request to `/v1/chat/completions`, read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from portal.dialects.callers.parts import document, image, texts
from portal.dialects.callers.reader import LIST, TEXT, Path, Reader
from portal.dialects.conversation import Document, Image, Message, Part, Reasoning, Text, ToolCall, ToolResult
from portal.dialects.origins import ANTHROPIC, GOOGLE, OPENAI, of_vendor

ROLES = ("system", "developer", "user", "assistant", "tool")


def messages_of(reader: Reader, value: object) -> list[Message]:
    """The messages, those of the system at the beginning among them; results of tools side by side become one."""
    messages: list[Message] = []
    answers_tools = False
    for path, raw in reader.entries(value, ("messages",)):
        found = reader.fields(raw, path, "messages")
        role = reader.word(found, "role", path, ROLES)
        content = _content(reader, found.get("content", ""), (*path, "content"))
        if role == "tool":
            result = ToolResult(reader.text(found, "tool_call_id", path, required=True), content)
            if answers_tools:
                messages[-1] = Message("user", (*messages[-1].parts, result))
            else:
                messages.append(Message("user", (result,)))
        elif role == "assistant":
            messages.append(Message("assistant", _assistant(reader, found, path, content)))
        else:
            messages.append(Message("user" if role == "user" else "system", content))
        answers_tools = role == "tool"
    return messages


def _assistant(reader: Reader, found: dict[str, Any], path: Path, content: tuple[Part, ...]) -> tuple[Part, ...]:
    thought = _reasoning(reader, found, path)
    refusal = texts(reader.text(found, "refusal", path))
    calls = reader.entries(found.get("tool_calls", []), (*path, "tool_calls"))
    return (*thought, *content, *refusal, *(_call(reader, raw, at) for at, raw in calls))


def _content(reader: Reader, value: object, path: Path) -> tuple[Text | Image | Document, ...]:
    if isinstance(value, str):
        return texts(value)
    if not isinstance(value, list):
        raise reader.wrong(path, f"{TEXT} or {LIST}")
    parts: list[Text | Image | Document] = []
    for at, raw in reader.entries(value, path):
        found = reader.fields(raw, at, "messages.content")
        kind = reader.word(found, "type", at, ("text", "refusal", "image_url", "file"))
        if kind in ("text", "refusal"):
            parts += texts(reader.text(found, kind, at, required=True))
        elif kind not in found:
            raise reader.missing((*at, kind))
        elif kind == "image_url":
            where = (*at, kind)
            raw = found[kind] if isinstance(found[kind], dict) else {"url": found[kind]}
            inner = reader.fields(raw, where, "messages.content.image_url")
            parts.append(image(reader.text(inner, "url", where, required=True), reader.text(inner, "detail", where)))
        else:
            where = (*at, kind)
            inner = reader.fields(found[kind], where, "messages.content.file")
            data = reader.text(inner, "file_data", where, required=True)
            parts.append(document(data, "", reader.text(inner, "filename", where)))
    return tuple(parts)


def _call(reader: Reader, raw: object, path: Path) -> ToolCall:
    found = reader.fields(raw, path, "messages.tool_calls")
    kind = reader.word({"type": "function", **found}, "type", path, ("function", "custom"))
    at = (*path, kind)
    if kind not in found:
        raise reader.missing(at)
    inner = reader.fields(found[kind], at, f"messages.tool_calls.{kind}")
    return ToolCall(
        reader.text(found, "id", path, required=True),
        reader.text(inner, "name", at, required=True),
        reader.text(inner, "input" if kind == "custom" else "arguments", at),
        _inside(found.get("extra_content"), "google", "thought_signature"),
        custom=kind == "custom",
        origin=_inside(found.get("extra_content"), "portal", "origin") or of_vendor(GOOGLE),
    )


def _inside(extra: object, name: str, field: str) -> str:
    inner = extra.get(name) if isinstance(extra, dict) else None
    value = inner.get(field) if isinstance(inner, dict) else None
    return value if isinstance(value, str) else ""


def _reasoning(reader: Reader, found: dict[str, Any], path: Path) -> tuple[Reasoning, ...]:
    """What was thought: by the list of details, which has all of it; else by its words alone."""
    words = reader.text(found, "reasoning_content", path) or reader.text(found, "reasoning", path)
    by_index: dict[object, Reasoning] = {}
    for number, (at, raw) in enumerate(
        reader.entries(found.get("reasoning_details", []), (*path, "reasoning_details"))
    ):
        detail = reader.fields(raw, at, "messages.reasoning_details")
        index = detail.get("index", f"entry {number}")
        key = index if isinstance(index, int | str) else number
        by_index[key] = _with(by_index.get(key, Reasoning()), detail)
    parts = list(by_index.values())
    if not parts:
        return (Reasoning(words),) if words else ()
    if words and not any(part.text for part in parts):
        first = parts[0]
        parts[0] = replace(first, text=words)
    return tuple(parts)


def _with(part: Reasoning, detail: Mapping[str, Any]) -> Reasoning:
    """A part of reasoning with one more of its details; a detail that is no text adds nothing."""

    def text(name: str) -> str:
        value = detail.get(name)
        return value if isinstance(value, str) else ""

    return Reasoning(
        part.text + (text("text") or text("summary")),
        part.signature or text("signature"),
        part.encrypted + text("data"),
        part.id or text("id"),
        part.origin or text("origin") or of_vendor(_vendor(text("format"))),
    )


def _vendor(format: str) -> str:
    """The vendor by what OpenRouter calls its shape of reasoning, as `anthropic-claude-v1`; blank for none of them."""
    return next((vendor for vendor in (ANTHROPIC, GOOGLE, OPENAI) if vendor in format), "")
