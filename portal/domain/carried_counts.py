"""What becomes of counts when requests are counted in another store from now on: nothing is forgotten, nothing doubled.

Requests are counted in Redis, and in the database while Redis is away. Each count in the database goes with a second
one, `known`: how much of it Redis knows too. So however many processes carry a count over, in whatever order, each
request is in it once.
"""

from uuid import UUID

from portal.domain.limits import MINUTE_MS, Count

Carried = tuple[UUID, Count, int, int]
"""Whose count, what the database counted, and how much of its minute and of its day Redis does not know."""


def from_redis(row: Count, known: Count, heard: Count) -> tuple[Count, Count]:
    """The count in the database, and how much of it Redis knows, once the database knows what was `heard` of Redis."""
    minute_from, in_minute, known_from, known_in_minute = row.minute_from, row.in_minute, heard.minute_from, 0
    if heard.minute_from >= row.minute_from + MINUTE_MS:
        minute_from, in_minute, known_in_minute = heard.minute_from, heard.in_minute, heard.in_minute
    elif heard.minute_from > row.minute_from - MINUTE_MS:
        already = known.in_minute if abs(known.minute_from - heard.minute_from) < MINUTE_MS else 0
        in_minute, known_in_minute = _joined(in_minute, already, heard.in_minute)
    else:  # a minute that is over
        known_from, known_in_minute = known.minute_from, known.in_minute
    day, in_day, known_day, known_in_day = row.day, row.in_day, known.day, known.in_day
    if heard.day > row.day:
        day, in_day, known_day, known_in_day = heard.day, heard.in_day, heard.day, heard.in_day
    elif heard.day == row.day:
        already = known.in_day if known.day == heard.day else 0
        in_day, known_in_day = _joined(in_day, already, heard.in_day)
        known_day = heard.day
    return Count(minute_from, in_minute, day, in_day), Count(known_from, known_in_minute, known_day, known_in_day)


def _joined(counted: int, already: int, heard: int) -> tuple[int, int]:
    """What was counted with what Redis knows and the database did not; and how much of that Redis knows."""
    return counted + max(0, heard - already), max(heard, already)


def to_redis(row: Count, known: Count) -> tuple[int, int]:
    """How many requests of the minute and of the day in `row` Redis does not know."""
    same_minute = abs(row.minute_from - known.minute_from) < MINUTE_MS
    return (
        max(0, row.in_minute - (known.in_minute if same_minute else 0)),
        max(0, row.in_day - (known.in_day if row.day == known.day else 0)),
    )
