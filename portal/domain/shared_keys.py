"""What can be said of a provider's key without showing it, and whether a text could be a key at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

LONGEST = 10_240
ROTATE_AFTER = timedelta(days=90)
QUOTES = "\"'`“”‘’«»"


@dataclass(frozen=True)
class KeyView:
    """All that is ever told about a stored key. `destination` and `master_key_id` say whether it would open."""

    id: UUID
    provider_id: UUID
    position: int
    fingerprint: str
    destination: str
    master_key_id: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None = None
    rest_until: datetime | None = None

    def age(self, now: datetime) -> timedelta:
        return now - self.created_at

    def is_old(self, now: datetime) -> bool:
        """True past the age at which a reminder to rotate it appears."""
        return self.age(now) > ROTATE_AFTER


class Resting(Protocol):
    @property
    def position(self) -> int: ...
    @property
    def rest_until(self) -> datetime | None: ...


_Key = TypeVar("_Key", bound=Resting)


def awake_first(keys: Iterable[_Key], now: datetime) -> list[_Key]:
    """The order in which keys are tried: those awake by position, then the resting, the soonest to wake first."""

    def rank(key: _Key) -> tuple[bool, float, int]:
        resting = key.rest_until is not None and key.rest_until > now
        return resting, key.rest_until.timestamp() if resting and key.rest_until else 0.0, key.position

    return sorted(keys, key=rank)


def key_fault(text: str) -> str | None:
    """Why this cannot be a key, as the sentence beside the field; None when it can. The text is never repeated."""
    if not text.strip():
        return "Enter the key. It cannot be blank."
    if "\n" in text.strip() or "\r" in text.strip():
        return "The key has a line break in it. Paste it as one line."
    if text != text.strip():
        return "The key begins or ends with a space or a line break. Remove it."
    if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        return "The key stands in quotation marks. Paste it without them."
    if not text.isascii():
        return "The key has a character that no key has, such as a typographic dash or an accent. Copy it again."
    if not text.isprintable():
        return "The key has an invisible control character in it. Copy it again."
    if len(text) > LONGEST:
        return f"The key has {len(text):,} characters. A key has at most {LONGEST:,}."
    return None
