"""Access tokens: how a value is spelled, which scopes there are, and what a token's dates say of it.

A value is `llmp_`, so that whoever scans a public repository knows whose it is, then random letters and digits, then a
checksum of them: a typo is known without the database, and a scanner need not guess.
"""

import re
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from portal.domain.accounts import shown_fault
from portal.domain.permissions import GRANTABLE, Permission
from portal.domain.typed_text import looks_secret

BEGINS = "llmp_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM, CHECKSUM, SHOWN = 34, 6, 4
"""Signs of each part: 202 bits of chance, of which a list shows the first 24; 62 to the sixth holds any CRC-32."""

_VALUE = re.compile(rf"{BEGINS}[0-9A-Za-z]{{{RANDOM + CHECKSUM}}}", re.ASCII)

NAME_LENGTH = 80
MOST_LIVING = 100
"""Tokens of one person that work at once: a page shows them all."""

MOST_VALUES = 5
"""Values of one token that work at once."""

LONGEST_OVERLAP, USUAL_OVERLAP = 168, 24
"""Hours for which a replaced value may go on working."""

LIFETIMES: Mapping[str, timedelta | None] = MappingProxyType(
    {str(days): timedelta(days=days) for days in (7, 30, 90, 365)} | {"never": None}
)
"""How long a token may work, by the words of a form; None is without end."""

USUAL_LIFETIME = "90"


class Malformed(StrEnum):
    """Why a text is no value, as far as can be told without the database."""

    ODD = "not of the shape of a token"
    MISTYPED = "mistyped: its checksum is wrong"


class Ended(StrEnum):
    """Why a well-formed value does not work."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    REPLACED = "replaced"
    OWNER_DISABLED = "its owner is disabled"
    OWNER_WITHOUT_PASSWORD = "its owner must choose a password first"  # noqa: S105 (a sentence)
    OWNER_MAY_NOT = "its owner may not use tokens"


class Level(StrEnum):
    ACTIVE = "good"
    ENDS_SOON = "attention"
    ENDED = "off"


SOON = timedelta(days=7)


@dataclass(frozen=True)
class Status:
    """What a list says of a token. `until` is when it ended, or will; None: it does not end by itself."""

    level: Level
    word: str
    until: datetime | None = None


def spell(random: str) -> str:
    """The value around so many random signs of the alphabet."""
    return f"{BEGINS}{random}{_checksum(random)}"


def fault(value: str) -> Malformed | None:
    """Why this is no value; None when its shape and its checksum are right. It takes any text."""
    if not _VALUE.fullmatch(value):
        return Malformed.ODD
    random, checksum = value[len(BEGINS) : -CHECKSUM], value[-CHECKSUM:]
    return None if _checksum(random) == checksum else Malformed.MISTYPED


def pasted(text: str) -> str:
    """The value in what somebody pasted: with its variable, its quotes or `Bearer` around it, too."""
    found = re.findall(rf"{BEGINS}[0-9A-Za-z]+", text, re.ASCII)
    return found[0] if len(found) == 1 else text.strip()


def prefix_of(value: str) -> str:
    """What lists show of a value, to tell it from others. Two may begin alike."""
    return value[: len(BEGINS) + SHOWN]


def status(now: datetime, expires_at: datetime | None, revoked_at: datetime | None) -> Status:
    """Whether a token works now, and until when."""
    if revoked_at is not None:
        return Status(Level.ENDED, "Revoked", revoked_at)
    if expires_at is None:
        return Status(Level.ACTIVE, "Active")
    if expires_at <= now:
        return Status(Level.ENDED, "Expired", expires_at)
    if expires_at <= now + SOON:
        return Status(Level.ENDS_SOON, "Expires soon", expires_at)
    return Status(Level.ACTIVE, "Active", expires_at)


def works(now: datetime, expires_at: datetime | None) -> bool:
    """Whether something with this end still works."""
    return expires_at is None or expires_at > now


def sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two ends; None is no end at all."""
    ends = [end for end in (one, other) if end is not None]
    return min(ends) if ends else None


def read_name(name: str) -> tuple[str, str | None]:
    """The name as it is stored, and what is wrong with it."""
    name = " ".join(name.split())
    if not name:
        return name, "Type a name: it says later what this token is for."
    if len(name) > NAME_LENGTH:
        return name, f"A name has at most {NAME_LENGTH} characters. Shorten it."
    if looks_secret(name):
        return "", "This looks like a key. A name is shown to everybody who looks after tokens: type another one."
    return name, shown_fault(name, "The name") or None


def scopes_of(stored: str) -> frozenset[Permission]:
    """The scopes of a stored token; a permission that this version does not know is none."""
    return frozenset(_BY_NAME[name] for name in stored.split() if name in _BY_NAME)


def stored_scopes(scopes: Collection[Permission]) -> str:
    """The scopes as they are stored: their names with blanks between, as OAuth writes them."""
    return " ".join(sorted(scope.value for scope in scopes))


def only_chats(scopes: Collection[str]) -> bool:
    """Whether these scopes allow no more than to chat: such a token hands out no power over others."""
    return set(scopes) <= {Permission.CHAT.value}


SCOPES: frozenset[Permission] = GRANTABLE
"""What a scope may be: each permission, since no token may do what its owner may not, nor make one that may more."""

_BY_NAME: Mapping[str, Permission] = {scope.value: scope for scope in SCOPES}


def _checksum(random: str) -> str:
    number, signs = zlib.crc32(random.encode("ascii")), ""
    for _ in range(CHECKSUM):
        number, sign = divmod(number, len(ALPHABET))
        signs = ALPHABET[sign] + signs
    return signs
