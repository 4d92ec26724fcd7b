"""A request to `/v1/messages`, read."""

from typing import Any

from portal.dialects.callers.asked import Asked
from portal.dialects.callers.fields.messages import MESSAGES
from portal.dialects.callers.messages.history import History
from portal.dialects.callers.parts import only, texts
from portal.dialects.callers.reader import ANTHROPIC, LIST, TEXT, Path, Reader
from portal.dialects.conversation import ChatRequest, ResponseFormat, Tool, ToolChoice

MODES = {"auto": "auto", "any": "required", "none": "none", "tool": "named"}
"""How the API calls the modes of choosing a tool."""


def read(body: object) -> Asked:
    """Raises `CallerRefusal` for what is no request, and for what cannot be carried."""
    reader = Reader(MESSAGES, ANTHROPIC)
    found = reader.fields(body, (), "")
    model = reader.text(found, "model", (), required=True)
    for name in ("max_tokens", "messages"):
        if name not in found:
            raise reader.missing((name,))
    history = History(reader)
    messages = history.read(found["messages"])
    if not messages:
        raise reader.choice(("messages",), "a list with at least one message")
    tools = _tools(reader, found.get("tools", []))
    config = reader.fields(found.get("output_config", {}), ("output_config",), "output_config")
    options = _options(reader, found)
    effort = history.effort or reader.text(config, "effort", ("output_config",))
    if effort:
        options["reasoning_effort"] = effort
    request = ChatRequest(
        "",
        messages,
        _system(reader, found.get("system", "")),
        options,
        tools,
        _tool_choice(reader, found, tools),
        _response_format(reader, found, config),
        _stop(reader, found),
    )
    stream = reader.switch(found, "stream", ()) or False
    return Asked(model, stream, True, request, tuple(reader.left_out))


def _system(reader: Reader, value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise reader.wrong(("system",), f"{TEXT} or {LIST}")
    blocks = [(path, reader.fields(raw, path, "system")) for path, raw in reader.entries(value, ("system",))]
    for path, block in blocks:
        reader.word(block, "type", path, ("text",))
    words = [reader.text(block, "text", path, required=True) for path, block in blocks]
    return "\n\n".join(part.text for part in texts(*words))


def _options(reader: Reader, found: dict[str, Any]) -> dict[str, object]:
    options: dict[str, object] = {
        "max_output_tokens": reader.whole(found, "max_tokens", ()),
        "temperature": reader.number(found, "temperature", (), 0, 1),
        "top_p": reader.number(found, "top_p", (), 0, 1),
        "top_k": reader.whole(found, "top_k", ()),
    }
    options |= _thinking(reader, found.get("thinking"))
    return {name: value for name, value in options.items() if value is not None}


def _thinking(reader: Reader, value: object) -> dict[str, object]:
    """Whether it thinks, for how long, and whether it says so. What is not understood is left out, never refused."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        reader.leave_out("thinking")
        return {}
    thinking = reader.fields(value, ("thinking",), "thinking")
    kind, budget = thinking.get("type"), thinking.get("budget_tokens")
    if kind == "disabled":
        return {"reasoning_enabled": False}
    if kind not in ("enabled", "adaptive", "between_tools"):
        reader.leave_out("thinking")
        return {}
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:
        budget = None
    return {
        "reasoning_enabled": True,
        "thinking_budget": budget,
        "include_thoughts": thinking.get("display") != "omitted",
    }


def _tools(reader: Reader, value: object) -> tuple[Tool, ...]:
    tools = []
    for path, raw in reader.entries(value, ("tools",)):
        kind = reader.kind(raw, path, "custom")
        if kind != "custom":
            reader.leave_out(f"tools.{kind}")
            continue
        found = reader.fields(raw, path, "tools")
        if "input_schema" not in found:
            raise reader.missing((*path, "input_schema"))
        tools.append(
            Tool(
                reader.text(found, "name", path, required=True),
                reader.text(found, "description", path),
                reader.mapping(found["input_schema"], (*path, "input_schema")),
                reader.switch(found, "strict", path),
            )
        )
    return tuple(tools)


def _tool_choice(reader: Reader, found: dict[str, Any], tools: tuple[Tool, ...]) -> ToolChoice | None:
    if "tool_choice" not in found:
        return None
    path: Path = ("tool_choice",)
    inner = reader.fields(found["tool_choice"], path, "tool_choice")
    mode = MODES[reader.word(inner, "type", path, tuple(MODES))]
    single = reader.switch(inner, "disable_parallel_tool_use", path)
    name = reader.text(inner, "name", path, required=True) if mode == "named" else ""
    if name:
        only(tools, [name], reader, (*path, "name"))
    return ToolChoice(mode, name, None if single is None else not single)  # type: ignore[arg-type]  # looked up


def _response_format(reader: Reader, found: dict[str, Any], config: dict[str, Any]) -> ResponseFormat | None:
    for value, path in (
        (config.get("format"), ("output_config", "format")),
        (found.get("output_format"), ("output_format",)),
    ):
        if value is not None:
            inner = reader.fields(value, path, "output_config.format")
            reader.word(inner, "type", path, ("json_schema",))
            if "schema" not in inner:
                raise reader.missing((*path, "schema"))
            return ResponseFormat(reader.mapping(inner["schema"], (*path, "schema")))
    return None


def _stop(reader: Reader, found: dict[str, Any]) -> tuple[str, ...]:
    words = [value for _, value in reader.entries(found.get("stop_sequences", []), ("stop_sequences",))]
    for index, word in enumerate(words):
        if not isinstance(word, str):
            raise reader.wrong(("stop_sequences", index), TEXT)
    return tuple(word for word in words if word)
