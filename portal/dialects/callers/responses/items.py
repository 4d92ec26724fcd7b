"""The items of a request to `/v1/responses`, read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from portal.dialects.callers.fields.field import REFERRED
from portal.dialects.callers.parts import document, image, texts
from portal.dialects.callers.reader import LIST, TEXT, Path, Reader
from portal.dialects.callers.responses.tools import Tools
from portal.dialects.callers.signatures import MADE_UP, Signed, unpack
from portal.dialects.conversation import Document, Image, Message, Part, Reasoning, Text, ToolCall, ToolResult
from portal.dialects.origins import OPENAI, of_vendor

ROLES = ("user", "assistant", "system", "developer")
PARTS = ("input_text", "output_text", "text", "refusal", "input_image", "input_file")
KEPT_AT_A_PROVIDER = ("item_reference", "compaction", "compaction_summary", "compaction_trigger")
"""Items that only the provider can read which made them, and without which the conversation is another one."""


class Items:
    """The items of one request as they are read, into the messages of a conversation."""

    def __init__(self, reader: Reader, tools: Tools) -> None:
        self._reader = reader
        self._tools = tools
        self._signatures: dict[str, Signed] = {}
        self._messages: list[Message] = []
        self._mergeable = False

    def read(self, value: object) -> list[Message]:
        """The messages. What the assistant did item by item is one message, and so are results of tools."""
        if isinstance(value, str):
            return [Message("user", texts(value))]
        if not isinstance(value, list):
            raise self._reader.wrong(("input",), f"{TEXT} or {LIST}")
        for path, raw in self._reader.entries(value, ("input",)):
            kind = self._reader.kind(raw, path, "message")
            if kind == "item_reference" and str(raw.get("id")).startswith(MADE_UP):
                # What a model thought, in an answer that was translated: a client that lets answers be stored sends its
                # name alone. It was made up, and nothing but a signature is lost with it.
                self._reader.leave_out("input.item_reference")
                continue
            if kind in KEPT_AT_A_PROVIDER:
                raise self._reader.unsupported((*path, "type"), f"{kind}: {REFERRED}")
            if kind in READERS:
                READERS[kind](self, self._reader.fields(raw, path, "input"), path)
            else:
                self._reader.leave_out(f"input.{kind}")
        return [replace(message, parts=tuple(map(self._signed, message.parts))) for message in self._messages]

    def message(self, found: Mapping[str, Any], path: Path) -> None:
        role = self._reader.word(found, "role", path, ROLES)
        content = self._content(found.get("content", ""), (*path, "content"))
        if role == "assistant":
            self._assistant(*content)
        elif role == "user":
            self._add(Message("user", content), mergeable=False)
        else:
            self._add(Message("system", content), mergeable=False)

    def reasoning(self, found: Mapping[str, Any], path: Path) -> None:
        words = ""
        for name in ("summary", "content"):
            for at, raw in self._reader.entries(found.get(name, []), (*path, name)):
                words += self._reader.text(self._reader.fields(raw, at, "input.summary"), "text", at)
        encrypted = self._reader.text(found, "encrypted_content", path)
        name = self._reader.text(found, "id", path)
        name = "" if name.startswith(MADE_UP) else name
        packed = unpack(encrypted)
        if packed is not None and packed.call_id:
            self._signatures[packed.call_id] = packed
        elif packed is not None:
            self._assistant(Reasoning(words, packed.signature, packed.encrypted, packed.id or name, packed.origin))
        elif words or encrypted or name:
            self._assistant(Reasoning(words, encrypted=encrypted, id=name, origin=of_vendor(OPENAI)))

    def call(self, found: Mapping[str, Any], path: Path) -> None:
        custom = found["type"] == "custom_tool_call"
        flat = self._tools.flat(
            self._reader.text(found, "namespace", path), self._reader.text(found, "name", path, required=True)
        )
        arguments = self._reader.text(found, "input" if custom else "arguments", path)
        self._assistant(
            ToolCall(self._reader.text(found, "call_id", path, required=True), flat, arguments, custom=custom)
        )

    def output(self, found: Mapping[str, Any], path: Path) -> None:
        call_id = self._reader.text(found, "call_id", path, required=True)
        parts = self._content(found.get("output", ""), (*path, "output"))
        self._add(Message("user", (ToolResult(call_id, parts),)), mergeable=True)

    def tools(self, found: Mapping[str, Any], path: Path) -> None:
        self._tools.add(found.get("tools", []), (*path, "tools"))

    def _assistant(self, *parts: Part) -> None:
        self._add(Message("assistant", parts), mergeable=True)

    def _add(self, message: Message, *, mergeable: bool) -> None:
        """One message more, or a longer one where both were only items of a message."""
        last = self._messages[-1] if self._messages else None
        if last is not None and mergeable and self._mergeable and last.role == message.role:
            self._messages[-1] = Message(last.role, (*last.parts, *message.parts))
        else:
            self._messages.append(message)
        self._mergeable = mergeable

    def _signed(self, part: Part) -> Part:
        if isinstance(part, ToolCall) and part.id in self._signatures:
            signed = self._signatures[part.id]
            return replace(part, signature=signed.signature, origin=signed.origin)
        return part

    def _content(self, value: object, path: Path) -> tuple[Text | Image | Document, ...]:
        if isinstance(value, str):
            return texts(value)
        if not isinstance(value, list):
            raise self._reader.wrong(path, f"{TEXT} or {LIST}")
        parts: list[Text | Image | Document] = []
        for at, raw in self._reader.entries(value, path):
            found = self._reader.fields(raw, at, "input.content")
            kind = self._reader.word(found, "type", at, PARTS)
            if kind == "input_image":
                url = self._reader.text(found, "image_url", at, required=True)
                parts.append(image(url, self._reader.text(found, "detail", at)))
            elif kind == "input_file":
                data, url = self._reader.text(found, "file_data", at), self._reader.text(found, "file_url", at)
                if not data and not url:
                    raise self._reader.missing((*at, "file_data"))
                parts.append(document(data, url, self._reader.text(found, "filename", at)))
            else:
                parts += texts(self._reader.text(found, "refusal" if kind == "refusal" else "text", at, required=True))
        return tuple(parts)


READERS: Mapping[str, Callable[[Items, Mapping[str, Any], Path], None]] = {
    "message": Items.message,
    "reasoning": Items.reasoning,
    "function_call": Items.call,
    "custom_tool_call": Items.call,
    "function_call_output": Items.output,
    "custom_tool_call_output": Items.output,
    "additional_tools": Items.tools,
}
"""How each type of item is read; any other is a call of a tool that only its provider has."""
