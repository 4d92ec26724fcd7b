"""What one vendor wants handed back, carried through another vendor's API in the one field that its clients keep.

A signature that stands where its own API has it goes plain. Anything else is packed into one opaque text, with whose
model made it, which the next request brings back and `unpack` takes apart: to the letter, and without a table of what
was given out.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

MARK = "portal1_"
"""What a packed text begins with; no vendor's does."""

MADE_UP = "rs_portal_"
"""What the id of a reasoning item begins with that the portal made up because the provider gave none."""


@dataclass(frozen=True)
class Signed:
    """What was packed: of a reasoning part, or, with `call_id`, of a tool call. `origin` says whose model made it."""

    signature: str = ""
    encrypted: str = ""
    id: str = ""
    call_id: str = ""
    origin: str = ""


def pack(signed: Signed) -> str:
    """One text for all of it."""
    fields = [signed.signature, signed.encrypted, signed.id, signed.call_id, signed.origin]
    return MARK + urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode()


def unpack(text: str) -> Signed | None:
    """What `pack` packed; None for anything else, a vendor's own text among it."""
    if not text.startswith(MARK):
        return None
    try:
        fields = json.loads(urlsafe_b64decode(text.removeprefix(MARK).encode()))
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, list) or len(fields) not in (4, 5) or not all(isinstance(field, str) for field in fields):
        return None
    return Signed(*fields)
