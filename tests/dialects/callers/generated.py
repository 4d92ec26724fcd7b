"""Conversations and answers as hypothesis makes them: each in the one form in which it can be read back."""

import itertools
import json
from base64 import b64encode
from typing import Any

from hypothesis import strategies as st

from portal.dialects.conversation import (
    ChatDelta,
    ChatRequest,
    ChatResponse,
    Document,
    FinishReason,
    Image,
    Message,
    Part,
    Reasoning,
    ResponseFormat,
    Text,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolChoice,
    ToolResult,
    Usage,
)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
BASE64 = st.binary(min_size=1, max_size=12).map(lambda data: b64encode(data).decode())
OPAQUE = st.one_of(BASE64, WORDS.map(lambda words: f"portal1_{words}"))
OBJECTS = st.dictionaries(WORDS, st.one_of(st.integers(-9, 9), WORDS, st.booleans(), st.none()), max_size=3)
ARGUMENTS = OBJECTS.map(lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")))
SCHEMAS = st.dictionaries(NAMES, OBJECTS, max_size=2)
URLS = NAMES.map(lambda name: f"https://pictures.test/{name}")
MAYBE = st.sampled_from([None, True, False])

IMAGES = st.one_of(st.builds(Image, st.sampled_from(["image/png", "image/jpeg"]), BASE64), st.builds(Image, url=URLS))
DOCUMENTS = st.builds(Document, st.just("application/pdf"), BASE64, name=NAMES)
CONTENT = st.lists(st.one_of(WORDS.map(Text), IMAGES, DOCUMENTS), min_size=1, max_size=3)
RESULT = st.lists(st.one_of(WORDS.map(Text), IMAGES), max_size=2).map(tuple)


@st.composite
def answer_parts(
    draw: st.DrawFn, *, custom: bool = False, signed: bool = True, ordered: bool = False
) -> tuple[Part, ...]:
    """What a model writes: no two texts side by side, and each thinking told apart from the next.

    `ordered`: thinking, then at most one text, then calls, as chat completions has it.
    """
    kinds = draw(st.lists(st.sampled_from(["text", "reasoning", "call"]), min_size=1, max_size=5))
    if ordered:
        kinds = sorted(kinds, key=["reasoning", "text", "call"].index)
    mark = OPAQUE if signed else st.just("")
    parts: list[Part] = []
    calls = 0
    for kind in kinds:
        if kind == "text" and not (parts and isinstance(parts[-1], Text)):
            parts.append(Text(draw(WORDS)))
        elif kind == "reasoning" and not (parts and isinstance(parts[-1], Reasoning) and not signed):
            name = draw(st.sampled_from(["", f"rs_{len(parts)}"])) if signed else ""
            parts.append(Reasoning(draw(WORDS), draw(mark), draw(st.one_of(st.just(""), mark)), name))
        elif kind == "call":
            plain = custom and draw(st.booleans())
            arguments = draw(WORDS if plain else ARGUMENTS)
            signature = draw(st.one_of(st.just(""), mark))
            parts.append(ToolCall(f"call_{calls}", draw(NAMES), arguments, signature, custom=plain))
            calls += 1
    return tuple(parts)


@st.composite
def conversations(draw: st.DrawFn, api: str) -> ChatRequest:
    """A request that the API can say."""
    custom = api != "messages"
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    tools = tuple(
        Tool(name, draw(WORDS), {}, None, True, draw(SCHEMAS))
        if custom and draw(st.booleans())
        else Tool(name, draw(WORDS), draw(SCHEMAS), draw(MAYBE))
        for name in names
    )
    messages: list[Message] = [Message("user", tuple(draw(CONTENT)))]
    for _ in range(draw(st.integers(0, 3))):
        parts = draw(answer_parts(custom=custom, signed=False, ordered=api == "chat_completions"))
        messages.append(Message("assistant", parts))
        calls = [part for part in parts if isinstance(part, ToolCall)]
        failed = st.booleans() if api == "messages" else st.just(False)
        if calls:
            messages.append(Message("user", tuple(ToolResult(call.id, draw(RESULT), draw(failed)) for call in calls)))
        if not calls or draw(st.booleans()):
            messages.append(Message(draw(st.sampled_from(["user", "system"])), (Text(draw(WORDS)),)))
    return ChatRequest(
        "",
        tuple(messages),
        draw(st.one_of(st.just(""), WORDS)),
        draw(_options(api)),
        tools,
        draw(_choices(names)),
        draw(_formats(api)),
        () if api == "responses" else tuple(draw(st.lists(WORDS, max_size=2))),
    )


def _options(api: str) -> st.SearchStrategy[dict[str, Any]]:
    length = {"max_output_tokens": st.integers(1, 100_000)}
    optional: dict[str, st.SearchStrategy[Any]] = {
        "temperature": st.floats(0, 1),
        "top_p": st.floats(0, 1),
        "reasoning_effort": st.sampled_from(["low", "medium", "high"]),
    }
    if api != "responses":
        optional["top_k"] = st.integers(1, 100)
    if api == "chat_completions":
        optional |= {"presence_penalty": st.floats(-2, 2), "frequency_penalty": st.floats(-2, 2)}
    if api == "responses":
        optional["include_thoughts"] = st.just(True)
    return st.fixed_dictionaries(length, optional=optional)


def _choices(names: list[str]) -> st.SearchStrategy[ToolChoice | None]:
    modes = st.sampled_from(["auto", "none", "required"])
    plain = st.one_of(st.none(), st.builds(ToolChoice, modes, parallel=MAYBE))
    if not names:
        return plain
    return st.one_of(plain, st.builds(ToolChoice, st.just("named"), st.sampled_from(names), parallel=MAYBE))


def _formats(api: str) -> st.SearchStrategy[ResponseFormat | None]:
    if api == "messages":
        return st.one_of(st.none(), st.builds(ResponseFormat, SCHEMAS))
    by_schema = st.builds(ResponseFormat, SCHEMAS, NAMES, WORDS, MAYBE)
    return st.one_of(st.none(), st.just(ResponseFormat()), by_schema)


@st.composite
def answers(draw: st.DrawFn, **kind: bool) -> tuple[ChatResponse, list[ChatDelta]]:
    """An answer whole, and the deltas in which the same one may arrive."""
    parts = draw(answer_parts(**kind))
    usage = draw(st.builds(Usage, st.integers(50, 90), st.integers(0, 90), st.integers(0, 9), st.integers(0, 9)))
    calls = any(isinstance(part, ToolCall) for part in parts)
    reason = draw(st.sampled_from([FinishReason.LENGTH, FinishReason.TOOL if calls else FinishReason.STOP]))
    deltas: list[ChatDelta] = []
    index = 0
    for part in parts:
        match part:
            case Text(text):
                deltas += [ChatDelta(text=piece) for piece in draw(pieces(text))]
            case Reasoning(text, signature, encrypted, name):
                first, *rest = draw(pieces(text))
                deltas += [ChatDelta(thinking=first, reasoning_id=name), *(ChatDelta(thinking=piece) for piece in rest)]
                if signature or encrypted:
                    deltas.append(ChatDelta(signature=signature, encrypted=encrypted))
            case ToolCall(name_id, name, arguments, signature, custom):
                first, *rest = draw(pieces(arguments))
                delta = ToolCallDelta(index, name_id, name, first, signature, custom)
                deltas += [
                    ChatDelta(call=delta),
                    *(ChatDelta(call=ToolCallDelta(index, arguments=one)) for one in rest),
                ]
                index += 1
            case _:
                raise AssertionError
    deltas += [ChatDelta(finish_reason=reason), ChatDelta(usage=usage)]
    return ChatResponse(parts, "", reason, usage), deltas


@st.composite
def pieces(draw: st.DrawFn, text: str) -> list[str]:
    """A text cut somewhere, in one to three pieces that are not empty."""
    cuts = sorted({0, *(draw(st.integers(0, len(text))) for _ in range(2)), len(text)})
    return [text[start:end] for start, end in itertools.pairwise(cuts)]
