"""Passwords: what one may be, and the only place that hashes and compares them."""

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 1024
HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
_two_at_once = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB: a crowd that signs in waits here and does not eat the machine."""

NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$XRwJDHmR+DvA9rCDFszYpQ$JEpmE34t592e12IUdrx4RygudhB7ZhXrBE3s5lprnEs"
"""The hash of a random password that was thrown away: an unknown e-mail costs as much time as a wrong password."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that are not mistaken for each other when read aloud."""


def fault(password: str) -> str | None:
    """What is wrong with a new password, or None."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters. A few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST:,} characters. Take a shorter one."
    return None


def hash_password(password: str) -> str:
    with _two_at_once:
        return HASHER.hash(_one_spelling(password))


def matches(stored: str | None, password: str, hasher: PasswordHasher | None = None) -> bool:
    """Whether the password is the stored one. Takes as long for nobody (`None`) and for a password of any length."""
    known = stored is not None and len(password) <= LONGEST
    with _two_at_once:
        try:
            return (hasher or HASHER).verify(
                stored if known and stored else NOBODYS, _one_spelling(password[:LONGEST])
            ) and known
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return HASHER.check_needs_rehash(stored)


def invent() -> str:
    """A first password to hand over: twenty characters in groups of five."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def _one_spelling(password: str) -> str:
    """Two keyboards may spell the same letter in two ways; both open."""
    return unicodedata.normalize("NFC", password)
