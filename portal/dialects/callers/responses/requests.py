"""A request to `/v1/responses`, read."""

from collections.abc import Mapping
from typing import Any

from portal.dialects.callers.asked import Asked
from portal.dialects.callers.fields.responses import RESPONSES
from portal.dialects.callers.parts import split_system
from portal.dialects.callers.reader import OPENAI, TEXT, Path, Reader
from portal.dialects.callers.responses.items import Items
from portal.dialects.callers.responses.tools import Tools
from portal.dialects.conversation import ChatRequest, ResponseFormat

ECHOED = (
    "instructions",
    "max_output_tokens",
    "metadata",
    "parallel_tool_calls",
    "reasoning",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
)
"""What an answer repeats of its request."""

ENCRYPTED = "reasoning.encrypted_content"


def read(body: object) -> Asked:
    """Raises `CallerRefusal` for what is no request, and for what cannot be carried."""
    reader = Reader(RESPONSES, OPENAI)
    found = reader.fields(body, (), "")
    model = reader.text(found, "model", (), required=True)
    if "input" not in found:
        raise reader.missing(("input",))
    tools = Tools(reader)
    tools.add(found.get("tools", []), ("tools",))
    system, messages = split_system(Items(reader, tools).read(found["input"]))
    instructions = reader.text(found, "instructions", ())
    system = "\n\n".join(words for words in (instructions, system) if words)
    if not messages and not system:
        raise reader.choice(("input",), "something to answer")
    for _, name in reader.entries(found.get("include", []), ("include",)):
        if not isinstance(name, str):
            raise reader.wrong(("include",), f"a list of {TEXT}")
        if name != ENCRYPTED:
            reader.leave_out(f"include.{name}")
    text = reader.fields(found.get("text", {}), ("text",), "text")
    offered, choice = tools.choice(found)
    request = ChatRequest(
        "", messages, system, _options(reader, found, text), offered, choice, _response_format(reader, text)
    )
    raw = reader.mapping(body, ())
    return Asked(
        model,
        reader.switch(found, "stream", ()) or False,
        True,
        request,
        tuple(reader.left_out),
        tools.namespaced,
        frozenset(tool.name for tool in tools.tools if tool.custom),
        {name: raw[name] for name in ECHOED if raw.get(name) is not None},
    )


def _options(reader: Reader, found: dict[str, Any], text: Mapping[str, Any]) -> dict[str, object]:
    path: Path = ("reasoning",)
    reasoning = reader.fields(found.get("reasoning", {}), path, "reasoning")
    told = reader.text(reasoning, "summary", path) or reader.text(reasoning, "generate_summary", path)
    options: dict[str, object] = {
        "max_output_tokens": reader.whole(found, "max_output_tokens", ()),
        "temperature": reader.number(found, "temperature", (), 0, 2),
        "top_p": reader.number(found, "top_p", (), 0, 1),
        "reasoning_effort": reader.text(reasoning, "effort", path) or None,
        "verbosity": reader.text(text, "verbosity", ("text",)) or None,
        "include_thoughts": True if told and told != "none" else None,
    }
    return {name: value for name, value in options.items() if value is not None}


def _response_format(reader: Reader, text: Mapping[str, Any]) -> ResponseFormat | None:
    if "format" not in text:
        return None
    path: Path = ("text", "format")
    inner = reader.fields(text["format"], path, "text.format")
    kind = reader.word(inner, "type", path, ("text", "json_object", "json_schema"))
    if kind == "text":
        return None
    if kind == "json_object":
        return ResponseFormat()
    return ResponseFormat(
        reader.mapping(inner.get("schema", {}), (*path, "schema")),
        reader.text(inner, "name", path),
        reader.text(inner, "description", path),
        reader.switch(inner, "strict", path),
    )
