"""How long to wait before the next try: in headers, in dates, in words, in whatever unit a provider says it."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from portal.dialects.faults.errors import Error, seconds

Clock = Callable[[], float]
"""Seconds since 1970 by this machine: for dates of servers that do not send their own."""

LONGEST = 7 * 24 * 3600.0
_READ = 4_000
_A_YEAR = 366 * 24 * 3600

_UNITS: tuple[tuple[str, float], ...] = (
    (r"d(?:ays?)?", 86_400),
    (r"h(?:(?:ou)?rs?)?", 3_600),
    (r"m(?:in(?:ute)?s?)?", 60),
    (r"s(?:ec(?:ond)?s?)?", 1),
    (r"ms|milliseconds?|millis", 0.001),
)
_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_ONE = rf"{_NUMBER}\s?(?:{'|'.join(unit for unit, _ in _UNITS)})\b"
_COMPOUND = rf"{_NUMBER}(?:d|h|ms|m|s)(?:{_NUMBER}(?:h|ms|m|s)){{0,3}}\b"
_SPAN = rf"(?:{_COMPOUND}|{_ONE}(?:(?:,| and|,? )\s?{_ONE}){{0,3}}|{_NUMBER}\b)"
_SAID = re.compile(
    r"(?:(?:retry|try(?: again)?|back|available(?: again)?|resets?|reset[- ]time|wait(?: for| at least)?|restored)"
    rf"(?:\s?(?::|=|after|in|within))?\s(?:about |at least |approximately |another )?)({_SPAN})",
    re.IGNORECASE,
)
_PART = re.compile(rf"({_NUMBER})\s?([a-z]*)", re.IGNORECASE)

_PARTLY = re.compile(r"(.*)(?<=[-_])(limit|remaining|reset)(.*)")
"""The names of headers that count: what is left, and when it is full again."""


def wait_of(headers: Mapping[str, str], error: Error, clock: Clock = time.time) -> float | None:
    """Seconds until another try makes sense, by the most exact source there is; headers inside the body count, too."""
    every = {**{name.lower(): value for name, value in error.headers.items()}, **headers}
    for wait in (*_named(every, clock), error.wait, said_in(error.message), _full_again(every, clock)):
        if wait is not None:
            return max(0.0, min(wait, LONGEST))
    return None


def said_in(message: str) -> float | None:
    """The wait in a sentence, as "try again in 7m36.192s" or "wait 2 minutes and 5 seconds"."""
    match = _SAID.search(message[:_READ])
    return span(match[1]) if match else None


def span(text: str) -> float | None:
    """Seconds in a time as people and programs write it; a bare number is seconds."""
    total, found = 0.0, False
    for number, unit in _PART.findall(text):
        factor = next((size for name, size in _UNITS if re.fullmatch(name, unit, re.IGNORECASE)), None)
        if unit and factor is None:
            continue
        total, found = total + float(number) * (factor or 1), True
    return total if found else None


def _named(headers: Mapping[str, str], clock: Clock) -> Iterator[float | None]:
    """The waits that are named so. A proxy passes its provider's headers on under longer names of its own."""
    longer = sorted(name for name in headers if name.endswith("retry-after"))
    yield _thousandth(seconds(headers.get("retry-after-ms")))
    for name in ("retry-after", *(name for name in longer if name != "retry-after")):
        value = headers.get(name)
        yield seconds(value)
        yield _until(value, headers.get("date"), clock)


def _thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _until(when: str | None, now: str | None, clock: Clock) -> float | None:
    """From an HTTP date to seconds, by the clock of the server that wrote it, else by ours."""
    moment = _moment(when)
    if moment is None:
        return None
    theirs = _moment(now)
    return moment - (clock() if theirs is None else theirs)


def _moment(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, TypeError, OverflowError):
        return None


def _full_again(headers: Mapping[str, str], clock: Clock) -> float | None:
    """When that is full again of which nothing is left, by the headers that count it; the latest of several."""
    waits = []
    for name, value in headers.items():
        match = _PARTLY.fullmatch(name)
        if match is None or match[2] != "reset":
            continue
        left = headers.get(f"{match[1]}remaining{match[3]}")
        if left is not None and left.strip() in ("0", "0.0") and (wait := _reset(value, clock)) is not None:
            waits.append(wait)
    return max(waits, default=None)


def _reset(value: str, clock: Clock) -> float | None:
    """A reset: seconds or milliseconds since 1970, a span, or a date."""
    number = seconds(value)
    if number is not None:
        for unit in (1, 1000):
            if abs(number / unit - clock()) < _A_YEAR:
                return number / unit - clock()
        return number
    try:
        return datetime.fromisoformat(value).timestamp() - clock()
    except (ValueError, OverflowError):
        return span(value) if re.fullmatch(_SPAN, value.strip()) else None
