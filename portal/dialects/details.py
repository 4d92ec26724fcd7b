"""What local servers say of their models beside the listing: the real context limit, and which of them chat.

Their listings in OpenAI's shape hold names and little else. A limit that is merely guessed hurts there: Ollama cuts a
prompt that is too long without a word.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.dialects import reading
from portal.dialects.base import Endpoint, Listing, UpstreamRequest, UpstreamResponse
from portal.dialects.faults import refusals
from portal.dialects.writing import headers_of, url_of, write
from portal.domain.faults import UpstreamError


@dataclass(frozen=True)
class Inquiry:
    """One question about `listings`. Its requests are tried in turn, until one has an answer that can be read."""

    requests: tuple[UpstreamRequest, ...]
    listings: tuple[Listing, ...]


@dataclass(frozen=True)
class ModelDetails:
    """What a server says of one model; None is what it leaves open."""

    limit: int | None = None
    chats: bool | None = None


Answers = Mapping[str, ModelDetails]
"""What a server says, by model ID."""


@dataclass(frozen=True)
class Shape:
    """One server's API for details: what to ask, and how to read the JSON of a success; None for another shape."""

    ask: Callable[[Endpoint, Sequence[Listing]], tuple[Inquiry, ...]]
    read: Callable[[Any, Sequence[Listing]], Answers | None]


def inquiries(endpoint: Endpoint, listings: Sequence[Listing]) -> tuple[Inquiry, ...]:
    """What to ask about these models, the most useful first; nothing where the type's listing says all there is."""
    shape = SHAPES.get(endpoint.type.details)
    return shape.ask(endpoint, listings) if shape and listings else ()


def read(endpoint: Endpoint, inquiry: Inquiry, response: UpstreamResponse) -> tuple[Listing, ...]:
    """The inquiry's listings with what the response says of them. Raises `UpstreamError` when it says nothing."""
    details = SHAPES[endpoint.type.details].read(refusals.answered(endpoint, response), inquiry.listings)
    if details is None:
        raise UpstreamError(refusals.read_fault(endpoint, response))
    return tuple(_corrected(listing, details.get(listing.wire_name, ModelDetails())) for listing in inquiry.listings)


def _corrected(listing: Listing, details: ModelDetails) -> Listing:
    # A name that tells of another purpose stays aside: a guard or a reranker completes texts, too.
    chat = listing.chat and details.chats is not False
    if details.limit is None:
        return replace(listing, chat=chat)
    return replace(listing, chat=chat, context_limit=details.limit, from_family=False)


def _get(endpoint: Endpoint, path: str) -> UpstreamRequest:
    return UpstreamRequest("GET", _root(endpoint) + path, headers_of(endpoint, body=False))


def _root(endpoint: Endpoint) -> str:
    """The address that the server's own paths begin at: the base URL without OpenAI's `/v1`."""
    return url_of(endpoint, "").removesuffix(endpoint.type.version_path)


_LOADED_WITH = re.compile(r"^num_ctx\s+(\d{1,10})\s*$", re.MULTILINE)


def _ask_ollama(endpoint: Endpoint, listings: Sequence[Listing]) -> tuple[Inquiry, ...]:
    """Each model by itself, those that look like chat models first."""
    url, headers = f"{_root(endpoint)}/api/show", headers_of(endpoint, body=True)
    return tuple(
        Inquiry((UpstreamRequest("POST", url, headers, write({"model": listing.wire_name})),), (listing,))
        for listing in sorted(listings, key=lambda one: not one.chat)
    )


def _read_ollama(value: Any, listings: Sequence[Listing]) -> Answers | None:
    """`num_ctx` is what a model's file loads it with; only without it, the limit that it was trained for counts."""
    info, can = reading.field(value, "model_info"), reading.field(value, "capabilities")
    if not isinstance(info, Mapping) and not isinstance(can, list):
        return None
    loaded = _LOADED_WITH.search(reading.text(reading.field(value, "parameters")))
    named = f"{reading.field(info, 'general.architecture')}.context_length"
    others = sorted(key for key in info if str(key).endswith(".context_length")) if isinstance(info, Mapping) else []
    limit = reading.limit(
        int(loaded.group(1)) if loaded else None, *(reading.field(info, key) for key in (named, *others))
    )
    details = ModelDetails(limit, "completion" in can if isinstance(can, list) and can else None)
    return {listing.wire_name: details for listing in listings}


def _ask_lm_studio(endpoint: Endpoint, listings: Sequence[Listing]) -> tuple[Inquiry, ...]:
    """All at once; versions before 0.4 know only the second path."""
    return (Inquiry((_get(endpoint, "/api/v1/models"), _get(endpoint, "/api/v0/models")), tuple(listings)),)


def _read_lm_studio(value: Any, listings: Sequence[Listing]) -> Answers | None:  # noqa: ARG001 - it tells of all
    """A model that is loaded has the limit that it was loaded with; one that is not, the most that it could have."""
    rows = reading.field(value, "models")
    rows = rows if isinstance(rows, list) else reading.field(value, "data")
    if not isinstance(rows, list):
        return None
    details: dict[str, ModelDetails] = {}
    for row in rows:
        kind, most = reading.name(reading.field(row, "type")), reading.field(row, "max_context_length")
        chats = kind in ("llm", "vlm") if kind else None
        running = reading.field(row, "loaded_instances")
        loaded: list[int] = []
        for instance in running if isinstance(running, list) else []:
            limit = reading.limit(reading.field(instance, "config", "context_length"))
            details[reading.name(reading.field(instance, "id"))] = ModelDetails(limit or reading.limit(most), chats)
            loaded += [limit] if limit else []
        # The model's own name may reach any of those that run, so the smallest is what is safe to promise.
        limit = reading.limit(min(loaded, default=None), reading.field(row, "loaded_context_length"), most)
        details[reading.name(reading.field(row, "key")) or reading.name(reading.field(row, "id"))] = ModelDetails(
            limit, chats
        )
    return details


def _ask_llama_cpp(endpoint: Endpoint, listings: Sequence[Listing]) -> tuple[Inquiry, ...]:
    """Its properties are those of the one model that it serves; where it serves several, they are of none."""
    return (Inquiry((_get(endpoint, "/props"),), tuple(listings)),) if len(listings) == 1 else ()


def _read_llama_cpp(value: Any, listings: Sequence[Listing]) -> Answers | None:
    limit = reading.limit(reading.field(value, "default_generation_settings", "n_ctx"))
    return {listing.wire_name: ModelDetails(limit) for listing in listings} if limit else None


SHAPES: Mapping[str, Shape] = {
    "ollama": Shape(_ask_ollama, _read_ollama),
    "lm_studio": Shape(_ask_lm_studio, _read_lm_studio),
    "llama_cpp": Shape(_ask_llama_cpp, _read_llama_cpp),
}
"""By the name in a type's row."""
