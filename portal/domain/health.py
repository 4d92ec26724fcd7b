"""What checks say of a provider: words and levels, and whose verdict a check decides."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from portal.domain.cooldown import Cooldown
from portal.domain.faults import OF_THE_MODEL, Category


class Level(StrEnum):
    """A state, as shape, word and colour; from calm to trouble, then the two that are neither."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"
    UNKNOWN = "unknown"
    OFF = "off"


class Outcome(StrEnum):
    """What became of one check. `NOT_TESTABLE`: something was missing, nothing was sent."""

    OK = "ok"
    FAILED = "failed"
    NOT_TESTABLE = "not_testable"


class KeyStatus(StrEnum):
    """What the pages say of a provider's key; the value is the word."""

    CONFIGURED = "configured"
    ENVIRONMENT = "from environment"
    NEEDS_AGAIN = "needs its key again"
    MISSING = "not configured"
    NOT_NEEDED = "no key needed"


@dataclass(frozen=True)
class Verdict:
    level: Level
    word: str


OFF = Verdict(Level.OFF, "Off")
NEVER_TESTED = Verdict(Level.UNKNOWN, "Never tested")
CHANGED_SINCE = Verdict(Level.UNKNOWN, "Changed since its test")
UNTESTED = (NEVER_TESTED, CHANGED_SINCE)
"""Of a provider as it is now no test says anything: there was none, or its key or address is another one since."""

NEEDS_KEY = Verdict(Level.BAD, "Needs a key")
NEEDS_KEY_AGAIN = Verdict(Level.BAD, "Needs its key again")

VERDICTS: dict[Category, Verdict] = {
    Category.OK: Verdict(Level.GOOD, "OK"),
    Category.NEED_KEY: NEEDS_KEY,
    Category.NEED_URL: Verdict(Level.ATTENTION, "Needs an address"),
    Category.NEED_MODEL: Verdict(Level.ATTENTION, "Needs a model"),
    Category.AUTH: Verdict(Level.BAD, "Key refused"),
    Category.PERMISSION: Verdict(Level.BAD, "Not permitted"),
    Category.ENDPOINT: Verdict(Level.BAD, "Wrong address"),
    Category.HTML: Verdict(Level.BAD, "Not an API"),
    Category.SHAPE: Verdict(Level.BAD, "Unreadable answer"),
    Category.BILLING: Verdict(Level.BAD, "Out of credit"),
    Category.RATE_LIMIT: Verdict(Level.ATTENTION, "Throttled"),
    Category.SERVER: Verdict(Level.BAD, "Provider trouble"),
    Category.REJECTED: Verdict(Level.BAD, "Request rejected"),
    Category.MODEL_NOT_FOUND: Verdict(Level.ATTENTION, "Model not found"),
    Category.CONTENT: Verdict(Level.ATTENTION, "Content refused"),
    Category.CONTEXT_LENGTH: Verdict(Level.ATTENTION, "Too long"),
    Category.TIMEOUT: Verdict(Level.BAD, "No answer in time"),
    Category.DNS: Verdict(Level.BAD, "Host not found"),
    Category.CONNECT: Verdict(Level.BAD, "Not reachable"),
    Category.TLS: Verdict(Level.BAD, "Certificate not trusted"),
    Category.EGRESS: Verdict(Level.BAD, "Address not allowed"),
}
"""The word and level of each check's category."""

BEFORE_ANY_REQUEST: frozenset[Category] = frozenset({Category.NEED_KEY, Category.NEED_URL, Category.NEED_MODEL})
AGAINST_THE_KEY: frozenset[Category] = frozenset({Category.AUTH, Category.PERMISSION, Category.BILLING})
"""Faults of the key or its account, which a listing that is open to everybody would not show."""
OWN_KEYS: frozenset[str] = frozenset({"shared", "environment", "none"})
"""Key sources whose checks count for a provider; a personal or typed key counts only for itself."""

_WORST_FIRST = (Level.BAD, Level.ATTENTION, Level.GOOD, Level.UNKNOWN, Level.OFF)


def outcome_of(category: Category) -> Outcome:
    if category is Category.OK:
        return Outcome.OK
    return Outcome.NOT_TESTABLE if category in BEFORE_ANY_REQUEST else Outcome.FAILED


def verdict_of(category: Category) -> Verdict:
    """The word and level of one check."""
    return VERDICTS[category]


def speaks_for_provider(
    category: Category, *, saved: bool, key_source: str, proven: bool = True, listing: bool = False
) -> bool:
    """Whether a check counts for the provider's verdict.

    It does not when nothing was sent, when the fault is the model's, when only the list of models may not be read
    (`listing`), when the key was not the provider's own, or when all is well but the key, `proven` says, may still be a
    wrong one.
    """
    if category in BEFORE_ANY_REQUEST or category in OF_THE_MODEL or is_of_the_list(category, listing=listing):
        return False
    return saved and key_source in OWN_KEYS and (proven or category is not Category.OK)


def is_of_the_list(category: Category, *, listing: bool) -> bool:
    """Whether a fault is that of the list alone: many a key may chat and not list."""
    return listing and category is Category.PERMISSION


def is_proven(category: Category, *, by_this: bool, before: bool, listing: bool = False) -> bool:
    """Whether the key is known to work after a check. `by_this`: its success shows that; `before`: it was known.

    A public listing succeeds with any key, so it shows nothing; but it does not take back what an earlier check showed.
    """
    if category in AGAINST_THE_KEY and not is_of_the_list(category, listing=listing):
        return False
    return before or (by_this and category is Category.OK)


@dataclass(frozen=True)
class NewestCheck:
    """A check, as far as a verdict needs it."""

    at: datetime
    category: Category
    key_source: str
    fingerprint: str


@dataclass(frozen=True)
class PooledKey:
    """One of the shared keys that a provider would send, as far as its status needs it."""

    id: UUID
    fingerprint: str
    cooldown: Cooldown


@dataclass(frozen=True)
class Credential:
    """What a provider would send now: which source, which key. `exists` is False when it could send nothing.

    `check_id` is the last check of that very key, which may be older than the newest of the provider. `pool` are the
    shared keys that would be sent, in their order.
    """

    exists: bool
    source: str = ""
    fingerprint: str = ""
    needs_again: bool = False
    check_id: UUID | None = None
    pool: tuple[PooledKey, ...] = ()


def current_verdict(
    *, enabled: bool, credential: Credential, proven_from: datetime, newest: NewestCheck | None
) -> Verdict:
    """A provider's verdict now, from its newest check that counts. An untested key is never green."""
    if not enabled:
        return OFF
    if not credential.exists:
        return NEEDS_KEY_AGAIN if credential.needs_again else NEEDS_KEY
    sent = (credential.source, credential.fingerprint)
    if newest is None or newest.at < proven_from or (newest.key_source, newest.fingerprint) != sent:
        if credential.needs_again:
            return NEEDS_KEY_AGAIN
        return NEVER_TESTED if newest is None else CHANGED_SINCE
    return verdict_of(newest.category)


def turned(before: Outcome | None, after: Outcome) -> bool:
    """Whether a provider began to fail, or to answer again. Before its first check it is not held to fail."""
    return (before in (None, Outcome.OK)) != (after is Outcome.OK)


def worst(levels: set[Level]) -> Level:
    """The worst of some levels: how a day is drawn. No level at all is unknown."""
    return next((level for level in _WORST_FIRST if level in levels), Level.UNKNOWN)
