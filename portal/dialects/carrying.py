"""What each dialect cannot carry of a conversation, and whether that is left out or refused: data, and what it drives.

Left out is what changes how an answer is found, and refused what an answer would be wrong without.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from portal.dialects.conversation import (
    ChatRequest,
    Document,
    Image,
    Part,
    Reasoning,
    ToolCall,
    ToolResult,
)
from portal.dialects.provider_types.table import TYPES


class NotCarried(Exception):
    """What was asked cannot be said to this provider: `names` are the fields, `sentence` what people read."""

    def __init__(self, names: tuple[str, ...], sentence: str) -> None:
        super().__init__(sentence)
        self.names = names
        self.sentence = sentence


Has = Callable[[ChatRequest], bool]


@dataclass(frozen=True)
class Gap:
    """Something that a dialect cannot carry: what it is called, and whether a request holds it.

    `without` leaves it out; where there is no such function, the request is refused with `sentence`. A dialect whose
    words simply have no place for it writes it nowhere, and only says so: `silent`.
    """

    name: str
    sentence: str
    held: Has
    without: Callable[[ChatRequest], ChatRequest] | None = None
    silent: bool = False


def _parts(chat_request: ChatRequest) -> Iterator[Part]:
    for message in chat_request.messages:
        for part in message.parts:
            yield part
            if isinstance(part, ToolResult):
                yield from part.parts


def _any(fits: Callable[[Part], bool]) -> Has:
    return lambda chat_request: any(fits(part) for part in _parts(chat_request))


def _no_option(*names: str) -> Callable[[ChatRequest], ChatRequest]:
    return lambda chat_request: replace(
        chat_request, options={name: value for name, value in chat_request.options.items() if name not in names}
    )


def _option(name: str, sentence: str) -> Gap:
    return Gap(name, sentence, lambda chat_request: chat_request.options.get(name) is not None, _no_option(name))


IMAGES_BY_URL = Gap(
    "image url",
    "This provider fetches no images; send the image itself.",
    _any(lambda part: isinstance(part, Image) and bool(part.url)),
)
DOCUMENTS_BY_URL = Gap(
    "document url",
    "This provider fetches no documents; send the document itself.",
    _any(lambda part: isinstance(part, Document) and bool(part.url)),
)
DOCUMENTS = Gap(
    "document",
    "This provider reads no documents; send their text.",
    _any(lambda part: isinstance(part, Document) and not part.text),
)
IMAGE_DETAIL = Gap(
    "image detail", "", _any(lambda part: isinstance(part, Image) and part.detail not in ("", "auto")), silent=True
)
FAILED = Gap("is_error", "", _any(lambda part: isinstance(part, ToolResult) and part.failed), silent=True)
ENCRYPTED = Gap(
    "encrypted reasoning", "", _any(lambda part: isinstance(part, Reasoning) and bool(part.encrypted)), silent=True
)
UNSIGNED = Gap(
    "reasoning without signature",
    "",
    _any(lambda part: isinstance(part, Reasoning) and not part.signature and not part.encrypted),
    silent=True,
)
REASONING = Gap("reasoning", "", _any(lambda part: isinstance(part, Reasoning)), silent=True)
GRAMMAR = Gap(
    "custom tool format", "", lambda chat_request: any(tool.grammar for tool in chat_request.tools), silent=True
)
STRICT = Gap(
    "strict", "", lambda chat_request: any(tool.strict is not None for tool in chat_request.tools), silent=True
)
PARALLEL = Gap(
    "parallel_tool_calls",
    "",
    lambda chat_request: chat_request.tool_choice is not None and chat_request.tool_choice.parallel is not None,
    silent=True,
)
NO_TOOL = Gap(
    "tool_choice",
    "",
    lambda chat_request: (
        chat_request.tool_choice is not None
        and chat_request.tool_choice.mode == "none"
        and any(isinstance(part, ToolCall) for part in _parts(chat_request))
    ),
    silent=True,
)
STOP = Gap(
    "stop", "This model answers in an API that knows no stop sequences.", lambda chat_request: bool(chat_request.stop)
)
TOP_K = _option("top_k", "")
PENALTIES = (_option("presence_penalty", ""), _option("frequency_penalty", ""))
VERBOSITY = _option("verbosity", "")

GAPS: dict[str, tuple[Gap, ...]] = {
    "openai": (DOCUMENTS_BY_URL, DOCUMENTS, REASONING, ENCRYPTED, FAILED, GRAMMAR, VERBOSITY),
    "responses": (UNSIGNED, FAILED, STOP, TOP_K, *PENALTIES),
    "anthropic": (UNSIGNED, IMAGE_DETAIL, GRAMMAR, *PENALTIES, VERBOSITY),
    "gemini": (UNSIGNED, ENCRYPTED, IMAGE_DETAIL, GRAMMAR, STRICT, PARALLEL, VERBOSITY),
    "bedrock": (
        IMAGES_BY_URL,
        DOCUMENTS_BY_URL,
        UNSIGNED,
        IMAGE_DETAIL,
        GRAMMAR,
        PARALLEL,
        NO_TOOL,
        *PENALTIES,
        VERBOSITY,
    ),
}
"""What each dialect cannot carry. Vertex speaks Gemini's and Anthropic's, and the demo OpenAI's."""

GAPS["vertex"] = tuple(dict.fromkeys((*GAPS["gemini"], *GAPS["anthropic"])))
GAPS["demo"] = GAPS["openai"]


def check(dialect_name: str, chat_request: ChatRequest, type_name: str = "") -> tuple[ChatRequest, tuple[str, ...]]:
    """The request without what is left out, and the names of that. Raises `NotCarried` for what cannot be.

    `type_name` is the type of provider: some of one dialect carry more than others.
    """
    left_out: list[str] = []
    for gap in GAPS[dialect_name]:
        if _carries(type_name, gap) or not gap.held(chat_request):
            continue
        if gap.without is None and not gap.silent:
            raise NotCarried((gap.name,), gap.sentence)
        chat_request = gap.without(chat_request) if gap.without else chat_request
        left_out.append(gap.name)
    return chat_request, tuple(left_out)


def takes_documents(dialect_name: str, type_name: str) -> bool:
    """Whether a document can be said as it is, and not as its words alone."""
    held = DOCUMENTS in GAPS[dialect_name]
    return not held or _carries(type_name, DOCUMENTS)


def _carries(type_name: str, gap: Gap) -> bool:
    """Whether a type carries what others of its dialect do not."""
    type = TYPES.get(type_name)
    if type is None:
        return False
    return (
        (gap is DOCUMENTS and type.takes_files)
        or (gap is REASONING and bool(type.thoughts_field))
        or (gap is ENCRYPTED and type.thoughts_in_parts)
    )
