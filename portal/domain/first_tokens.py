"""How long people waited for first words, in few numbers that can be added up: how many fell into each of some classes.

Each class is a quarter wider than the one before, so that what is read from them is wrong by 13 % at most, from 20 ms
to 96 s; beyond that, what is quicker is told as 20 ms, and what is slower as 96 s.
"""

from collections.abc import Sequence
from math import sqrt

QUICKEST, GROWTH, CLASSES = 20, 1.25, 40

ERROR = 13
"""Per cent: how wrong a quantile may be."""

EDGES = tuple(round(QUICKEST * GROWTH**number) for number in range(CLASSES - 1))
"""Milliseconds: a class holds what is above the edge before, up to its own; the last one all that is slower."""


def quantile(counts: Sequence[int], share: float) -> int | None:
    """The milliseconds that this share of them stays within; None when there are none."""
    total = sum(counts)
    if not total:
        return None
    wanted, seen = share * total, 0
    for number, count in enumerate(counts):
        seen += count
        if seen >= wanted and count:
            return _middle(number)
    return EDGES[-1]


def _middle(number: int) -> int:
    if number == 0:
        return EDGES[0]
    if number == CLASSES - 1:
        return EDGES[-1]
    return round(sqrt(EDGES[number - 1] * EDGES[number]))
