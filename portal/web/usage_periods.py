"""What the address of a page of usage asks for: which days, told by what, of whom, from where on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from flask import request, url_for
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form
from wtforms.validators import Optional, ValidationError

from portal.services.usage.told import LONGEST, Asked, By, Place
from portal.web.queries import member, row_number, uuid_of


class Period(StrEnum):
    """The periods that can be chosen at a press; in `CHOSEN` one types the days."""

    WEEK = "7-days"
    MONTH = "30-days"
    THIS_MONTH = "this-month"
    CHOSEN = "chosen"


PERIOD_WORDS = {Period.WEEK: "Last 7 days", Period.MONTH: "Last 30 days", Period.THIS_MONTH: "This month"}


class Measure(StrEnum):
    """What the chart shows."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    COST = "cost"
    SAVED = "saved"
    FIRST = "first words"


TABS = {
    By.DAY: "By day",
    By.MODEL: "By model",
    By.PROVIDER: "By provider",
    By.PERSON: "By person",
    By.TEAM: "By team",
    By.CLIENT: "By client",
    By.CONTEXT: "By context",
    By.TOKEN: "By token",
    By.SESSION: "By session",
    By.REQUEST: "One by one",
}
NAMES = ("period", "since", "until", "by", "show", "person", "team")
"""What the address says; where the lines begin, `from` and `before`, is said beside it."""


LAST = date(9998, 12, 31)
"""The last day that can be asked for: those near the end of the calendar have no next one."""


class DaysForm(Form):
    """The days of a period of one's own, read from the query."""

    EDITS = False

    since = DateField("From", [Optional()], description="This day included, in UTC.")
    until = DateField("To", [Optional()], description="This day included. Blank is today.")

    def validate_until(self, field: DateField) -> None:
        last, first = field.data, self.since.data
        if not (last and first):
            return
        if last < first:
            raise ValidationError("This day is before the first one. Swap the two.")
        if (last - first).days >= LONGEST:
            raise ValidationError(f"These are {(last - first).days + 1:,} days. Choose at most {LONGEST}.")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for. With a fault in `form`, the last 30 days are told."""

    asked: Asked
    place: Place
    period: Period
    measure: Measure
    form: DaysForm
    valid: bool


def wanted(today: date, *, person: UUID | None = None, team: UUID | None = None) -> Wanted:
    """Read the address; a word that it does not know asks for nothing, and so does a name on a page of one alone."""
    args = request.args
    form = DaysForm(args)
    valid = form.validate()
    period = member(Period, args.get("period"), Period.MONTH)
    if args.get("since") or args.get("until"):
        period = Period.CHOSEN
    if not (person or team):
        person, team = uuid_of(args.get("person")), uuid_of(args.get("team"))
    since, until = _days(period, today, form if valid else DaysForm(MultiDict()))
    return Wanted(
        asked=Asked(since, until, member(By, args.get("by"), By.DAY), person, None if person else team),
        place=Place(args.get("from", 0, type=_line), _cursor(args.get("before", ""))),
        period=period,
        measure=member(Measure, args.get("show"), Measure.REQUESTS),
        form=form,
        valid=valid,
    )


def address(endpoint: str, **changes: str | None) -> str:
    """The same page with some of it changed, from its first line on."""
    kept = {name: request.args.get(name) for name in NAMES} | changes
    return url_for(endpoint, **{name: value for name, value in kept.items() if value})


def further(endpoint: str, place: Place) -> str:
    """The same page from there on."""
    before = f"{place.before[0].isoformat()}_{place.before[1]}" if place.before else None
    return address(endpoint, **{"from": str(place.offset) if place.offset else None, "before": before})


def _days(period: Period, today: date, form: DaysForm) -> tuple[date, date]:
    since, until = (day and min(day, LAST) for day in (form.since.data, form.until.data))
    if period is Period.CHOSEN and (since or until):
        last = until or max(today, since)
        first = since or max(date.min + timedelta(days=30), last) - timedelta(days=29)
        return max(first, last - timedelta(days=LONGEST - 1)) if (last - first).days >= LONGEST else first, last
    if period is Period.THIS_MONTH:
        return today.replace(day=1), today
    return today - timedelta(days=6 if period is Period.WEEK else 29), today


MOST_LINES = 1_000_000
"""Lines below which no page begins."""


def _line(text: str) -> int:
    return min(row_number(text), MOST_LINES)


def _cursor(text: str) -> tuple[datetime, UUID] | None:
    moment, _, id = text.partition("_")
    try:
        at, found = datetime.fromisoformat(moment), uuid_of(id)
    except ValueError:
        return None
    return (at, found) if found and at.tzinfo else None
