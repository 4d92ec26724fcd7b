"""The messages of a request to `/v1/messages`, read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from portal.dialects.callers.frames import compact
from portal.dialects.callers.parts import texts
from portal.dialects.callers.reader import LIST, OBJECT, TEXT, Path, Reader, listed
from portal.dialects.callers.signatures import Signed, unpack
from portal.dialects.conversation import Document, Image, Message, Part, Reasoning, Text, ToolCall, ToolResult
from portal.dialects.origins import ANTHROPIC, of_vendor

INVALID = "INVALID_JSON"
"""The one name in the input of a call whose arguments were no JSON object; Anthropic's documents call it so."""

BY_THE_PROVIDER = (
    "server_tool_use",
    "mcp_tool_use",
    "mcp_tool_result",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "tool_reference",
    "compaction",
    "fallback",
)
"""Blocks of what a provider did by itself and told with its answer."""


def words_of(arguments: Mapping[str, Any]) -> str:
    """The arguments of a call as a model wrote them."""
    wrong = arguments.get(INVALID)
    return wrong if isinstance(wrong, str) and len(arguments) == 1 else compact(arguments)


class History:
    """The messages of one request as they are read."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._signatures: dict[str, Signed] = {}
        self.effort = ""

    def read(self, value: object) -> tuple[Message, ...]:
        messages = []
        for path, raw in self._reader.entries(value, ("messages",)):
            found = self._reader.fields(raw, path, "messages")
            role = self._reader.text(found, "role", path, required=True)
            if role not in ("user", "assistant", "system"):
                # Word for word what the API says: clients read it, and mend their request.
                raise self._reader.choice((*path, "role"), listed(("user", "assistant")))
            if "content" not in found:
                raise self._reader.missing((*path, "content"))
            own = self._reader.fields(
                found.get("output_config", {}), (*path, "output_config"), "messages.output_config"
            )
            self.effort = self._reader.text(own, "effort", (*path, "output_config")) or self.effort
            content = self.content(found["content"], (*path, "content"), its_own=role == "assistant")
            messages.append(Message(role, content))  # type: ignore[arg-type]  # one of the three
        return tuple(
            replace(message, parts=tuple(map(self._signed, message.parts))) for message in messages if message.parts
        )

    def content(self, value: object, path: Path, *, its_own: bool = False) -> tuple[Part, ...]:
        """The parts of a content. A block that is not known is refused, but for one that a model wrote by itself."""
        if isinstance(value, str):
            return texts(value)
        if not isinstance(value, list):
            raise self._reader.wrong(path, f"{TEXT} or {LIST}")
        parts: list[Part] = []
        for at, raw in self._reader.entries(value, path):
            kind = self._reader.kind(raw, at)
            if kind in BY_THE_PROVIDER or (its_own and kind not in READERS):
                self._reader.leave_out(f"messages.content.{kind}")
                continue
            if kind not in READERS:
                raise self._reader.choice((*at, "type"), listed(tuple(READERS)))
            place = "messages.content.document" if kind == "document" else "messages.content"
            parts += READERS[kind](self, self._reader.fields(raw, at, place), at)
        return tuple(parts)

    def text(self, found: Mapping[str, Any], path: Path) -> tuple[Part, ...]:
        return texts(self._reader.text(found, "text", path, required=True))

    def image(self, found: Mapping[str, Any], path: Path) -> tuple[Part, ...]:
        source, at = self._source(found, path, ("base64", "url"))
        if source["type"] == "url":
            return (Image(url=self._reader.text(source, "url", at, required=True)),)
        return (Image(self._reader.text(source, "media_type", at, required=True), self._data(source, at)),)

    def document(self, found: Mapping[str, Any], path: Path) -> tuple[Part, ...]:
        source, at = self._source(found, path, ("base64", "url", "text", "content"))
        name = self._reader.text(found, "title", path)
        if source["type"] == "url":
            return (Document(url=self._reader.text(source, "url", at, required=True), name=name),)
        if source["type"] == "content":
            inner = self.content(source.get("content", ""), (*at, "content"))
            words = "\n\n".join(part.text for part in inner if isinstance(part, Text))
            return (Document(text=words, name=name), *(part for part in inner if isinstance(part, Image)))
        media_type = self._reader.text(source, "media_type", at, required=source["type"] == "base64")
        if source["type"] == "text":
            return (Document(media_type, text=self._data(source, at), name=name),)
        return (Document(media_type, self._data(source, at), name=name),)

    def search_result(self, found: Mapping[str, Any], path: Path) -> tuple[Part, ...]:
        inner = self.content(found.get("content", []), (*path, "content"))
        words = "\n\n".join(part.text for part in inner if isinstance(part, Text))
        source = found.get("source")
        name = ", ".join(
            word for word in (self._reader.text(found, "title", path), source) if isinstance(word, str) and word
        )
        return (Document(text=words, name=name),)

    def thinking(self, found: Mapping[str, Any], path: Path) -> tuple[Part, ...]:
        words, signature = self._reader.text(found, "thinking", path), self._reader.text(found, "signature", path)
        signed = unpack(signature)
        if signed is None:
            return (Reasoning(words, signature, origin=of_vendor(ANTHROPIC)),) if words or signature else ()
        if signed.call_id:
            self._signatures[signed.call_id] = signed
            return ()
        return (Reasoning(words, signed.signature, signed.encrypted, signed.id, signed.origin),)

    def redacted(self, found: Mapping[str, Any], path: Path) -> tuple[Part, ...]:
        data = self._reader.text(found, "data", path, required=True)
        return (Reasoning(encrypted=data, origin=of_vendor(ANTHROPIC)),)

    def call(self, found: Mapping[str, Any], path: Path) -> tuple[Part, ...]:
        arguments = found.get("input", {})
        if not isinstance(arguments, dict):
            raise self._reader.wrong((*path, "input"), OBJECT)
        name = self._reader.text(found, "name", path, required=True)
        return (ToolCall(self._reader.text(found, "id", path, required=True), name, words_of(arguments)),)

    def result(self, found: Mapping[str, Any], path: Path) -> tuple[Part, ...]:
        inner = self.content(found.get("content", ""), (*path, "content"))
        parts = tuple(part for part in inner if isinstance(part, Text | Image | Document))
        call_id = self._reader.text(found, "tool_use_id", path, required=True)
        return (ToolResult(call_id, parts, self._reader.switch(found, "is_error", path) or False),)

    def _source(self, found: Mapping[str, Any], path: Path, kinds: tuple[str, ...]) -> tuple[dict[str, Any], Path]:
        at = (*path, "source")
        if "source" not in found:
            raise self._reader.missing(at)
        source = self._reader.fields(found["source"], at, "messages.content.source")
        self._reader.word(source, "type", at, kinds)
        return source, at

    def _data(self, source: Mapping[str, Any], at: Path) -> str:
        return self._reader.text(source, "data", at, required=True)

    def _signed(self, part: Part) -> Part:
        if isinstance(part, ToolCall) and part.id in self._signatures:
            signed = self._signatures[part.id]
            return replace(part, signature=signed.signature, origin=signed.origin)
        return part


READERS: Mapping[str, Callable[[History, Mapping[str, Any], Path], tuple[Part, ...]]] = {
    "text": History.text,
    "image": History.image,
    "document": History.document,
    "search_result": History.search_result,
    "thinking": History.thinking,
    "redacted_thinking": History.redacted,
    "tool_use": History.call,
    "tool_result": History.result,
}
"""How each type of block is read."""
