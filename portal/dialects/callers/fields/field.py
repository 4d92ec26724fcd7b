"""One row of the table of fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What becomes of a field of a caller's request where the provider speaks another API."""

    CARRIED = "carried"
    LEFT_OUT = "left out"
    REFUSED = "refused"


@dataclass(frozen=True)
class Field:
    """A field of an object in a request. `note` says as what it is carried, or why it is not.

    `harmless` are values that ask for nothing: with one of them a field is neither refused nor named as left out.
    """

    name: str
    fate: Fate
    note: str = ""
    harmless: tuple[Any, ...] = ()


Table = Mapping[str, Mapping[str, Field]]
"""The fields of an API by where their object stands (blank: the body itself), then by name."""


def carried(*names: str, note: str = "") -> tuple[Field, ...]:
    """Rows of fields that arrive at the model."""
    return tuple(Field(name, Fate.CARRIED, note) for name in names)


def left_out(*names: str, note: str, harmless: tuple[Any, ...] = ()) -> tuple[Field, ...]:
    """Rows of fields that change cost or speed, or are wishes, but not what is asked."""
    return tuple(Field(name, Fate.LEFT_OUT, note, harmless) for name in names)


def refused(*names: str, note: str, harmless: tuple[Any, ...] = ()) -> tuple[Field, ...]:
    """Rows of fields without which the answer would not be the one that was asked for."""
    return tuple(Field(name, Fate.REFUSED, note, harmless) for name in names)


def table(places: Mapping[str, tuple[tuple[Field, ...], ...]]) -> Table:
    """The table of an API, from its rows."""
    return {place: {field.name: field for row in rows for field in row} for place, rows in places.items()}


CACHE = "Marks for a cache change the cost alone."
NO_STATE = "What is kept at one provider cannot be read by another. Send the whole conversation."
REFERRED = f"{NO_STATE} A client that refers to earlier answers does not when it says `store: false`."
BOOKKEEPING = "For the provider's own records."
BILLING = "How fast and at what price a provider answers is its own."
LOOKS = "Says how something was shown, not what it is."
