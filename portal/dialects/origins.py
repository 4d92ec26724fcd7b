"""Whose model made a signature: none is handed to a model that did not make it, which would refuse it.

An origin is a vendor, then what the model and the key are called there: `google:1f0c…`. Of what came back in the own
field of a vendor's API the vendor alone is known: `anthropic:`. A blank one tells nothing, and stops nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from portal.dialects.conversation import ChatRequest, Message, Part, Reasoning, ToolCall

ANTHROPIC, GOOGLE, OPENAI = "anthropic", "google", "openai"

LEFT_OUT = "signatures of another model"
"""What `Portal-Left-Out` calls them."""


def vendor_of(dialect_name: str, type_name: str, wire_name: str) -> str:
    """Whose signatures a model makes and reads, which is asked in this dialect at a provider of this type."""
    model = wire_name.lower()
    if dialect_name == "responses":
        return OPENAI
    if dialect_name in ("vertex", "bedrock") and "claude" in model:
        return ANTHROPIC
    if dialect_name in ("gemini", "vertex") or (dialect_name == "openai" and "gemini" in model):
        return GOOGLE
    return dialect_name if dialect_name in (ANTHROPIC, "bedrock") else type_name


def origin_of(vendor: str, *names: object) -> str:
    """The origin of what a vendor's model makes, by the names of its provider, the model, and the key that is used."""
    return f"{vendor}:{sha256(repr(names).encode()).hexdigest()[:12]}"


def vendor_in(origin: str) -> str:
    return origin.partition(":")[0]


def of_vendor(vendor: str) -> str:
    """The origin of what came back in a vendor's own field."""
    return f"{vendor}:" if vendor else ""


def is_of(origin: str, vendor: str) -> bool:
    """Whether it may stand in this vendor's own field, as it is."""
    return vendor_in(origin) in ("", vendor)


def fits(made: str, here: str) -> bool:
    """Whether a model reads what was made there."""
    vendor, _, maker = made.partition(":")
    own, _, reader = here.partition(":")
    return not made or (vendor == own and maker in ("", reader))


def only_own(chat_request: ChatRequest, here: str) -> tuple[ChatRequest, tuple[str, ...]]:
    """The request without the signatures that other models made, and the name of what is left out, if anything is."""
    foreign = [part for message in chat_request.messages for part in message.parts if not _is_readable(part, here)]
    if not foreign:
        return chat_request, ()
    messages = (
        Message(message.role, tuple(left for part in message.parts for left in _left(part, here)))
        for message in chat_request.messages
    )
    return replace(chat_request, messages=tuple(message for message in messages if message.parts)), (LEFT_OUT,)


def _is_readable(part: Part, here: str) -> bool:
    if isinstance(part, Reasoning):
        return not (part.signature or part.encrypted) or fits(part.origin, here)
    return not isinstance(part, ToolCall) or not part.signature or fits(part.origin, here)


def _left(part: Part, here: str) -> Iterator[Part]:
    """A call loses its signature, thinking all but its words."""
    if _is_readable(part, here):
        yield part
    elif isinstance(part, ToolCall):
        yield replace(part, signature="", origin="")
    elif isinstance(part, Reasoning) and part.text:
        yield Reasoning(part.text)
