"""Summing by day what was used: done by the worker every few seconds, and right whenever it is done."""

from collections.abc import Callable

from portal.store import usage_sums
from portal.store.base import reading, transaction

AT_ONCE = 250
"""Requests in one transaction: on SQLite nobody else writes meanwhile."""


def is_behind() -> bool:
    """Whether there is anything to be summed."""
    with reading() as session:
        return usage_sums.is_behind(session)


def sum_up(*, pause: Callable[[], bool] = lambda: False) -> int:
    """Sum what no sum counts yet; how many requests they were.

    `pause` is called between two transactions, so that others can write, and ends the work when it returns True.
    """
    total = 0
    while True:
        with transaction() as session:
            summed = usage_sums.sum_up(session, AT_ONCE)
        total += summed
        if summed < AT_ONCE or pause():
            return total
