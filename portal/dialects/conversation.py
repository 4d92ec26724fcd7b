"""What is said to a language model and what it says: one set of values, whatever API it is said in.

Dialects write and read them towards providers, `portal.dialects.callers` towards those who call the gateway. What a
provider gives to be handed back (signatures, encrypted reasoning) is kept to the letter and read by nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal


@dataclass(frozen=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True)
class Image:
    """A picture: either `data`, base64 of its bytes in `media_type`, or the `url` where the provider fetches it.

    `detail` is how closely it is to be looked at, in the caller's word.
    """

    media_type: str = ""
    data: str = ""
    url: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Document:
    """A file to be read: `data`, base64 in `media_type`; or a `url`; or its `text`."""

    media_type: str = ""
    data: str = ""
    url: str = ""
    text: str = ""
    name: str = ""


@dataclass(frozen=True)
class ToolCall:
    """A model asks for a tool. `arguments` is JSON as the model wrote it; of a `custom` tool it is plain text.

    `signature` is what the provider wants handed back with it; `origin` whose model made that (`origins`), which is no
    part of what is said.
    """

    id: str
    name: str
    arguments: str = ""
    signature: str = ""
    custom: bool = False
    origin: str = field(default="", compare=False)


@dataclass(frozen=True)
class ToolResult:
    """What a tool gave back for the call of that id."""

    call_id: str
    parts: tuple["Text | Image | Document", ...] = ()
    failed: bool = False


@dataclass(frozen=True)
class Reasoning:
    """What a model thought. `signature` proves it to the provider that wrote it; `encrypted` is what only that reads.

    `id` is its name at the provider, where it has one; `origin` whose model made all this, as of a `ToolCall`.
    """

    text: str = ""
    signature: str = ""
    encrypted: str = ""
    id: str = ""
    origin: str = field(default="", compare=False)


Part = Text | Image | Document | ToolCall | ToolResult | Reasoning


@dataclass(frozen=True)
class Message:
    """What one side wrote in a conversation, part by part. Tool results are parts of a user's message."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, role: Literal["system", "user", "assistant"], text: str) -> "Message":
        """A message of words alone."""
        return cls(role, (Text(text),))

    @property
    def text(self) -> str:
        """Its words alone."""
        return _words(self.parts)


@dataclass(frozen=True)
class Tool:
    """A tool that the model may call. `schema` is the JSON Schema of its arguments; a `custom` tool takes plain text.

    `strict`: the arguments must follow the schema; None leaves it to the provider. `grammar` is a custom tool's
    format, as the caller wrote it.
    """

    name: str
    description: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    strict: bool | None = None
    custom: bool = False
    grammar: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToolChoice:
    """Whether tools are called: as the model likes, not at all, at least one, or the one of that `name`.

    `parallel`: whether it may call several at once; None leaves it to the provider.
    """

    mode: Literal["auto", "none", "required", "named"] = "auto"
    name: str = ""
    parallel: bool | None = None


@dataclass(frozen=True)
class ResponseFormat:
    """What shape an answer has to have: any JSON object, or one that follows `schema`."""

    schema: Mapping[str, Any] | None = None
    name: str = ""
    description: str = ""
    strict: bool | None = None


@dataclass(frozen=True)
class ChatRequest:
    """What is asked of a language model. `options` uses the names of `portal.domain.options`; unset is absent.

    `system` is what stands before the conversation; messages of that role stand in its midst.
    """

    wire_name: str
    messages: tuple[Message, ...]
    system: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    response_format: ResponseFormat | None = None
    stop: tuple[str, ...] = ()


class FinishReason(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT = "content"
    TOOL = "tool"
    OTHER = "other"


@dataclass(frozen=True)
class Usage:
    """Tokens, as the provider counted them. `input` includes what was read from or written to a cache.

    `cache_write_long` is what was written to be kept longer than usual, an hour in place of five minutes; it has a
    price of its own and is not part of `cache_write`. `reasoning` is the part of `output` that nobody reads.
    `cost` is in USD, where the provider itself says what the answer cost.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_long: int = 0
    cost: Decimal | None = None
    reasoning: int = 0


@dataclass(frozen=True)
class ChatResponse:
    """A whole answer: texts, reasoning and tool calls in order. `model` is what the provider reports as having written
    it, which may not be the one asked for."""

    parts: tuple[Part, ...]
    model: str
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    request_id: str = ""

    @property
    def text(self) -> str:
        """Its words."""
        return _words(self.parts)

    @property
    def thinking(self) -> str:
        """What was thought before them, as far as it is told."""
        return "".join(part.text for part in self.parts if isinstance(part, Reasoning))


@dataclass(frozen=True)
class ToolCallDelta:
    """Part of a tool call that is still arriving. `index` counts the calls of an answer from 0; `arguments` adds up.

    `id`, `name` and `custom` come with the first delta of a call.
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    signature: str = ""
    custom: bool = False


@dataclass(frozen=True)
class ChatDelta:
    """Part of a streamed answer; every field but those that changed is empty. `usage` replaces, never adds.

    `folds`: what came as text before this piece was thinking, as shows only now. `signature` and `encrypted` belong to
    the reasoning before them and end it; `reasoning_id` is its name at the provider.
    """

    text: str = ""
    thinking: str = ""
    model: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    request_id: str = ""
    folds: bool = False
    call: ToolCallDelta | None = None
    signature: str = ""
    encrypted: str = ""
    reasoning_id: str = ""

    @property
    def is_words_alone(self) -> bool:
        """Whether it says nothing beside its words, as nearly all do."""
        return not (
            self.model
            or self.finish_reason
            or self.usage
            or self.request_id
            or self.folds
            or self.call
            or self.signature
            or self.encrypted
            or self.reasoning_id
        )

    def __bool__(self) -> bool:
        return bool(self.text or self.thinking) or not self.is_words_alone


PAUSE = ChatDelta()
"""Between two pieces of a stream: all that has arrived was passed on. Whoever reads may look at the clock."""


def parts_of(text: str, thinking: str = "") -> tuple[Part, ...]:
    """The parts of an answer of words alone, with what was thought before them."""
    thought: tuple[Part, ...] = (Reasoning(thinking),) if thinking else ()
    return (*thought, Text(text)) if text else thought


def _words(parts: tuple[Part, ...]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Text))
