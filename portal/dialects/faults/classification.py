"""The classification table: what a response says about a request. Read top to bottom; the first row that fits wins.

A row's `number` is its number in the list of facts that the table was drawn from.
"""

from portal.dialects.faults.matching import ResponseSignals, Row
from portal.dialects.faults.rows import accounts, limits, requests

ROWS: tuple[Row, ...] = (*accounts.ROWS, *requests.ROWS, *limits.ROWS)


def classify(signals: ResponseSignals) -> Row:
    """The first row that fits; the last one always does."""
    return next(row for row in ROWS if row.fits(signals))
