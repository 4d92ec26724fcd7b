"""How many requests may be sent in a minute and in a day, and what is said to whoever sends more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from math import ceil
from typing import NamedTuple
from uuid import UUID

from portal.domain.errors import PortalError

MINUTE_MS = 60_000
MOST = 1_000_000_000
"""What no limit reaches, and stands for none where a number is needed."""


class Limited(StrEnum):
    """Whose requests are counted together."""

    PROVIDER = "provider"
    USER = "user"
    TOKEN = "token"  # noqa: S105 because it is the name of a kind
    APPLICATION = "application"


_WHO = {
    Limited.PROVIDER: "{label} may be asked {n} time{s} a {window}, by all together",
    Limited.USER: "you may send {n} request{s} a {window}",
    Limited.TOKEN: "this access token may send {n} request{s} a {window}",
    Limited.APPLICATION: "this application may send {n} request{s} a {window}, for all its users together",
}


@dataclass(frozen=True)
class Limit:
    """The limit of one provider, person or token; None is no limit."""

    kind: Limited
    id: UUID
    per_minute: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, eq=False)
class Limits:
    """The limits that one request is counted against, in the order of their ids: so no two requests wait for each
    other, and of two that open at the same moment every store names the same one.

    Each is equal to itself alone: a store keeps what it says of them, and finds that without comparing them.
    """

    all: tuple[Limit, ...]

    @classmethod
    def of(cls, limits: Iterable[Limit]) -> "Limits":
        return cls(tuple(sorted(limits, key=lambda limit: limit.id)))


class Count(NamedTuple):
    """How far one limit is used. Its minute began with its first request, in ms after 1970; its day is UTC's."""

    minute_from: int
    in_minute: int
    day: int
    in_day: int


@dataclass(frozen=True)
class Full:
    """A limit that is reached. `seconds` say when its minute is over; None for a day, which is told in words."""

    limit: Limit
    seconds: int | None

    def reached(self, label: str = "This provider") -> "LimitReached":
        """What its caller is told; `label` is the provider's."""
        window = "day" if self.seconds is None else "minute"
        n = self.limit.per_day if self.seconds is None else self.limit.per_minute
        words = _WHO[self.limit.kind].format(label=label, n=f"{n:,}", s="" if n == 1 else "s", window=window)
        if self.seconds is None:
            return LimitReached(f"The limit of today is reached: {words}. It opens again at midnight UTC.")
        return LimitReached(f"Too many requests: {words}. Try again in {self.seconds} s.", self.seconds)


class LimitReached(PortalError):
    """More requests than are allowed. `retry_after` are seconds, None where only another day helps."""

    status = 429

    def __init__(self, sentence: str, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        return "daily_limit_reached" if self.retry_after is None else "rate_limit_exceeded"


def milliseconds(now: datetime) -> int:
    """As `Count.minute_from` is written."""
    since = now - _FIRST
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def day_of(now: datetime) -> int:
    """As `Count.day` is written."""
    return now.astimezone(UTC).toordinal()


def midnight(now: datetime) -> datetime:
    """When the day is over."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def fullest(limits: Sequence[tuple[Limit, Count]], now: datetime) -> Full | None:
    """Of limits as they are counted, the reached one that opens last; None when each has room."""
    moment, day = milliseconds(now), day_of(now)
    longest: Full | None = None
    for limit, count in limits:
        if limit.per_day is not None and count.day >= day and count.in_day >= limit.per_day:
            return Full(limit, None)
        ends = count.minute_from + MINUTE_MS
        if limit.per_minute is not None and moment < ends and count.in_minute >= limit.per_minute:
            found = Full(limit, min(60, max(1, ceil((ends - moment) / 1000))))
            if longest is None or longest.seconds is None or (found.seconds or 0) > longest.seconds:
                longest = found
    return longest


_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
