"""An answer as `/v1/responses` streams it: each part as an item that is added, grows, and is told once more whole."""

from collections.abc import Iterable
from typing import Any

from portal.dialects.callers.answers import Begin, End, More, Sequence, Step, settled
from portal.dialects.callers.asked import Asked
from portal.dialects.callers.frames import named
from portal.dialects.callers.responses.answers import (
    call_item,
    item_id,
    item_of,
    reasoning_item,
    response_object,
    signature_item,
    summary_part,
    text_part,
    usage_of,
    whole,
)
from portal.dialects.callers.signatures import MADE_UP
from portal.dialects.conversation import ChatDelta, Reasoning, Text, ToolCall

CALLS = {False: ("function_call_arguments", "arguments"), True: ("custom_tool_call_input", "input")}
"""What the events of a call are called, and its field: of a function, and of a custom tool."""


class Writer:
    """A stream. Every method gives the bytes that are due, blank where nothing is to be said yet."""

    def __init__(self, asked: Asked, model: str, id: str, now: int) -> None:
        self._asked, self._model, self._id, self._now = asked, model, id, now
        self._sequence = Sequence(asked, "call", id)
        self._items: list[dict[str, Any]] = []
        self._number = 0
        self._item_id = ""
        self._open: Text | Reasoning | ToolCall | None = None
        self._told = False
        self._signed = False

    def begin(self) -> bytes:
        # What an answer repeats of its request comes once, with its last event: tools are long.
        response = response_object({}, self._model, self._id, self._now, "in_progress")
        begun = self._event("response.created", response=response)
        return begun + self._event("response.in_progress", response=response)

    def delta(self, delta: ChatDelta) -> bytes:
        return self._tell(self._sequence.add(delta))

    def end(self) -> bytes:
        rest = self._tell(self._sequence.end())
        reason = settled(self._sequence.finish_reason, self._sequence.called)
        response = whole(self._asked, self._items, reason, self._sequence.usage, self._model, self._id, self._now)
        return rest + self._event(f"response.{response['status']}", response=response)

    def error(self, status: int, code: str, message: str) -> bytes:  # noqa: ARG002 - a stream has no status
        """The event that ends a stream that failed: whoever reads these streams knows no other."""
        response = response_object(self._asked.echoed, self._model, self._id, self._now, "failed")
        usage = self._sequence.usage
        response |= {
            "error": {"code": code or "server_error", "message": message},
            "output": self._items,
            "usage": usage_of(usage) if usage else None,
        }
        return self._event("response.failed", response=response)

    def _tell(self, steps: Iterable[Step]) -> bytes:
        return b"".join(self._step(step) for step in steps)

    def _step(self, step: Step) -> bytes:
        match step:
            case Begin(Text() | Reasoning() | ToolCall() as part):
                return self._begin(part)
            case More(words):
                return self._more(words)
            case End(Text() as text):
                return self._text_done(text)
            case End(Reasoning() as part):
                return self._reasoning_done(part)
            case End(ToolCall() as call):
                return self._call_done(call)
            case _:
                return b""

    def _begin(self, part: Text | Reasoning | ToolCall) -> bytes:
        self._open, self._told = part, False
        match part:
            case Text():
                item = item_of(self._asked, part, self._id, self._index)
                begun = self._added(item | {"status": "in_progress", "content": []})
                return begun + self._event(
                    "response.content_part.added", **self._place(content_index=0), part=text_part("")
                )
            case ToolCall():
                self._signed = bool(part.signature)
                before = self._at_once(signature_item(part, self._id, self._index)) if self._signed else b""
                return before + self._added(call_item(self._asked, part, self._id, self._index, "in_progress"))
            case _:
                return b""

    def _more(self, words: str) -> bytes:
        match self._open:
            case Text():
                return self._event(
                    "response.output_text.delta", **self._place(content_index=0), delta=words, logprobs=[]
                )
            case Reasoning():
                begun = b"" if self._told else self._thinking()
                return begun + self._event(
                    "response.reasoning_summary_text.delta", **self._place(summary_index=0), delta=words
                )
            case ToolCall(custom=custom):
                return self._event(f"response.{CALLS[custom][0]}.delta", **self._place(), delta=words)
            case _:
                return b""

    def _thinking(self) -> bytes:
        """The beginning of thinking that has words."""
        self._told = True
        named_by = self._open.id if isinstance(self._open, Reasoning) else ""
        name = named_by or item_id(MADE_UP.removesuffix("_"), self._id, self._index)
        begun = self._added({"id": name, "type": "reasoning", "summary": []})
        return begun + self._event(
            "response.reasoning_summary_part.added", **self._place(summary_index=0), part=summary_part("")
        )

    def _text_done(self, text: Text) -> bytes:
        place = self._place(content_index=0)
        said = self._event("response.output_text.done", **place, text=text.text, logprobs=[])
        said += self._event("response.content_part.done", **place, part=text_part(text.text))
        return said + self._done(item_of(self._asked, text, self._id, self._index))

    def _reasoning_done(self, part: Reasoning) -> bytes:
        if not self._told:
            return self._at_once(reasoning_item(part, self._id, self._index))
        item = reasoning_item(part, self._id, self._index, self._item_id)
        place = self._place(summary_index=0)
        said = self._event("response.reasoning_summary_text.done", **place, text=part.text)
        said += self._event("response.reasoning_summary_part.done", **place, part=summary_part(part.text))
        return said + self._done(item)

    def _call_done(self, call: ToolCall) -> bytes:
        item = call_item(self._asked, call, self._id, self._index)
        events, field = CALLS[call.custom]
        said = self._event(f"response.{events}.done", **self._place(), **{field: call.arguments})
        said += self._done(item)
        if call.signature and not self._signed:
            said += self._at_once(signature_item(call, self._id, self._index))
        return said

    @property
    def _index(self) -> int:
        return len(self._items)

    def _place(self, **inside: int) -> dict[str, Any]:
        return {"item_id": self._item_id, "output_index": self._index, **inside}

    def _at_once(self, item: dict[str, Any]) -> bytes:
        """An item that comes whole."""
        return self._added({name: value for name, value in item.items() if name != "encrypted_content"}) + self._done(
            item
        )

    def _added(self, item: dict[str, Any]) -> bytes:
        self._item_id = item["id"]
        return self._event("response.output_item.added", output_index=self._index, item=item)

    def _done(self, item: dict[str, Any]) -> bytes:
        """The item whole; its id is the one that it was added under."""
        item = item | {"id": self._item_id}
        told = self._event("response.output_item.done", output_index=self._index, item=item)
        self._items.append(item)
        return told

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._number += 1
        return named({"type": kind, "sequence_number": self._number - 1, **fields})
