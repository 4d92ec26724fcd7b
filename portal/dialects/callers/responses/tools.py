"""The tools of a request to `/v1/responses`, read: flattened, where they stand in a namespace."""

import re
from hashlib import sha256
from typing import Any

from portal.dialects.callers.asked import Namespaced
from portal.dialects.callers.parts import only
from portal.dialects.callers.reader import Path, Reader
from portal.dialects.conversation import Tool, ToolChoice

LONGEST = 64
"""Characters of a tool's name that every provider takes."""

_UNUSUAL = re.compile(r"[^A-Za-z0-9_-]")


class Tools:
    """The tools of one request as they are read, and what those in namespaces are called towards a provider."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._flat: dict[Namespaced, str] = {}
        self.tools: list[Tool] = []

    @property
    def namespaced(self) -> dict[str, Namespaced]:
        """Namespaces and names by the flat name."""
        return {flat: name for name, flat in self._flat.items()}

    def flat(self, namespace: str, name: str) -> str:
        """What a tool is called towards a provider: the same in every request of a conversation."""
        if not namespace:
            return name
        asked = Namespaced(namespace, name)
        if asked not in self._flat:
            joined = namespace + name if namespace.endswith("__") else f"{namespace}__{name}"
            flat = _UNUSUAL.sub("_", joined)
            taken = any(flat == tool.name for tool in self.tools) or flat in self._flat.values()
            if flat != joined or len(flat) > LONGEST or taken:
                digest = sha256(f"{namespace}\0{name}".encode("utf-8", "replace")).hexdigest()[:8]
                flat = f"{flat[: LONGEST - 9]}_{digest}"
            self._flat[asked] = flat
        return self._flat[asked]

    def add(self, value: object, path: Path, namespace: str = "") -> None:
        """Reads a list of tools: those without a namespace first, whose names nobody may take."""
        read = []
        for at, raw in self._reader.entries(value, path):
            kind = self._reader.kind(raw, at)
            if kind not in ("function", "custom", "namespace"):
                self._reader.leave_out(f"tools.{kind}")
                continue
            found = self._reader.fields(raw, at, "tools")
            read.append((at, kind, self._reader.text(found, "name", at, required=True), found))
        for at, kind, name, found in read:
            if kind != "namespace":
                self.tools.append(self._tool(at, kind, self.flat(namespace, name), found))
        for at, kind, name, found in read:
            if kind == "namespace":
                self.add(found.get("tools", []), (*at, "tools"), name)

    def choice(self, found: dict[str, Any]) -> tuple[tuple[Tool, ...], ToolChoice | None]:
        """The tools that may be called, and which of them."""
        reader, tools = self._reader, tuple(self.tools)
        parallel, value = reader.switch(found, "parallel_tool_calls", ()), found.get("tool_choice")
        if value is None:
            return tools, None if parallel is None else ToolChoice(parallel=parallel)
        path: Path = ("tool_choice",)
        if isinstance(value, str):
            mode = reader.word(found, "tool_choice", (), ("none", "auto", "required"))
            return tools, ToolChoice(mode, parallel=parallel)  # type: ignore[arg-type]  # the word was looked at
        inner = reader.fields(value, path, "tool_choice")
        kind = reader.word(inner, "type", path, ("function", "custom", "allowed_tools"))
        if kind == "allowed_tools":
            at: Path = (*path, "tools")
            names = [
                self._chosen(reader.mapping(one, where), where) for where, one in reader.entries(inner.get("tools"), at)
            ]
            mode = reader.word(inner, "mode", path, ("auto", "required"))
            return only(tools, names, reader, at), ToolChoice(mode, parallel=parallel)  # type: ignore[arg-type]
        name = self._chosen(inner, path)
        only(tools, [name], reader, (*path, "name"))
        return tools, ToolChoice("named", name, parallel)

    def _chosen(self, found: Any, path: Path) -> str:
        return self.flat(
            self._reader.text(found, "namespace", path), self._reader.text(found, "name", path, required=True)
        )

    def _tool(self, path: Path, kind: str, name: str, found: dict[str, Any]) -> Tool:
        reader = self._reader
        return Tool(
            name,
            reader.text(found, "description", path),
            reader.mapping(found.get("parameters", {}), (*path, "parameters")),
            reader.switch(found, "strict", path),
            custom=kind == "custom",
            grammar=reader.mapping(found.get("format", {}), (*path, "format")),
        )
