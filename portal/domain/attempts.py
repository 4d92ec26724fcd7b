"""Guessing passwords or e-mails gets slower: how many tries are free, and how long the pauses after them are."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Patience:
    """`free` failures in a row cost nothing; the last of them and each one after costs the next pause of the list."""

    free: int
    pauses: tuple[timedelta, ...]
    forgotten_after: timedelta

    def pause(self, failures: int) -> timedelta | None:
        """How long to wait after so many failures in a row."""
        if failures < self.free:
            return None
        return self.pauses[min(failures - self.free, len(self.pauses) - 1)]


MINUTE = timedelta(minutes=1)
PAIR = Patience(free=5, pauses=(MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE), forgotten_after=timedelta(days=1))
"""One account from one address: whoever knows an e-mail pauses themselves with a wrong password, and not its owner.

The same holds for one account in one browser that signed in to it before, wherever that is.
"""
ACCOUNT = Patience(free=100, pauses=(MINUTE, 5 * MINUTE), forgotten_after=timedelta(days=1))
"""One account from everywhere: many addresses that guess together. A browser that signed in before is not counted."""
ADDRESS = Patience(free=20, pauses=(MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE), forgotten_after=timedelta(hours=3))
"""Many people share an address, so it has more free tries, and longer pauses once it misbehaves."""
READER = Patience(free=10, pauses=(MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE), forgotten_after=timedelta(days=1))
"""One person who shares chats with e-mails that nobody has."""


def in_seconds(wait: timedelta) -> int:
    """A wait as programs are told it: whole seconds, rounded up, one at least."""
    return max(1, -int(-wait.total_seconds() // 1))


def in_words(wait: timedelta) -> str:
    """A wait as people say it, rounded up: "40 seconds", "5 minutes"."""
    seconds = in_seconds(wait)
    if seconds <= 90:
        return f"{seconds} second{'' if seconds == 1 else 's'}" if seconds != 60 else "1 minute"
    return f"{-(-seconds // 60)} minutes"
