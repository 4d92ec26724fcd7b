"""Single values of a chat in a file: what is not as it has to be is as though it were not there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.domain.chats import tidy
from portal.domain.reasons import Layer, Reason

MOST_COST, COST_PLACES = 10**8, Decimal("1E-9")

TrailRows = tuple[Mapping[str, str], ...]


class Unreadable(Exception):
    """Why a file cannot become a chat, in a sentence for the one who gave it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return tidy(value) if isinstance(value, str) else ""


def texts(row: Mapping[str, Any], name: str, most: int, length: int) -> tuple[str, ...]:
    """So many texts of a list at most, each cut to this length; what is none, or says nothing, is left out."""
    found = row.get(name)
    told = (tidy(one)[:length] for one in found if isinstance(one, str)) if isinstance(found, list) else ()
    return tuple(one for one in told if one.strip())[:most]


def one_of(row: Mapping[str, Any], name: str, known: Iterable[str]) -> str:
    """One of these words; blank for anything else."""
    value = row.get(name)
    return str(value) if isinstance(value, str) and value in set(known) else ""


def number(row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def cost(value: Any) -> Decimal | None:
    """An amount in dollars, to the nine places with which one is stored: a database refuses what has too many."""
    try:
        told = Decimal(value) if isinstance(value, str) else None
        if told is None or not told.is_finite() or not 0 <= told < MOST_COST:
            return None
        rounded = told.quantize(COST_PLACES)
    except InvalidOperation:
        return None
    return rounded if rounded < MOST_COST else None


def place(row: Mapping[str, Any], name: str) -> int | None:
    """Which of the contents that were lifted out of the file stood here."""
    value = row.get(name)
    return int(value) if isinstance(value, str) and len(value) < 10 and value.isascii() and value.isdigit() else None


def moment(row: Mapping[str, Any], now: datetime, name: str = "created_at") -> datetime:
    """When it was, as the file says; what it does not say, or says of the future, was now."""
    return told_moment(row, now, name) or now


def told_moment(row: Mapping[str, Any], now: datetime, name: str) -> datetime | None:
    """The same, and None for what it does not say, or says of a time before there was such a file."""
    try:
        at = datetime.fromisoformat(str(row.get(name)))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return min(at, now) if at.year >= 2000 else None


_OUTCOMES = {"chosen", *(str(reason) for reason in Reason)}


def trail(rows: Any) -> TrailRows:
    """Why that model, if every line of it can be told; a line that cannot makes all of it untold."""
    if not isinstance(rows, list) or len(rows) > len(Layer):
        return ()
    told = []
    for row in rows:
        if not isinstance(row, dict) or not one_of(row, "layer", Layer) or not one_of(row, "outcome", _OUTCOMES):
            return ()
        told.append({"layer": row["layer"], "outcome": row["outcome"], "candidate": text(row, "candidate")[:400]})
    return tuple(told)
