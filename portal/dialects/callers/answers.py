"""An answer on its way to a caller, part by part: what all APIs need to know of it before they write it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from portal.dialects.callers.asked import Asked
from portal.dialects.conversation import (
    ChatDelta,
    ChatResponse,
    FinishReason,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolCallDelta,
    Usage,
)

_UNUSUAL = re.compile(r"[^A-Za-z0-9_-]")


def call_id(prefix: str, answer_id: str, index: int) -> str:
    """The id of a call that the provider gave none: the same whenever this answer is written."""
    return f"{prefix}_{_UNUSUAL.sub('', answer_id)}_{index}"


def plain_text(arguments: str) -> str:
    """What a custom tool is given, out of the arguments of the function that stood for it: its one text."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and len(value) == 1:
        (inner,) = value.values()
        return inner if isinstance(inner, str) else arguments
    return arguments


def is_whole(arguments: str) -> bool:
    """True for arguments that nothing can be added to."""
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


def finished(asked: Asked, parts: tuple[Part, ...], prefix: str, answer_id: str) -> tuple[Part, ...]:
    """The parts of a whole answer: calls with their ids, custom tools with their text, and all with whose they are."""
    found: list[Part] = []
    index = 0
    for part in parts:
        if isinstance(part, ToolCall):
            part = replace(part, id=part.id or call_id(prefix, answer_id, index), origin=asked.origin)
            if not part.custom and part.name in asked.custom:
                part = replace(part, arguments=plain_text(part.arguments), custom=True)
            index += 1
        elif isinstance(part, Reasoning):
            part = replace(part, origin=asked.origin)
        found.append(part)
    return tuple(found)


def finish_of(response: ChatResponse) -> FinishReason:
    """Why the model stopped: an answer that calls tools waits for them, whatever a server says."""
    return settled(response.finish_reason, any(isinstance(part, ToolCall) for part in response.parts))


def settled(finish_reason: FinishReason | None, calls: bool) -> FinishReason:
    """The reason to tell, where none came or a call speaks for itself."""
    if calls and finish_reason in (None, FinishReason.STOP, FinishReason.OTHER):
        return FinishReason.TOOL
    if finish_reason is FinishReason.TOOL and not calls:
        return FinishReason.STOP
    return finish_reason or FinishReason.STOP


@dataclass
class CallInParts:
    """A call as its deltas arrive. Until its name is known nothing is told of it."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    signature: str = ""
    custom: bool = False
    origin: str = ""
    converted: bool = False
    told: bool = False

    def add(self, delta: ToolCallDelta, asked: Asked) -> None:
        self.id = self.id or delta.id
        self.name = self.name or delta.name
        self.signature += delta.signature
        self.arguments += delta.arguments
        self.custom = self.custom or delta.custom
        self.origin = asked.origin
        self.converted = not self.custom and self.name in asked.custom

    @property
    def whole(self) -> ToolCall:
        arguments = plain_text(self.arguments) if self.converted else self.arguments
        return ToolCall(self.id, self.name, arguments, self.signature, self.custom or self.converted, self.origin)


@dataclass(frozen=True)
class Begin:
    """A part begins: what is known of it by then."""

    part: Part


@dataclass(frozen=True)
class More:
    """Words or arguments of the part that is open."""

    words: str


@dataclass(frozen=True)
class End:
    """The part that is open is whole."""

    part: Part


Step = Begin | More | End


@dataclass
class Sequence:
    """Deltas put in order: one part is open at a time, and each begins, grows and ends once.

    Of calls that arrive side by side the first is told as it comes and the others when it is whole.
    """

    asked: Asked
    prefix: str
    answer_id: str
    usage: Usage | None = None
    finish_reason: FinishReason | None = None
    _open: Text | Reasoning | None = None
    _words: list[str] = field(default_factory=list)
    _calls: dict[int, CallInParts] = field(default_factory=dict)
    _telling: int | None = None

    @property
    def called(self) -> bool:
        """True when the answer calls tools."""
        return bool(self._calls)

    def add(self, delta: ChatDelta) -> Iterator[Step]:
        """What a delta adds."""
        self.usage = delta.usage or self.usage
        self.finish_reason = delta.finish_reason or self.finish_reason
        yield from self._reasoning(delta)
        if delta.text:
            if not isinstance(self._open, Text):
                yield from self._shut()
                yield self._begin(Text(""))
            self._words.append(delta.text)
            yield More(delta.text)
        if delta.call is not None:
            yield from self._call(delta.call)

    def end(self) -> Iterator[Step]:
        """What is left to tell when no more comes."""
        yield from self._shut()

    def _reasoning(self, delta: ChatDelta) -> Iterator[Step]:
        if not (delta.thinking or delta.signature or delta.encrypted or delta.reasoning_id):
            return
        part = self._open
        if not isinstance(part, Reasoning) or (delta.reasoning_id and part.id not in ("", delta.reasoning_id)):
            yield from self._shut()
            part = Reasoning(id=delta.reasoning_id, origin=self.asked.origin)
            yield self._begin(part)
        if delta.thinking:
            self._words.append(delta.thinking)
            yield More(delta.thinking)
        self._open = replace(
            part,
            id=part.id or delta.reasoning_id,
            signature=part.signature + delta.signature,
            encrypted=part.encrypted + delta.encrypted,
        )
        if delta.signature or delta.encrypted:
            yield from self._shut()

    def _begin(self, part: Text | Reasoning) -> Step:
        self._open = part
        return Begin(part)

    def _call(self, delta: ToolCallDelta) -> Iterator[Step]:
        call = self._calls.setdefault(delta.index, CallInParts())
        if call.told and self._telling != delta.index:
            return
        call.add(delta, self.asked)
        if not call.id and call.name:
            call.id = call_id(self.prefix, self.answer_id, delta.index)
        if self._telling == delta.index:
            if delta.arguments and not call.converted:
                yield More(delta.arguments)
            return
        if self._telling is not None and is_whole(self._calls[self._telling].arguments):
            yield from self._shut_call()
        if self._telling is None and call.name:
            yield from self._shut_part()
            yield from self._tell(delta.index)

    def _tell(self, index: int) -> Iterator[Step]:
        call = self._calls[index]
        self._telling, call.told = index, True
        yield Begin(replace(call.whole, arguments=""))
        if call.arguments and not call.converted:
            yield More(call.arguments)

    def _shut(self) -> Iterator[Step]:
        """Ends what is open, and tells the calls that waited."""
        yield from self._shut_part()
        yield from self._shut_call()
        for index in sorted(self._calls):
            if not self._calls[index].told and self._calls[index].name:
                yield from self._tell(index)
                yield from self._shut_call()

    def _shut_part(self) -> Iterator[Step]:
        part, words = self._open, "".join(self._words)
        self._open = None
        self._words.clear()
        if part is not None:
            yield End(replace(part, text=words))

    def _shut_call(self) -> Iterator[Step]:
        if self._telling is None:
            return
        call = self._calls[self._telling]
        self._telling = None
        if call.converted and call.whole.arguments:
            yield More(call.whole.arguments)
        yield End(call.whole)


def usage_details(usage: Usage | None) -> dict[str, Any]:
    """Counts as OpenAI's two APIs nest them, under the names that both share."""
    usage = usage or Usage()
    written = usage.cache_write + usage.cache_write_long
    return {
        "input": {"cached_tokens": usage.cache_read} | ({"cache_write_tokens": written} if written else {}),
        "output": {"reasoning_tokens": usage.reasoning},
    }
