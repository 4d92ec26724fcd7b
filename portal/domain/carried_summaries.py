"""The summaries of a chat in a file: what models read in the place of its older part, as whoever made it left it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain import carried_values as values
from portal.domain.carried_selection import CarriedSelection, read_selection
from portal.domain.carried_values import Unreadable
from portal.domain.chats import CHAT_TURNS
from portal.domain.compaction import LONGEST_SUMMARY, Why, tokens_in

MOST_SUMMARIES = 200
"""A page tells of no more of one chat."""


@dataclass(frozen=True)
class CarriedSummary:
    """A summary that was made, of everything through the turn at this place.

    `undone_at`: since when models read the messages themselves again; None while they read the summary.
    """

    turn: int
    why: Why
    text: str
    messages: int
    tokens: int
    tokens_before: int
    tokens_after: int
    selection: CarriedSelection
    made_at: datetime
    undone_at: datetime | None


def read_summaries(rows: Any, places: Mapping[str, int], now: datetime) -> tuple[CarriedSummary, ...]:
    """The summaries of a file, by where its turns stand. A file of before had none. Raises `Unreadable`."""
    if rows is None:
        return ()
    if not isinstance(rows, list) or len(rows) > MOST_SUMMARIES:
        raise Unreadable(f"Its summaries are not readable, or more than {MOST_SUMMARIES}.")
    return tuple(_summary(number, row, places, now) for number, row in enumerate(rows, 1))


def _summary(number: int, row: Any, places: Mapping[str, int], now: datetime) -> CarriedSummary:
    if not isinstance(row, dict):
        raise Unreadable(f"Summary {number} is not readable.")
    turn, text = places.get(str(row.get("turn_id"))), values.text(row, "text").strip()
    if turn is None:
        raise Unreadable(f"Summary {number} stands for questions that are not in the file.")
    if not text or len(text) > LONGEST_SUMMARY:
        raise Unreadable(f"Summary {number} is empty, or has more than {LONGEST_SUMMARY:,} characters.")
    return CarriedSummary(
        turn=turn,
        why=Why(values.one_of(row, "why", Why) or Why.HAND),
        text=text,
        messages=min(values.number(row, "messages") or 2 * (turn + 1), 2 * CHAT_TURNS),
        tokens=values.number(row, "tokens") or tokens_in(text),
        tokens_before=values.number(row, "tokens_before") or 0,
        tokens_after=values.number(row, "tokens_after") or 0,
        selection=read_selection(row),
        made_at=values.moment(row, now, "made_at"),
        undone_at=values.moment(row, now, "undone_at") if row.get("undone_at") else None,
    )
