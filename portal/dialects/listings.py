"""One row of a listing in OpenAI's shape, with all that servers of many kinds add to it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.dialects import reading
from portal.dialects.base import Endpoint, Listing
from portal.domain.families import family_of
from portal.domain.faults import Category, Fault
from portal.domain.language_models import MODALITIES
from portal.domain.pricing import MILLION

SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("data", ("id", "model", "name", "root", "key", "slug")),
    ("models", ("id", "model", "name", "key", "slug")),
    ("result", ("name", "model", "id")),
    ("results", ("id", "model", "name")),
    ("items", ("id", "model", "name")),
)
"""Where a listing's rows may stand, and where in a row its model's ID: the first of these that is a text."""

CONTEXTS = (
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "max_input_tokens",
    "max_context_tokens",
)
"""What servers call a model's context limit in their listings."""

OUTPUTS = ("max_output_tokens", "max_completion_tokens", "max_tokens")
"""The same for the longest answer."""

PRICES: dict[str, tuple[str, ...]] = {
    "input": ("prompt", "input"),
    "output": ("completion", "output"),
    "cache_read": ("input_cache_read", "cached_input"),
    "cache_write": ("input_cache_write",),
}
"""What servers call the prices that the portal knows."""

COSTS: dict[str, str] = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_long": "cache_creation_input_token_cost_above_1hr",
}
"""The same in LiteLLM's rows, where they are in USD for one token."""

ABILITIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "tools": (("supports_function_calling",), ("supports_tools",), ("capabilities", "function_calling")),
    "vision": (("supports_vision",), ("supports_image_input",), ("capabilities", "vision")),
    "reasoning": (("supports_reasoning",), ("capabilities", "reasoning")),
    "web_search": (("supports_web_search",),),
}
"""Where a row may say of an ability whether its model has it, as true or false."""

TAGS: dict[str, str] = {"tools": "tool-use", "vision": "vision", "reasoning": "reasoning", "web_search": "web-search"}
"""Vercel's words for them. Its list names some of what a model can do, so a word that is missing says nothing."""

PARAMETERS: dict[str, str] = {"tools": "tools", "reasoning": "reasoning"}
"""OpenRouter lists every parameter that a model takes, so one that is missing says no."""

TAKES = (("architecture", "input_modalities"), ("supported_modalities",), ("input_modalities",))
GIVES = (("architecture", "output_modalities"), ("supported_output_modalities",), ("output_modalities",))
"""Where a row may list what its model takes and gives."""

KINDS: dict[str, str] = {"file": "pdf", "document": "pdf", "speech": "audio", "embeddings": "embedding"}
"""What some servers call the kinds of `portal.domain.language_models.MODALITIES`."""

SAYS_CHAT: tuple[tuple[str, ...], ...] = (
    ("supports_chat",),
    ("capabilities", "completion_chat"),
    ("capabilities", "chat_completion"),
)
"""Where a row may say whether its model chats, as true or false."""

RETIRED = ("deprecated", "retired", "legacy")

ENDS = ("shutdown_date", "deprecation")
"""Where a row may name the day on which its model goes: OpenAI's field and Mistral's.

Azure says when each use of a model ends, years ahead and for every one of them, in an object; that is no such sign.
"""

DAYS = (*ENDS, "retires_at", "deprecation_date", "expiration_date")
"""Where a row may name that day at all: LiteLLM and OpenRouter know it years before, so it says nothing of soon."""

CHAT_MODES = ("chat", "completion", "responses")
"""LiteLLM's `mode` of models that answer in words; every other one, like `embedding`, means that it does not."""

_SILENT = re.compile(
    r"embed|whisper|transcri|\btts\b|dall-e|moderation|rerank|\bsora\b|stable-diffusion|(^|[-/])(bge|clip|orpheus)-|"
    r"(llama|prompt)-guard",
    re.IGNORECASE,
)
"""Names of models that do not chat, on any server."""


def does_not_chat(wire_name: str) -> bool:
    """Whether a name alone says that its model embeds, draws or speaks, on whatever server."""
    return _SILENT.search(wire_name) is not None


