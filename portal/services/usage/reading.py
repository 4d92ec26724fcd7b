"""What was used, told by day, model, person and so on, or request by request; everybody's, a team's, or one's own."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.people.team_rights import managed
from portal.services.usage.naming import names_of
from portal.services.usage.told import Asked, By, Line, Page, Place, Request, Sums, Waits
from portal.store import usage, usage_told
from portal.store.base import Session, reading
from portal.store.usage_sums import FIRST, NOBODY, Key

LINES = 50
"""Lines of one page."""

IN_A_FILE = 2000
"""Lines that are read at once for a file."""


def read(actor: Actor, asked: Asked, place: Place) -> Page:
    """Everybody's usage, or that of the person or team that is asked for."""
    actor.require(Permission.USAGE_VIEW)
    return _read(asked, place)


def read_own(actor: Actor, asked: Asked, place: Place) -> Page:
    """The actor's own usage, whoever is asked for."""
    return _read(_own(actor, asked), place)


def read_team(actor: Actor, asked: Asked, place: Place) -> Page:
    """What the team that the actor manages used, whoever is asked for. Raises `NotFound` for everybody else."""
    return _read(_teams(actor, asked), place)


def lines(actor: Actor, asked: Asked) -> Iterator[Line]:
    """Every line, read in batches: no connection is held while a slow client reads."""
    actor.require(Permission.USAGE_VIEW)
    return _every_line(asked)


def own_lines(actor: Actor, asked: Asked) -> Iterator[Line]:
    return _every_line(_own(actor, asked))


def team_lines(actor: Actor, asked: Asked) -> Iterator[Line]:
    return _every_line(_teams(actor, asked))


def requests(actor: Actor, asked: Asked) -> Iterator[Request]:
    """Every request, newest first, read in batches."""
    actor.require(Permission.USAGE_VIEW)
    return _every_request(asked)


def own_requests(actor: Actor, asked: Asked) -> Iterator[Request]:
    return _every_request(_own(actor, asked))


def team_requests(actor: Actor, asked: Asked) -> Iterator[Request]:
    return _every_request(_teams(actor, asked))


def _own(actor: Actor, asked: Asked) -> Asked:
    return Asked(asked.since, asked.until, asked.by, person=actor.id or NOBODY)


def _teams(actor: Actor, asked: Asked) -> Asked:
    with reading() as session:
        return Asked(asked.since, asked.until, asked.by, team=managed(session, actor).id)


def _read(asked: Asked, place: Place) -> Page:
    with reading() as session:
        used = {row.day: row for row in usage_told.days(session, asked.since, asked.until, asked.whose)}
        span = (asked.until - asked.since).days + 1
        days = tuple(
            Line(str(day), str(day), _sums(used.get(day)), day=day, waits=_waits(used.get(day)))
            for day in (asked.since + timedelta(days=number) for number in range(span))
        )
        page = Page(
            total=sum((line.sums for line in days), Sums()),
            waits=Waits.of([sum(counts) for counts in zip(*map(_first, used.values()), strict=True)]),
            days=days,
            who=_who(session, asked),
            place=place,
        )
        if asked.by is By.REQUEST:
            return _of_requests(session, asked, page)
        if asked.by is By.DAY:
            found = [line for line in reversed(days) if line.sums.requests][place.offset :]
        else:
            found = _lines(session, asked, LINES + 1, place.offset)
        more = Place(place.offset + LINES) if len(found) > LINES else None
        return replace(page, lines=tuple(found[:LINES]), more=more)


def _who(session: Session, asked: Asked) -> str:
    key, id = (Key.PERSON, asked.person) if asked.person else (Key.TEAM, asked.team)
    return names_of(session, key, [id.hex])[id.hex].label if id and id != NOBODY else ""


def _of_requests(session: Session, asked: Asked, page: Page) -> Page:
    rows = _newest(session, asked, LINES + 1, page.place.before)
    found = _requests(session, rows[:LINES])
    more = Place(before=(found[-1].at, found[-1].id)) if len(rows) > LINES else None
    return replace(page, requests=tuple(found), more=more)


def _lines(session: Session, asked: Asked, limit: int, offset: int) -> list[Line]:
    key = Key(asked.by.value)
    rows = usage_told.by(session, key, asked.since, asked.until, limit, asked.whose, offset=offset)
    names = names_of(session, key, {row.key for row in rows})
    return [
        Line(
            str(names[row.key].id or "")
            if key in (Key.PERSON, Key.TEAM, Key.PROVIDER, Key.TOKEN)
            else names[row.key].label,
            names[row.key].label,
            _sums(row),
            day=row.day if key is Key.SESSION else None,
            more=names[row.key].more,
            person=names[row.key].id if key in (Key.PERSON, Key.SESSION) else None,
            team=names[row.key].id if key is Key.TEAM else None,
            waits=_waits(row),
        )
        for row in rows
    ]


def _every_line(asked: Asked) -> Iterator[Line]:
    if asked.by is By.DAY:
        yield from (line for line in reversed(_read(asked, Place()).days) if line.sums.requests)
        return
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
            found = _requests(session, _newest(session, asked, IN_A_FILE, before))
        yield from found
        if len(found) < IN_A_FILE:
            return
        before = found[-1].at, found[-1].id


def _newest(session: Session, asked: Asked, limit: int, before: tuple[datetime, UUID] | None) -> list[Any]:
    person, team = asked.whose
    return usage.newest(session, asked.start, asked.end, limit, user_id=person, team_id=team, before=before)


def _sums(row: Any) -> Sums:
    if row is None:
        return Sums()
    counts = {each.name: int(getattr(row, each.name)) for each in fields(Sums) if each.name not in ("cost", "saved")}
    return Sums(**counts, cost=Decimal(row.cost), saved=Decimal(row.saved))


def _first(row: Any) -> tuple[int, ...]:
    return tuple(int(getattr(row, name)) for name in FIRST)


def _waits(row: Any) -> Waits | None:
    return Waits.of(_first(row)) if row is not None else None


def _requests(session: Session, rows: list[Any]) -> list[Request]:
    whose = [row.user_id or row.application_id for row in rows]
    names = names_of(session, Key.PERSON, {id.hex for id in whose if id})
    known = [each.name for each in fields(Request) if each.name != "person"]
    return [
        Request(person=names[id.hex].label if id else "", **{name: getattr(row, name) for name in known})
        for row, id in zip(rows, whose, strict=True)
    ]
