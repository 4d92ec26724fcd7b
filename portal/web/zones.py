"""The reader's own time zone: a script on every page writes its name into a cookie. Without one, it is UTC."""

from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from flask import has_request_context, request

COOKIE = "zone"


def reader_zone() -> tzinfo:
    """Where the reader's clock stands; UTC for a name that nobody knows, and outside a request."""
    name = request.cookies.get(COOKIE, "") if has_request_context() else ""
    return ZoneInfo(name) if name in _known() else UTC


def midnight(day: date) -> datetime:
    """The moment, in UTC, at which a day of the reader begins."""
    return datetime.combine(day, time(), reader_zone()).astimezone(UTC)


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
