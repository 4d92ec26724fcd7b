"""What is told of usage: of which days and whose, by what it is told, and what each line of that says."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from portal.domain import first_tokens
from portal.store.usage_sums import Whose

LONGEST = 366
"""Days of one period."""


class By(StrEnum):
    """What usage is told by."""

    DAY = "day"
    MODEL = "model"
    PROVIDER = "provider"
    PERSON = "person"
    TEAM = "team"
    CLIENT = "client"
    CONTEXT = "context"
    TOKEN = "token"  # noqa: S105 because it is a word of an address
    SESSION = "session"
    REQUEST = "request"


@dataclass(frozen=True)
class Place:
    """Where a page of lines begins: so many lines in, or below one request."""

    offset: int = 0
    before: tuple[datetime, UUID] | None = None


@dataclass(frozen=True)
class Asked:
    """What is to be told: of which days, the last one included, told by what, of one person, one team or of all.

    One person is not told by person, and nobody but all by team: then it is told by day.
    """

    since: date
    until: date
    by: By = By.DAY
    person: UUID | None = None
    team: UUID | None = None

    def __post_init__(self) -> None:
        if (self.person and self.by in (By.PERSON, By.TEAM)) or (self.team and self.by is By.TEAM):
            object.__setattr__(self, "by", By.DAY)

    @property
    def whose(self) -> Whose:
        return Whose(self.person, None if self.person else self.team)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.since, time(), UTC)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.until + timedelta(days=1), time(), UTC)


@dataclass(frozen=True)
class Sums:
    """Several requests together. `tokens_in` includes what was read from and written to caches.

    `cost`, in USD, is of those whose cost is known; `unpriced` are the others. `saved`, in USD, is how much less was
    paid for what was read from caches than plain tokens would have cost; `unsaved` are those that read from one and of
    which that is not known. `uncounted` are those whose tokens are not known, `failed` those that were not answered.
    """

    requests: int = 0
    failed: int = 0
    unpriced: int = 0
    uncounted: int = 0
    unsaved: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cache_read: int = 0
    tokens_cache_write: int = 0
    tokens_cache_write_long: int = 0
    cost: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    @property
    def cache_written(self) -> int:
        return self.tokens_cache_write + self.tokens_cache_write_long

    @property
    def known_cost(self) -> Decimal | None:
        """None when no cost is known of anything that was used: unknown is not free."""
        return None if self.unpriced and not self.cost else self.cost

    @property
    def known_saved(self) -> Decimal | None:
        """None when it is not known of anything that was read from a cache."""
        return None if self.unsaved and not self.saved else self.saved

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Sums)))


@dataclass(frozen=True)
class Waits:
    """How long first words took of answers that came in pieces, in milliseconds, wrong by `first_tokens.ERROR` per cent
    at most: half of them came within `half`, nineteen in twenty within `most`."""

    half: int
    most: int

    @classmethod
    def of(cls, counts: Sequence[int]) -> "Waits | None":
        """None where there were none."""
        half, most = first_tokens.quantile(counts, 0.5), first_tokens.quantile(counts, 0.95)
        return None if half is None or most is None else cls(half, most)


@dataclass(frozen=True)
class Line:
    """The sums of one day, model, person and so on. `key` is a day as 2026-11-28, an id as text, or a name.

    `more` says whose token or session it is. `person` or `team` is set where that one can be told apart. A session is
    told day by day.
    """

    key: str
    label: str
    sums: Sums
    day: date | None = None
    more: str = ""
    person: UUID | None = None
    team: UUID | None = None
    waits: Waits | None = None


@dataclass(frozen=True)
class Request:
    """One request. Tokens and cost are None where they are not known.

    `person` is the application's name where the request is of one; `end_user` is then what it calls its own user.
    """

    id: UUID
    at: datetime
    user_id: UUID | None
    person: str
    team_id: UUID | None
    token_id: UUID | None
    api: str
    client: str
    session: str
    context: str
    model: str
    layer: str
    key_source: str
    streamed: bool
    state: str
    status: int
    category: str
    tokens_in: int | None
    tokens_out: int | None
    tokens_cache_read: int | None
    tokens_cache_write: int | None
    tokens_cache_write_long: int | None
    tokens_reasoning: int | None
    cost: Decimal | None
    saved: Decimal | None
    first_ms: int | None
    total_ms: int
    request_id: str
    provider_request_id: str
    application_id: UUID | None
    end_user: str

    @property
    def failed(self) -> bool:
        return self.state not in ("complete", "left")


@dataclass(frozen=True)
class Page:
    """What a page of usage shows. `days` are all days of the period, also those without a request, oldest first.

    `who` is what the one person or team is called whom it is about. `more` is where the next lines begin.
    """

    total: Sums
    waits: Waits | None
    days: tuple[Line, ...]
    lines: tuple[Line, ...] = ()
    requests: tuple[Request, ...] = ()
    who: str = ""
    more: Place | None = None
    place: Place = field(default_factory=Place)
