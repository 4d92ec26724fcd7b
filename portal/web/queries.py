"""Reading what an address asks for: words of a closed set, ids, days; what cannot be read asks for nothing."""

from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from portal.web.zones import midnight

Word = TypeVar("Word", bound=StrEnum)


def member(words: type[Word], text: str | None, default: Word) -> Word:
    """The member that `text` names."""
    return words(text) if text in set(words) else default


def uuid_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def row_number(text: str) -> int:
    """A row's number, for `args.get(…, type=row_number)`: what no database counts to is no number."""
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(text)
    return number


def day_of(text: str | None) -> datetime | None:
    """The moment at which a day like 2026-11-20 begins for the reader."""
    try:
        return midnight(date.fromisoformat(text or ""))
    except (ValueError, OverflowError):
        return None
