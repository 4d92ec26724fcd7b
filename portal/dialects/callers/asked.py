"""What a caller asked for, read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.dialects.conversation import ChatRequest


@dataclass(frozen=True)
class Namespaced:
    """A tool that the caller keeps in a namespace, and its name in there."""

    namespace: str
    name: str


@dataclass(frozen=True)
class Asked:
    """A caller's request. `chat_request.wire_name` is blank: which model answers is decided elsewhere.

    `left_out` names the fields that are not carried, as a path without indexes, each once. `namespaced` holds, by the
    name towards the provider, the tools that go back under another one; `custom` names those that take plain text.
    `echoed` is what an answer repeats of its request, in APIs that do. `origin` says whose model answers, once that is
    decided: what it signs carries that.
    """

    model: str
    stream: bool
    usage_wanted: bool
    chat_request: ChatRequest
    left_out: tuple[str, ...] = ()
    namespaced: Mapping[str, Namespaced] = field(default_factory=dict)
    custom: frozenset[str] = frozenset()
    echoed: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""
