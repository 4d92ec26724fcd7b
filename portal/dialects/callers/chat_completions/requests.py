"""A request to `/v1/chat/completions`, read."""

from typing import Any

from portal.dialects.callers.asked import Asked
from portal.dialects.callers.chat_completions.history import messages_of
from portal.dialects.callers.fields.chat_completions import CHAT_COMPLETIONS
from portal.dialects.callers.parts import only, split_system
from portal.dialects.callers.reader import LIST, OPENAI, Path, Reader
from portal.dialects.conversation import ChatRequest, ResponseFormat, Tool, ToolChoice

LIMITS = ("max_completion_tokens", "max_tokens")
"""The longest answer, the newer spelling first."""


def read(body: object) -> Asked:
    """Raises `CallerRefusal` for what is no request, and for what cannot be carried."""
    reader = Reader(CHAT_COMPLETIONS, OPENAI)
    found = reader.fields(body, (), "")
    model = reader.text(found, "model", (), required=True)
    if "messages" not in found:
        raise reader.missing(("messages",))
    system, messages = split_system(messages_of(reader, found["messages"]))
    if not messages and not system:
        raise reader.choice(("messages",), "a list with at least one message")
    tools = _tools(reader, found.get("tools", []))
    tools, choice = _tool_choice(reader, found, tools)
    stream_options = reader.fields(found.get("stream_options", {}), ("stream_options",), "stream_options")
    request = ChatRequest(
        "",
        messages,
        system,
        _options(reader, found),
        tools,
        choice,
        _response_format(reader, found),
        _stop(reader, found),
    )
    return Asked(
        model,
        reader.switch(found, "stream", ()) or False,
        reader.switch(stream_options, "include_usage", ("stream_options",)) or False,
        request,
        tuple(reader.left_out),
        custom=frozenset(tool.name for tool in tools if tool.custom),
    )


def _options(reader: Reader, found: dict[str, Any]) -> dict[str, object]:
    options: dict[str, object] = {
        "max_output_tokens": next((most for name in LIMITS if (most := reader.whole(found, name, ()))), None),
        "temperature": reader.number(found, "temperature", (), 0, 2),
        "top_p": reader.number(found, "top_p", (), 0, 1),
        "top_k": reader.whole(found, "top_k", (), least=-1),
        "presence_penalty": reader.number(found, "presence_penalty", (), -2, 2),
        "frequency_penalty": reader.number(found, "frequency_penalty", (), -2, 2),
        "reasoning_effort": reader.text(found, "reasoning_effort", ()) or None,
        "verbosity": reader.text(found, "verbosity", ()) or None,
    }
    if options["top_k"] in (0, -1):
        options["top_k"] = None
    if "reasoning" in found:
        path: Path = ("reasoning",)
        reasoning = reader.fields(found["reasoning"], path, "reasoning")
        options["reasoning_effort"] = reader.text(reasoning, "effort", path) or options["reasoning_effort"]
        options["reasoning_enabled"] = reader.switch(reasoning, "enabled", path)
        options["thinking_budget"] = reader.whole(reasoning, "max_tokens", path)
    return {name: value for name, value in options.items() if value is not None}


def _tools(reader: Reader, value: object) -> tuple[Tool, ...]:
    tools = []
    for path, raw in reader.entries(value, ("tools",)):
        kind = reader.kind(raw, path)
        if kind not in ("function", "custom"):
            reader.leave_out(f"tools.{kind}")
            continue
        found = reader.fields(raw, path, "tools")
        if kind not in found:
            raise reader.missing((*path, kind))
        inner, at = reader.fields(found[kind], (*path, kind), f"tools.{kind}"), (*path, kind)
        tools.append(
            Tool(
                reader.text(inner, "name", at, required=True),
                reader.text(inner, "description", at),
                reader.mapping(inner.get("parameters", {}), (*at, "parameters")),
                reader.switch(inner, "strict", at),
                custom=kind == "custom",
                grammar=reader.mapping(inner.get("format", {}), (*at, "format")),
            )
        )
    return tuple(tools)


def _tool_choice(
    reader: Reader, found: dict[str, Any], tools: tuple[Tool, ...]
) -> tuple[tuple[Tool, ...], ToolChoice | None]:
    """The tools that may be called, and which of them."""
    parallel, choice = reader.switch(found, "parallel_tool_calls", ()), found.get("tool_choice")
    if choice is None:
        return tools, None if parallel is None else ToolChoice(parallel=parallel)
    path: Path = ("tool_choice",)
    if isinstance(choice, str):
        mode = reader.word(found, "tool_choice", (), ("none", "auto", "required"))
        return tools, ToolChoice(mode, parallel=parallel)  # type: ignore[arg-type]  # the word was looked at
    inner = reader.fields(choice, path, "tool_choice")
    kind = reader.word(inner, "type", path, ("function", "custom", "allowed_tools"))
    at = (*path, kind)
    if kind not in inner:
        raise reader.missing(at)
    if kind == "allowed_tools":
        allowed = reader.fields(inner[kind], at, "tool_choice.allowed_tools")
        names = [_named(reader, one, where) for where, one in reader.entries(allowed.get("tools"), (*at, "tools"))]
        mode = reader.word(allowed, "mode", at, ("auto", "required"))
        return only(tools, names, reader, (*at, "tools")), ToolChoice(mode, parallel=parallel)  # type: ignore[arg-type]
    name = reader.text(reader.fields(inner[kind], at, "tool_choice.named"), "name", at, required=True)
    only(tools, [name], reader, (*at, "name"))
    return tools, ToolChoice("named", name, parallel)


def _named(reader: Reader, value: object, path: Path) -> str:
    """The name of one allowed tool."""
    kind = reader.word(reader.mapping(value, path), "type", path, ("function", "custom"))
    return reader.text(
        reader.mapping(reader.mapping(value, path).get(kind), (*path, kind)), "name", path, required=True
    )


def _response_format(reader: Reader, found: dict[str, Any]) -> ResponseFormat | None:
    if "response_format" not in found:
        return None
    path: Path = ("response_format",)
    inner = reader.fields(found["response_format"], path, "response_format")
    kind = reader.word(inner, "type", path, ("text", "json_object", "json_schema"))
    if kind == "text":
        return None
    if kind == "json_object":
        return ResponseFormat()
    path = (*path, "json_schema")
    if kind not in inner:
        raise reader.missing(path)
    asked = reader.fields(inner[kind], path, "response_format.json_schema")
    return ResponseFormat(
        reader.mapping(asked.get("schema", {}), (*path, "schema")),
        reader.text(asked, "name", path),
        reader.text(asked, "description", path),
        reader.switch(asked, "strict", path),
    )


def _stop(reader: Reader, found: dict[str, Any]) -> tuple[str, ...]:
    stop = found.get("stop", [])
    if isinstance(stop, str):
        return (stop,) if stop else ()
    if not isinstance(stop, list) or not all(isinstance(one, str) for one in stop):
        raise reader.wrong(("stop",), f"a valid string or {LIST} of them")
    return tuple(one for one in stop if one)
