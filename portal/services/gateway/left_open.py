"""What an administrator set for a model and the caller left open, in the fields of the caller's API."""

import json
from collections.abc import Mapping
from typing import Any

from portal.dialects import anthropic, openai, responses
from portal.dialects.base import Dialect, Endpoint
from portal.dialects.conversation import ChatRequest, Message
from portal.services.gateway.asking import Asked
from portal.services.gateway.targets import Target

DIALECT_OF: Mapping[str, Dialect] = {"chat_completions": openai, "messages": anthropic, "responses": responses}
"""Who writes each API's fields."""

SAID_IN_TURN = (
    frozenset({"max_tokens", "max_completion_tokens", "max_output_tokens"}),
    frozenset({"temperature", "top_p"}),
    frozenset({"thinking", "output_config", "reasoning", "reasoning_effort"}),
)
"""Fields of which one says what the others would: where the caller has one, none of the others is added."""

NOT_OPTIONS = frozenset(
    {"model", "messages", "input", "system", "instructions", "stream", "stream_options", "store", "include"}
)

SAMPLING = frozenset({"temperature", "top_p", "top_k"})
NO_SAMPLING_SINCE = "2026-10-21"
"""The version of Anthropic's API from which sampling options are refused."""


def left_open(endpoint: Endpoint, asked: Asked, target: Target) -> dict[str, Any]:
    """The fields to add. None where nothing is set, which is the usual case."""
    dialect = DIALECT_OF.get(asked.api)
    if dialect is None or not target.options:
        return {}
    one = ChatRequest(target.wire_name, (Message.of("user", "."),), options=target.options)
    written = json.loads(dialect.chat(endpoint, one, stream=False).body or b"{}")
    given = asked.body.values.keys()
    for alike in SAID_IN_TURN:
        given = given | alike if given & alike else given
    if asked.headers.get("anthropic-version", "") >= NO_SAMPLING_SINCE:
        given = given | SAMPLING
    return {name: value for name, value in written.items() if name not in given and name not in NOT_OPTIONS}
