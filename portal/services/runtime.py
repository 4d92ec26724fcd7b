"""What verbs work with, handed in: nothing in services reaches for a global."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from portal.dialects.base import WayOut
from portal.settings import Settings
from portal.store.base import Database as Database
from portal.store.base import at as at  # exported: an application of its own works with another's database
from portal.store.base import this_database as this_database
from portal.vault import Vault


def utc_now() -> datetime:
    return datetime.now(UTC)


EXTENSION = "portal"
"""Where an application keeps its runtime, among its extensions."""


@dataclass(frozen=True)
class Runtime:
    """`wire` sends, `vault` encrypts, `now` tells the time; `environment` holds the variables keys may fall back to."""

    wire: WayOut
    vault: Vault
    settings: Settings
    now: Callable[[], datetime] = utc_now
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def variable(self, name: str) -> str:
        """What a variable of the server holds, trimmed; blank when it is unset, and when it is bytes and no text."""
        text = self.environment.get(name, "").strip()
        return "" if any("\ud800" <= character <= "\udfff" for character in text) else text
