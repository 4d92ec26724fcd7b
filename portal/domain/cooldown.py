"""When a key of a pool rests, for how long, and in which order the others are tried (SPEC §5). Pure rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from portal.domain.faults import OF_THE_MODEL, Category, Fault

LONGEST = timedelta(hours=1)
"""No key rests longer without being tried again, whatever the provider says."""

PROBE_TIME = timedelta(minutes=1)
"""How long the one request that tries a resting key again has it for itself; whoever died with it loses it then."""

FIRST_PAUSE: dict[Category, timedelta] = {
    Category.AUTH: timedelta(minutes=1),
    Category.PERMISSION: timedelta(minutes=1),
    Category.BILLING: timedelta(minutes=1),
    Category.RATE_LIMIT: timedelta(seconds=5),
}
"""The faults that are the key's own, and the first pause after each; every further one in a row doubles it."""


@dataclass(frozen=True)
class Cooldown:
    """How a key stands: failures in a row, until when it rests and why, and when its provider said to come back."""

    failures: int = 0
    until: datetime | None = None
    category: str = ""
    told: datetime | None = None

    def is_ready(self, now: datetime) -> bool:
        """False while it rests; a key whose pause is over is due for a trial, and neither awake nor asleep."""
        return self.failures == 0 and not self.is_cooling_down(now)

    def is_cooling_down(self, now: datetime) -> bool:
        return self.until is not None and self.until > now

    def is_blocked(self, now: datetime) -> bool:
        """True while the provider itself said that it takes nothing with this key: asking would be refused."""
        return self.category == Category.RATE_LIMIT and self.told is not None and self.told > now


READY = Cooldown()


def is_the_keys_fault(fault: Fault | None, *, listing: bool = False) -> bool:
    """True when another key may do better: refused, not permitted, out of credit or throttled.

    A key that may not read the list of models (`listing`) may well be allowed to chat, which is what keys are for.
    """
    if fault is None or (listing and fault.category is Category.PERMISSION):
        return False
    return fault.category in FIRST_PAUSE


def proves_the_key(fault: Fault | None) -> bool:
    """True when the provider took the key, be it to find fault with the model or with the words."""
    return fault is None or fault.category in OF_THE_MODEL


def pause(fault: Fault, failures: int) -> timedelta:
    """How long to rest after the `failures`-th failure in a row: what the provider asked for, else twice the last."""
    if fault.category is Category.RATE_LIMIT and _told(fault):
        return timedelta(seconds=min(max(1.0, fault.retry_after or 0.0), LONGEST.total_seconds()))
    doublings: int = 2 ** min(failures - 1, 16)
    return min(LONGEST, FIRST_PAUSE[fault.category] * doublings)


def _told(fault: Fault) -> bool:
    return fault.retry_after is not None and fault.retry_after >= 0


def after(fault: Fault, cooldown: Cooldown, now: datetime) -> Cooldown:
    """How a key stands after it failed once more by its own fault."""
    failures = cooldown.failures + 1
    until = now + pause(fault, failures)
    told = until if fault.category is Category.RATE_LIMIT and _told(fault) else None
    return Cooldown(failures, until, fault.category.value, told)


class Placed(Protocol):
    """A key in its pool."""

    @property
    def position(self) -> int: ...
    @property
    def cooldown(self) -> Cooldown: ...


Key = TypeVar("Key", bound=Placed)


def order(keys: Iterable[Key], now: datetime) -> list[Key]:
    """The order in which keys are tried: by position those awake or due for a trial, then those asleep, soonest first.

    Rest only orders: a key that sleeps still exists.
    """

    def rank(key: Key) -> tuple[bool, float, int]:
        asleep = key.cooldown.is_cooling_down(now)
        return asleep, key.cooldown.until.timestamp() if asleep and key.cooldown.until else 0.0, key.position

    return sorted(keys, key=rank)


def unblocked_in(keys: Iterable[Key], now: datetime) -> float | None:
    """In how many seconds the first key that its provider has shut may be used again; None when none is shut."""
    shut = [key.cooldown.told for key in keys if key.cooldown.is_blocked(now) and key.cooldown.told]
    return max(1.0, (min(shut) - now).total_seconds()) if shut else None
