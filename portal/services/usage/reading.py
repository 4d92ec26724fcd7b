"""What was used, told by day, model, person or client, or request by request; everybody's, or one's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.store import audit_names, usage, usage_days
from portal.store.base import Session, reading
from portal.store.usage_days import NOBODY, Key

LINES = 50
"""Lines of one page."""

IN_A_FILE = 2000
"""Lines that are read at once for a file."""

LONGEST = 366
"""Days of one period."""


class By(StrEnum):
    """What usage is told by."""

    DAY = "day"
    MODEL = "model"
    PERSON = "person"
    CLIENT = "client"
    REQUEST = "request"


KEYS: Mapping[By, Key] = {By.DAY: Key.DAY, By.MODEL: Key.MODEL, By.PERSON: Key.USER, By.CLIENT: Key.CLIENT}


@dataclass(frozen=True)
class Place:
    """Where a page of lines begins: so many lines in, or below one request."""

    offset: int = 0
    before: tuple[datetime, UUID] | None = None


@dataclass(frozen=True)
class Asked:
    """What is to be told: of which days, the last one included, told by what, of one person or of all."""

    since: date
    until: date
    by: By = By.DAY
    person: UUID | None = None

    @property
    def start(self) -> datetime:
        return datetime.combine(self.since, time(), UTC)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.until + timedelta(days=1), time(), UTC)


@dataclass(frozen=True)
class Sums:
    """Several requests together. `tokens_in` includes what was read from and written to caches.

    `cost`, in USD, is of those whose cost is known; `unpriced` are the others. `uncounted` are those whose tokens are
    not known, `failed` those that were not answered.
    """

    requests: int = 0
    failed: int = 0
    unpriced: int = 0
    uncounted: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cache_read: int = 0
    tokens_cache_write: int = 0
    tokens_cache_write_long: int = 0
    cost: Decimal = Decimal(0)

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

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Sums)))


@dataclass(frozen=True)
class Line:
    """The sums of one day, model, person or client. `key` is a day as 2026-11-28, or a person's id, as text."""

    key: str
    label: str
    sums: Sums
    day: date | None = None
    person: UUID | None = None


@dataclass(frozen=True)
class Request:
    """One request. Tokens and cost are None where they are not known."""

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
    first_ms: int | None
    total_ms: int
    request_id: str
    provider_request_id: str

    @property
    def failed(self) -> bool:
        return self.state not in ("complete", "left")


@dataclass(frozen=True)
class Page:
    """What a page of usage shows. `days` are all days of the period, also those without a request, oldest first.

    `person` is what the one person is called whom it is about. `more` is where the next lines begin.
    """

    total: Sums
    days: tuple[Line, ...]
    lines: tuple[Line, ...] = ()
    requests: tuple[Request, ...] = ()
    person: str = ""
    more: Place | None = None
    place: Place = field(default_factory=Place)


def read(actor: Actor, asked: Asked, place: Place) -> Page:
    """Everybody's usage, or that of the person who is asked for."""
    actor.require(Permission.USAGE_VIEW)
    return _read(asked, place)


def read_own(actor: Actor, asked: Asked, place: Place) -> Page:
    """The actor's own usage, whoever is asked for."""
    return _read(_own(actor, asked), place)


def lines(actor: Actor, asked: Asked) -> Iterator[Line]:
    """Every line, read in batches: no connection is held while a slow client reads."""
    actor.require(Permission.USAGE_VIEW)
    return _every_line(asked)


def own_lines(actor: Actor, asked: Asked) -> Iterator[Line]:
    return _every_line(_own(actor, asked))


def requests(actor: Actor, asked: Asked) -> Iterator[Request]:
    """Every request, newest first, read in batches."""
    actor.require(Permission.USAGE_VIEW)
    return _every_request(asked)


def own_requests(actor: Actor, asked: Asked) -> Iterator[Request]:
    return _every_request(_own(actor, asked))


