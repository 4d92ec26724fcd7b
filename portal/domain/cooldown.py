"""When a key of a pool is in cooldown, for how long, and in which order the others are tried. Pure rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from portal.domain.faults import OF_THE_MODEL, Category, Fault

LONGEST = timedelta(hours=1)
"""No cooldown is longer than this, whatever the provider says."""

PROBE_TIME = timedelta(minutes=1)
"""How long the one request that probes a key after its cooldown has it for itself, should its process die."""

FIRST_PAUSE: dict[Category, timedelta] = {
    Category.AUTH: timedelta(minutes=1),
    Category.PERMISSION: timedelta(minutes=1),
    Category.BILLING: timedelta(minutes=1),
    Category.RATE_LIMIT: timedelta(seconds=5),
}
"""The faults that are the key's own, and the first pause after each; every further one in a row doubles it."""


@dataclass(frozen=True)
class Cooldown:
    """The state of a key: failures in a row, until when and why it cools down, and when its provider allows a retry.

    `since` is when the first of those failures was, where that is known.
    """

    failures: int = 0
    until: datetime | None = None
    category: str = ""
    retry_at: datetime | None = None
    since: datetime | None = None

    def is_ready(self, now: datetime) -> bool:
        """False in cooldown, and when a key whose pause is over is due for a probe (half-open)."""
        return self.failures == 0 and not self.is_cooling_down(now)

    def is_cooling_down(self, now: datetime) -> bool:
        return self.until is not None and self.until > now

    def is_blocked(self, now: datetime) -> bool:
        """True while the provider itself said that it takes nothing with this key: asking would be refused."""
        return self.category == Category.RATE_LIMIT and self.retry_at is not None and self.retry_at > now

    def is_failing(self, now: datetime) -> bool:
        """True from a failure to the next good answer; of a limit, while it is not over."""
        return self.failures > 0 and (self.category != Category.RATE_LIMIT or self.is_cooling_down(now))


READY = Cooldown()


def is_the_keys_fault(fault: Fault | None, *, listing: bool = False) -> bool:
    """True when another key may do better: refused, not permitted, out of credit or throttled.

    A key that may not read the list of models (`listing`) may well be allowed to chat, which is what keys are for.
    """
    if fault is None or (listing and fault.category is Category.PERMISSION):
        return False
    return fault.category in FIRST_PAUSE


def is_of_one_model(fault: Fault, wire_name: str) -> bool:
    """True when a refusal or a limit holds for this model alone, by what it says: the key serves every other one."""
    if not wire_name or fault.category not in (Category.PERMISSION, Category.RATE_LIMIT):
        return False
    return fault.of_model or wire_name.lower().rpartition("/")[2] in fault.detail.lower()


def proves_the_key(fault: Fault | None) -> bool:
    """True when the provider took the key, be it to find fault with the model or with the words."""
    return fault is None or fault.category in OF_THE_MODEL


def pause(fault: Fault, failures: int) -> timedelta:
    """How long to pause after the `failures`-th failure in a row: what the provider asked for, else twice the last."""
    if fault.category is Category.RATE_LIMIT and _names_a_wait(fault):
        return timedelta(seconds=min(max(1.0, fault.retry_after or 0.0), LONGEST.total_seconds()))
    doublings: int = 2 ** min(failures - 1, 16)
    return min(LONGEST, FIRST_PAUSE[fault.category] * doublings)


def _names_a_wait(fault: Fault) -> bool:
    return fault.retry_after is not None and fault.retry_after >= 0


def after(fault: Fault, cooldown: Cooldown, now: datetime) -> Cooldown:
    """The state of a key after it failed once more by its own fault."""
    failures = cooldown.failures + 1
    until = now + pause(fault, failures)
    retry_at = until if fault.category is Category.RATE_LIMIT and _names_a_wait(fault) else None
    return Cooldown(failures, until, fault.category.value, retry_at, cooldown.since or now)


def longer(one: Cooldown, other: Cooldown, now: datetime) -> Cooldown:
    """Of a key's own cooldown and that for one model, the one that keeps it from serving that model."""
    if other.until is None or not other.is_cooling_down(now):
        return one
    return other if one.until is None or other.until > one.until else one


class Placed(Protocol):
    """A key in its pool."""

    @property
    def position(self) -> int: ...
    @property
    def cooldown(self) -> Cooldown: ...


Key = TypeVar("Key", bound=Placed)


def order(keys: Iterable[Key], now: datetime) -> list[Key]:
    """The order in which keys are tried: those ready or due for a probe by position, then the others, soonest first.

    A cooldown only orders: no key is left out.
    """

    def rank(key: Key) -> tuple[bool, float, int]:
        cooling = key.cooldown.is_cooling_down(now)
        return cooling, key.cooldown.until.timestamp() if cooling and key.cooldown.until else 0.0, key.position

    return sorted(keys, key=rank)


def unblocked_in(keys: Iterable[Key], now: datetime) -> float | None:
    """In how many seconds the first key that its provider has blocked may be used again; None when none is blocked."""
    blocked = [key.cooldown.retry_at for key in keys if key.cooldown.is_blocked(now) and key.cooldown.retry_at]
    return max(1.0, (min(blocked) - now).total_seconds()) if blocked else None
