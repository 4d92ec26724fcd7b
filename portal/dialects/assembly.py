"""Answers in parts: a whole one in pieces, pieces as a whole one, and tool calls while they arrive."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

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
from portal.dialects.turns import joined, made_id


def tidy(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts of an answer without those that say nothing, and with neighbours of one kind as one."""
    return tuple(
        part for part in joined(tuple(parts)) if not (isinstance(part, Text) and not part.text) and part != Reasoning()
    )


def deltas_of(answer: ChatResponse) -> Iterator[ChatDelta]:
    """An answer that came whole although a stream was asked for."""
    plain = all(
        isinstance(part, Text) or (isinstance(part, Reasoning) and part == Reasoning(part.text))
        for part in answer.parts
    )
    if plain:
        yield ChatDelta(
            answer.text, answer.thinking, answer.model, answer.finish_reason, answer.usage, answer.request_id
        )
        return
    yield ChatDelta(model=answer.model, request_id=answer.request_id)
    calls = 0
    for part in answer.parts:
        if isinstance(part, ToolCall):
            yield ChatDelta(call=ToolCallDelta(calls, part.id, part.name, part.arguments, part.signature, part.custom))
            calls += 1
        elif isinstance(part, Reasoning):
            yield ChatDelta(
                thinking=part.text, signature=part.signature, encrypted=part.encrypted, reasoning_id=part.id
            )
        elif isinstance(part, Text):
            yield ChatDelta(part.text)
    yield ChatDelta(finish_reason=answer.finish_reason, usage=answer.usage)


def collected(deltas: Iterable[ChatDelta]) -> ChatResponse:
    """The whole answer that was streamed in these pieces."""
    parts: list[Part] = []
    calls: dict[int, int] = {}
    model = request_id = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    for delta in deltas:
        model, request_id = delta.model or model, delta.request_id or request_id
        finish_reason, usage = delta.finish_reason or finish_reason, delta.usage or usage
        if delta.folds:
            parts = [Reasoning(part.text) if isinstance(part, Text) else part for part in parts]
        if delta.thinking or delta.signature or delta.encrypted or delta.reasoning_id:
            _think(parts, delta)
        if delta.text:
            parts.append(Text(delta.text))
        if call := delta.call:
            if call.index not in calls:
                calls[call.index] = len(parts)
                parts.append(ToolCall(call.id, call.name, call.arguments, call.signature, call.custom))
                continue
            place = calls[call.index]
            known = parts[place]
            if isinstance(known, ToolCall):
                parts[place] = replace(
                    known,
                    arguments=known.arguments + call.arguments,
                    signature=call.signature or known.signature,
                )
    return ChatResponse(tidy(parts), model, finish_reason, usage, request_id)


def _think(parts: list[Part], delta: ChatDelta) -> None:
    last = parts[-1] if parts else None
    told = Reasoning(delta.thinking, delta.signature, delta.encrypted, delta.reasoning_id)
    if isinstance(last, Reasoning) and not last.signature and not last.encrypted:
        parts[-1] = replace(told, text=last.text + told.text, id=told.id or last.id)
    else:
        parts.append(told)


def spread(delta: ChatDelta, further: Iterable[ChatDelta]) -> Iterator[ChatDelta]:
    """A piece and what came with it, in order: its words, the rest, and last why it ends."""
    rest = [one for one in further if one]
    first = replace(delta, finish_reason=None, usage=None) if rest else delta
    for one in (first, *rest):
        if one:
            yield one
    last = ChatDelta(finish_reason=delta.finish_reason, usage=delta.usage)
    if rest and last:
        yield last


class CallStream:
    """The tool calls of one answer as they arrive, told apart by what the provider tells them apart by.

    `seed` makes the ids of calls that come without.
    """

    def __init__(self, seed: str = "") -> None:
        self.seed = seed
        self._places: dict[object, int] = {}
        self._ids: list[str] = []
        self._told: set[int] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def told(self, key: object) -> bool:
        """Whether that call has had arguments."""
        return self._places.get(key) in self._told

    def delta(
        self, key: object, id: str = "", name: str = "", arguments: str = "", signature: str = "", custom: bool = False
    ) -> ChatDelta:
        """What a piece adds to the call of that key; another id and a name at a known key begin another call.

        Without a key, a name begins one, unless its id is that of the last.
        """
        if key is None:
            begins = bool(name) and not (id and self._ids and id == self._ids[-1])
            key = ("nth", len(self._ids) - (not begins))
        place = self._places.get(key)
        if place is None or (id and name and id != self._ids[place]):
            if not (id or name):
                return ChatDelta()
            place = self._places[key] = len(self._ids)
            self._ids.append(id)
            call = ToolCallDelta(place, id or made_id(self.seed, place, name), name, arguments, signature, custom)
        elif arguments or signature:
            call = ToolCallDelta(place, arguments=arguments, signature=signature)
        else:
            return ChatDelta()
        if arguments:
            self._told.add(place)
        return ChatDelta(call=call)
