"""When a provider is checked again: once in each of its intervals, at a moment of its own within them.

Time is cut into intervals of the provider's length, shifted by a share that follows from its id. So checks do not
drift, two providers seldom meet, and every worker knows, at any time, which interval it is.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=7)
AT_ONCE = 8
"""As many that are late may be checked without spreading them."""
SPREAD = timedelta(minutes=1)
"""Over how long those are spread that are late together, after a stop or a jump of the clock."""
LONGEST_LEASE = timedelta(minutes=10)
"""A claim that reaches further than this was made before the clock was set back."""
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Probe(StrEnum):
    """How a scheduled check asks. Listing models is free; a ping asks a model for a token."""

    LIST = "list"
    PING = "ping"


@dataclass(frozen=True)
class Plan:
    """One provider's schedule, as far as it is needed to say what is due."""

    provider_id: UUID
    interval: timedelta
    next_at: datetime
    claimed_until: datetime | None = None


def share(provider_id: UUID) -> float:
    """Where in its interval a provider is checked: at least 0, less than 1, the same for ever."""
    return zlib.crc32(provider_id.bytes) / 2**32


def slot_after(provider_id: UUID, interval: timedelta, moment: datetime) -> datetime:
    """When the provider's next interval begins, seen from this moment; never the moment itself."""
    first = _BEGINNING + share(provider_id) * interval
    return first + ((moment - first) // interval + 1) * interval


def is_due(plan: Plan, now: datetime) -> bool:
    """True when it is to be checked and no worker holds it.

    A time further away than an interval was written before the clock was set back: it counts as now.
    """
    return _is_late(plan, now) and is_free(plan.claimed_until, now)


def is_free(claimed_until: datetime | None, now: datetime) -> bool:
    """True when nobody holds it, or its holder's time is over."""
    return claimed_until is None or not now < claimed_until <= now + LONGEST_LEASE


def spread(plans: Sequence[Plan], now: datetime) -> dict[UUID, datetime]:
    """New times for those that are late together, so that they do not all come at once; nothing when they are few.

    None is put off beyond the end of the interval that it is in.
    """
    late = [plan for plan in plans if _is_late(plan, now)]
    if len(late) <= AT_ONCE:
        return {}
    return {
        plan.provider_id: min(
            now + share(plan.provider_id) * min(SPREAD, plan.interval),
            slot_after(plan.provider_id, plan.interval, now),
        )
        for plan in late
    }


def until_next(plans: Sequence[Plan], now: datetime, longest: timedelta) -> timedelta:
    """How long nothing is due; at most `longest`."""
    waits = [plan.next_at - now for plan in plans if is_free(plan.claimed_until, now)]
    waits += [plan.claimed_until - now for plan in plans if plan.claimed_until and plan.claimed_until > now]
    return max(timedelta(0), min([longest, *waits]))


def say_interval(seconds: int | None) -> str:
    """300 → "every 5 minutes"; None → "off"."""
    if not seconds:
        return "off"
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds % length == 0:
            number = seconds // length
            return f"every {unit}" if number == 1 else f"every {number:,} {unit}s"
    raise AssertionError("a whole number of seconds is a number of seconds")


def _is_late(plan: Plan, now: datetime) -> bool:
    return plan.next_at <= now or plan.next_at - now > plan.interval