RESPONSES_ONLY = re.compile(
    r"(.*/)?(ft:)?(o1-pro|o3-pro|.*deep-research|computer-use-preview|gpt-5(\.\d+)?-pro|gpt-5-codex|gpt-5\.1-codex-max|"
    r"gpt-daybreak-.*|gpt-\d+(\.\d+)?-(cyber|rosalind).*|gpt-rosalind-.*|gpt-6\.2-astra-law)(-\d{4}.*)?"
)
"""The names of OpenAI's models that answer to its API called responses alone."""

_NEEDS_TOOLS = re.compile(r"deep-research|computer-use")

_SILENT_KINDS = ("embedding", "embeddings", "image", "rerank", "moderation", "audio", "video", "transcribe")

_OPENAI_CHATS = re.compile(r"(ft:)?(gpt-|o[134](-|$)|chatgpt-)")
_OPENAI_OTHERS = re.compile(
    r"embedding|tts|whisper|transcribe|realtime|audio|image|dall-e|moderation|sora|instruct|davinci|babbage|"
    r"computer-use|search-api|deep-research|codex|-pro(-|$)"
)


def rows_of(value: object) -> tuple[list[Any] | None, tuple[str, ...]]:
    """The rows of a listing and where their names may stand; None where there is no listing in it."""
    if isinstance(value, list):
        return value, SHAPES[0][1]
    for field, names in SHAPES:
        rows = reading.field(value, field)
        if isinstance(rows, dict):  # by name, each with what is known of it
            rows = [{"id": key, **(one if isinstance(one, dict) else {})} for key, one in rows.items()]
        if field == SHAPES[0][0] and rows is None and isinstance(value, dict) and field in value:
            rows = []
        # Under another name than the usual one an empty list may be of anything.
        if not isinstance(rows, list) or (not rows and field != SHAPES[0][0]):
            continue
        if any(reading.field(row, GOOGLES) for row in rows):
            continue  # Google's own listing: another API answers here
        return rows, names
    return None, ()


GOOGLES = "supportedGenerationMethods"


def name_of(row: object, names: tuple[str, ...]) -> str:
    """The model ID in a row, which may be nothing but that."""
    if isinstance(row, str):
        return reading.name(row)
    return next((found for name in names if (found := reading.name(reading.field(row, name)))), "")


def nameless(rows: int) -> Fault:
    """A listing of rows in which no name can be found; it must not read as one of no models."""
    return Fault(
        Category.SHAPE,
        hint=f"It lists {rows} models, and none with a name that the portal can find. Type their names.",
    )


def read_listing(endpoint: Endpoint, wire_name: str, row: object) -> Listing:
    """What a row says of its model; what it leaves open is filled in from the model's family."""
    family = family_of(wire_name)
    top = reading.field(row, "top_provider")
    shown = reading.name(reading.field(row, "display_name")) or reading.name(reading.field(row, "name"))
    context = reading.limit(
        *(reading.field(row, key) for key in CONTEXTS),
        reading.field(top, "context_length"),
        reading.field(row, "meta", "n_ctx"),
        reading.field(row, "meta", "n_ctx_train"),
    )
    output = reading.limit(*(reading.field(row, key) for key in OUTPUTS), reading.field(top, "max_completion_tokens"))
    return Listing(
        wire_name=wire_name,
        display_name=shown if shown != wire_name else "",
        context_limit=context or family.context,
        output_limit=output or family.output,
        chat=_chats(endpoint, wire_name, row),
        prices=_prices(endpoint, reading.field(row, "pricing")) or _costs(row),
        retired=_goes(row),
        kind=reading.name(reading.field(row, "type")) or reading.name(reading.field(row, "mode")),
        abilities=_abilities(row),
        modalities=modalities(_first_list(row, TAKES), _first_list(row, GIVES)),
        retires_on=reading.day(*(reading.field(row, key) for key in DAYS)),
        responses_only=answers_to_responses_only(endpoint.type.name, wire_name),
    )


def modalities(takes: object, gives: object) -> tuple[str, ...]:
    """What a model takes and gives, in the portal's words, from two lists in a server's; the rest is left out."""
    found = {
        f"{way}:{KINDS.get(kind, kind)}"
        for way, kinds in (("input", reading.names(takes)), ("output", reading.names(gives)))
        for kind in kinds or ()
    }
    return tuple(name for name in MODALITIES if name in found)


