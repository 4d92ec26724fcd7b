"""Usage as JSON: what is asked for, and what is told."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from portal.domain.errors import Invalid
from portal.domain.people import Actor
from portal.services.usage.told import Asked, By, Line, Place, Request
from portal.services.usage.told import Page as Found
from portal.web.api import cursors
from portal.web.api.operations import Call
from portal.web.api.schemas import Page, Query, Told

USUAL_DAYS = 30
MOST_DAYS = 366

Read = Callable[[Actor, Asked, Place], Found]


class Span(Query):
    """Whole days in UTC, both included; left out, the last thirty. The portal decides how many stand on a page."""

    cursor: str = ""
    since: date | None = None
    until: date | None = None


class Of(StrEnum):
    """By what is added up."""

    DAY = "day"
    MODEL = "model"
    PROVIDER = "provider"
    PERSON = "person"
    TEAM = "team"
    CLIENT = "client"
    CONTEXT = "context"
    TOKEN = "token"  # noqa: S105 - what is counted by, not a token
    SESSION = "session"


class UsageLine(Told):
    """What was used of one thing. `cost` is in US dollars; null where nobody knows a price."""

    key: str
    label: str
    requests: int
    failed: int
    unpriced: int
    tokens_in: int
    tokens_out: int
    tokens_cache_read: int
    tokens_cache_write: int
    cost: Decimal | None


class UsedRequest(Told):
    """One request. A number is null where the provider did not tell it.

    Of an application's request `person` is the application’s name, and `end_user` what it calls its own user.
    """

    id: UUID
    at: datetime
    user_id: UUID | None
    person: str
    token_id: UUID | None
    application_id: UUID | None
    end_user: str
    api: str
    client: str
    session: str
    context: str
    model: str
    layer: str
    key_source: str
    state: str
    status: int
    category: str
    tokens_in: int | None
    tokens_out: int | None
    cost: Decimal | None
    first_ms: int | None
    total_ms: int
    request_id: str


def asked_of(call: Call, query: Span, by: By, person: UUID | None = None, team: UUID | None = None) -> Asked:
    """The question as the services take it. Raises `Invalid`."""
    today = call.runtime.now().date()
    until = query.until or today
    if not date(1970, 1, 2) <= until <= date(9999, 1, 1):
        raise Invalid({"?until": "There is no usage of that day."})
    since = query.since or until - timedelta(days=USUAL_DAYS - 1)
    if not until - timedelta(days=MOST_DAYS) < since <= until:
        raise Invalid({"?since": f"Ask for {MOST_DAYS} days at most, of which this is the first."})
    return Asked(since, until, by, person, team)


def lines_of(call: Call, read: Read, asked: Asked, cursor: str) -> Page[UsageLine]:
    """A page of what was added up."""
    place = cursors.read(cursor, cursors.count)
    found = read(call.actor, asked, Place(place[0] if place else 0))
    lines = [_line(line) for line in found.lines]
    return Page(data=lines, next=cursors.write(found.more.offset) if found.more else None)


def requests_of(call: Call, read: Read, asked: Asked, cursor: str) -> Page[UsedRequest]:
    """A page of requests, the newest first."""
    before = cursors.read(cursor, cursors.moment, UUID)
    found = read(call.actor, asked, Place(before=(before[0], before[1]) if before else None))
    next = cursors.write(found.more.before[0].isoformat(), found.more.before[1]) if _goes_on(found) else None
    return Page(data=[_request(one) for one in found.requests], next=next)


def _goes_on(found: Found) -> bool:
    return found.more is not None and found.more.before is not None


def _line(line: Line) -> UsageLine:
    sums = line.sums
    return UsageLine(
        key=line.key,
        label=line.label,
        requests=sums.requests,
        failed=sums.failed,
        unpriced=sums.unpriced,
        tokens_in=sums.tokens_in,
        tokens_out=sums.tokens_out,
        tokens_cache_read=sums.tokens_cache_read,
        tokens_cache_write=sums.tokens_cache_write,
        cost=sums.known_cost,
    )


def _request(one: Request) -> UsedRequest:
    return UsedRequest(**{name: getattr(one, name) for name in UsedRequest.model_fields})