def _own(actor: Actor, asked: Asked) -> Asked:
    return Asked(asked.since, asked.until, asked.by, actor.id or NOBODY)


def _read(asked: Asked, place: Place) -> Page:
    with reading() as session:
        found = usage_days.by(session, Key.DAY, asked.since, asked.until, LONGEST, user_id=asked.person)
        used = {row.key: _sums(row) for row in found}
        span = (asked.until - asked.since).days + 1
        days = tuple(
            Line(day.isoformat(), day.isoformat(), used.get(day, Sums()), day=day)
            for day in (asked.since + timedelta(days=number) for number in range(span))
        )
        total = sum(used.values(), Sums())
        person = _names(session, {asked.person})[asked.person] if asked.person else ""
        if asked.by is By.DAY:
            used_days = [line for line in reversed(days) if line.sums.requests]
            return _paged(total, days, used_days[place.offset : place.offset + LINES + 1], person, place)
        if asked.by is By.REQUEST:
            return _of_requests(session, asked, place, total, days, person)
        return _paged(total, days, _lines(session, asked, LINES + 1, place.offset), person, place)


def _paged(total: Sums, days: tuple[Line, ...], found: list[Line], person: str, place: Place) -> Page:
    more = Place(place.offset + LINES) if len(found) > LINES else None
    return Page(total, days, lines=tuple(found[:LINES]), person=person, more=more, place=place)


def _of_requests(
    session: Session, asked: Asked, place: Place, total: Sums, days: tuple[Line, ...], person: str
) -> Page:
    rows = usage.newest(session, asked.start, asked.end, LINES + 1, user_id=asked.person, before=place.before)
    found = _requests(session, rows[:LINES])
    more = Place(before=(found[-1].at, found[-1].id)) if len(rows) > LINES else None
    return Page(total, days, requests=tuple(found), person=person, more=more, place=place)


def _lines(session: Session, asked: Asked, limit: int, offset: int) -> list[Line]:
    key = KEYS[asked.by]
    rows = usage_days.by(session, key, asked.since, asked.until, limit, user_id=asked.person, offset=offset)
    if key is Key.DAY:
        return [Line(row.key.isoformat(), row.key.isoformat(), _sums(row), day=row.key) for row in rows]
    if key is Key.USER:
        names = _names(session, {row.key for row in rows})
        return [Line(str(row.key), names[row.key], _sums(row), person=row.key) for row in rows]
    return [Line(row.key, row.key, _sums(row)) for row in rows]


def _every_line(asked: Asked) -> Iterator[Line]:
    offset = 0
    while True:
        with reading() as session:
            found = _lines(session, asked, IN_A_FILE, offset)
        yield from found
        offset += len(found)
        if len(found) < IN_A_FILE:
            return


def _every_request(asked: Asked) -> Iterator[Request]:
    before: tuple[datetime, UUID] | None = None
    while True:
        with reading() as session:
            rows = usage.newest(session, asked.start, asked.end, IN_A_FILE, user_id=asked.person, before=before)
            found = _requests(session, rows)
        yield from found
        if len(found) < IN_A_FILE:
            return
        before = found[-1].at, found[-1].id


def _sums(row: Any) -> Sums:
    counts = {each.name: int(getattr(row, each.name)) for each in fields(Sums) if each.name != "cost"}
    return Sums(**counts, cost=Decimal(row.cost))


def _requests(session: Session, rows: list[Any]) -> list[Request]:
    names = _names(session, {row.user_id for row in rows if row.user_id})
    known = [each.name for each in fields(Request) if each.name != "person"]
    return [Request(person=names.get(row.user_id, ""), **{name: getattr(row, name) for name in known}) for row in rows]


def _names(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    """What these people are called, or were when they had an account."""
    found = audit_names.people(session, ids)
    return {id: found.get(id, "the portal" if id == NOBODY else "somebody unknown") for id in ids}