def _first_list(row: object, paths: tuple[tuple[str, ...], ...]) -> object:
    return next((found for path in paths if isinstance(found := reading.field(row, *path), list)), None)


def _abilities(row: object) -> dict[str, bool]:
    """What a row says of abilities, yes and no; what it is silent of is absent."""
    found: dict[str, bool] = {}
    takes = reading.names(_first_list(row, TAKES))
    if takes is not None:
        found["vision"] = "image" in takes
    parameters = reading.names(reading.field(row, "supported_parameters"))
    if parameters is not None:
        found |= {ability: word in parameters for ability, word in PARAMETERS.items()}
    tags = reading.names(reading.field(row, "tags")) or ()
    found |= {ability: True for ability, word in TAGS.items() if word in tags}
    for ability, paths in ABILITIES.items():
        said = next((word for path in paths if (word := reading.said(reading.field(row, *path))) is not None), None)
        if said is not None:
            found[ability] = said
    return found


def _goes(row: object) -> bool:
    """Whether a row says that its model is gone, or soon will be."""
    if reading.field(row, "active") is False or reading.field(row, "lifecycle_status") in RETIRED:
        return True
    days = (reading.field(row, key) for key in ENDS)
    return any(bool(day) and isinstance(day, str | int) and not isinstance(day, bool) for day in days)


def _chats(endpoint: Endpoint, wire_name: str, row: object) -> bool:
    if answers_to_responses_only(endpoint.type.name, wire_name):
        return not needs_tools(endpoint.type.name, wire_name)
    if endpoint.type.name == "openai":
        lower = wire_name.lower()
        return bool(_OPENAI_CHATS.match(lower)) and not _OPENAI_OTHERS.search(lower)
    if _SILENT.search(wire_name) or any(reading.field(row, *path) is False for path in SAYS_CHAT):
        return False
    writes = reading.field(row, "architecture", "output_modalities")
    if isinstance(writes, list) and writes and "text" not in writes:
        return False
    mode = reading.field(row, "mode")
    if isinstance(mode, str) and mode and mode not in CHAT_MODES:
        return False
    kind = reading.field(row, "type")
    if endpoint.type.chat_kinds and isinstance(kind, str) and kind:
        return kind in endpoint.type.chat_kinds
    return kind not in _SILENT_KINDS


def answers_to_responses_only(type_name: str, wire_name: str) -> bool:
    """Whether a model answers to OpenAI's API called responses, and never to chat completions.

    Said of OpenAI's own models alone: a proxy that says so of a model carries chats over to that API by itself.
    """
    return type_name in ("openai", "azure") and bool(RESPONSES_ONLY.fullmatch(wire_name.lower()))


def needs_tools(type_name: str, wire_name: str) -> bool:
    """Whether such a model does nothing without tools that chats have not, as searching or using a computer."""
    return answers_to_responses_only(type_name, wire_name) and bool(_NEEDS_TOOLS.search(wire_name.lower()))


def _prices(endpoint: Endpoint, pricing: object) -> dict[str, Decimal]:
    """USD per 1M tokens, exact; a price below zero means that it depends, and is left out."""
    if not endpoint.type.listing_prices:
        return {}
    told = {
        name: next((said for key in keys if (said := reading.field(pricing, key)) is not None), None)
        for name, keys in PRICES.items()
    }
    return _per_million(told, MILLION / endpoint.type.listing_prices)


def _costs(row: object) -> dict[str, Decimal]:
    """LiteLLM's prices, which it names by the token."""
    return _per_million({name: reading.field(row, key) for name, key in COSTS.items()}, MILLION)


def _per_million(told: Mapping[str, object], times: Decimal) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name, value in told.items():
        if value is None or isinstance(value, bool):
            continue
        try:
            amount = Decimal(str(value)[:40]) * times
        except ArithmeticError:  # not a number, or one that no number can be
            continue
        if amount.is_finite() and 0 <= amount < MILLION:
            found[name] = Decimal(f"{amount:.8f}").normalize() if amount else Decimal(0)
    return found
