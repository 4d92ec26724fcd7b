"""What is left of the time for several requests that count as one."""

import time
from dataclasses import replace

from portal.dialects.base import Limits


class Deadline:
    """What is left of the time for several requests that count as one."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._started = time.monotonic()

    @property
    def over(self) -> bool:
        total = self._limits.total
        return total is not None and time.monotonic() - self._started >= total

    def left(self, most: float | None = None) -> Limits:
        """The limits of the next request, which may take `most` seconds even where more is left."""
        if self._limits.total is None:
            return replace(self._limits, total=most)
        left = max(0.1, self._limits.total - (time.monotonic() - self._started))
        return replace(self._limits, total=left if most is None else min(left, most))
