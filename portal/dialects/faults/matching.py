"""The signals in a response, and the shape of a row that may match them: codes before words, and never bare digits in
running text, for a provider may quote the question.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from fnmatch import fnmatchcase

from portal.domain.faults import Category

NO_STATUS = 0
"""The status of an error that came inside a success and names none."""

REDIRECTS = range(300, 400)
REFUSALS = range(400, 500)
TROUBLES = range(500, 600)

BEHIND = "behind_gateway"
"""The code that stands for an error of the provider behind a gateway, in the gateway's words."""


@dataclass(frozen=True)
class ResponseSignals:
    """What a response says, taken out of its many shapes and folded to lower case for matching.

    `status` is that of HTTP, or the one inside a 2xx that carries an error. `wait` is in seconds.
    """

    status: int
    codes: frozenset[str] = frozenset()
    words: str = ""
    html: bool = False
    json: bool = False
    wait: float | None = None


@dataclass(frozen=True)
class Row:
    """It fits when the status is among `statuses`, one of `codes` (globs) or `words` (patterns) is there if any are
    given, `needs` is found too, and the flags hold. Its `hint` beats the general one of its category."""

    number: str
    category: Category
    statuses: Container[int] | None = None
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    needs: str = ""
    html: bool = False
    json: bool | None = None
    has_wait: bool = False
    hint: str = ""

    def fits(self, signals: ResponseSignals) -> bool:
        if self.statuses is not None and signals.status not in self.statuses:
            return False
        if (self.html and not signals.html) or (self.json is not None and signals.json != self.json):
            return False
        if self.has_wait and signals.wait is None:
            return False
        if self.needs and not re.search(self.needs, signals.words):
            return False
        if not self.codes and not self.words:
            return True
        return any(fnmatchcase(code, glob) for glob in self.codes for code in signals.codes) or any(
            re.search(pattern, signals.words) for pattern in self.words
        )
