"""A clock that a test turns."""

from datetime import datetime, timedelta


class Clock:
    """It stands at `now`, a moment or a number of seconds, until somebody sets it or turns it on."""

    def __init__(self, now: datetime | float) -> None:
        self.now = now

    def __call__(self) -> datetime | float:
        return self.now

    def go(self, **amount: float) -> None:
        """Turn a clock of moments on by so many hours, minutes or seconds."""
        self.now += timedelta(**amount)
