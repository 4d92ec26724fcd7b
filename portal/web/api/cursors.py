"""Where a page of a list begins, as one word that callers hand back and do not read."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from portal.domain.errors import Invalid

NOT_OURS = "This is no cursor of this list. Send the `next` of the page before, or none to begin anew."


def write(*place: Any) -> str:
    """A place in a list, as a cursor."""
    text = json.dumps(place, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def read(cursor: str, *kinds: Any) -> tuple[Any, ...] | None:
    """The place that a cursor names, each part read by one of `kinds`; None for a blank one. Raises `Invalid`."""
    if not cursor:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(place, list) or len(place) != len(kinds):
            raise ValueError
        return tuple(kind(part) for kind, part in zip(kinds, place, strict=True))
    except (ValueError, TypeError, AttributeError, binascii.Error, OverflowError, RecursionError):
        raise Invalid({"?cursor": NOT_OURS}) from None


def count(part: object) -> int:
    """How many stand before it. Raises `ValueError`."""
    number = int(str(part))
    if not 0 <= number < 2**31:
        raise ValueError(part)
    return number


def moment(part: object) -> datetime:
    """A moment that says its time zone. Raises `ValueError`."""
    at = datetime.fromisoformat(str(part))
    if at.tzinfo is None:
        raise ValueError(part)
    return at.astimezone(UTC)
