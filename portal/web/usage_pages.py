"""What the pages of usage show, everybody's and one's own, and their files."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, NamedTuple

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from portal.domain.people import Actor
from portal.domain.pricing import dollars
from portal.services.usage.reading import Asked, By, Line, Page, Place, Request, Sums
from portal.web import usage_periods as periods
from portal.web.bar_charts import Bars, draw_bars
from portal.web.context import runtime
from portal.web.csv_files import csv_file
from portal.web.guard import actor
from portal.web.usage_periods import PERIOD_WORDS, TABS, Measure, Wanted

SUMS = tuple(field.name for field in fields(Sums))
REQUEST = tuple(field.name for field in fields(Request))
HEADINGS = {By.DAY: ("day",), By.MODEL: ("model",), By.PERSON: ("person_id", "person"), By.CLIENT: ("client",)}


class Pages(NamedTuple):
    """The routes of a page of usage: the page and its file."""

    index: str
    export: str


def page(read: Callable[[Actor, Asked, Place], Page], pages: Pages, *, own: bool) -> ResponseReturnValue:
    """A page with totals, a chart and lines, as the address asks."""
    want = periods.wanted(runtime().now().date())
    seen = read(actor(), want.asked, want.place)
    tabs = [
        {"text": text, "url": periods.address(pages.index, by=by), "current": by is want.asked.by}
        for by, text in TABS.items()
        if not (by is By.PERSON and (own or want.asked.person))
    ]
    return render_template(
        "usage/index.html",
        seen=seen,
        want=want,
        own=own,
        pages=pages,
        tabs=tabs,
        tab=TABS[want.asked.by].lower(),
        periods=[
            (words, periods.address(pages.index, period=period, since=None, until=None), period is want.period)
            for period, words in PERIOD_WORDS.items()
        ],
        measures=[
            (measure.value.capitalize(), periods.address(pages.index, show=measure), measure is want.measure)
            for measure in Measure
        ],
        bars=_bars(seen, want),
        address=periods.address,
        newer=periods.address(pages.index) if want.place != Place() else None,
        older=periods.further(pages.index, seen.more) if seen.more else None,
        dollars=dollars,
        By=By,
    ), 200 if want.valid else 422


def export(
    lines: Callable[[Actor, Asked], Iterable[Line]], requests: Callable[[Actor, Asked], Iterable[Request]]
) -> Response:
    """All that the page tells, as CSV, sent while it is read."""
    asked = periods.wanted(runtime().now().date()).asked
    name = f"usage-by-{asked.by}-{asked.since}-{asked.until}.csv"
    if asked.by is By.REQUEST:
        return csv_file(name, REQUEST, (_request(request) for request in requests(actor(), asked)))
    headings = (*HEADINGS[asked.by], *SUMS)
    return csv_file(name, headings, (_line(asked.by, line) for line in lines(actor(), asked)))


def _bars(seen: Page, want: Wanted) -> Bars:
    if want.measure is Measure.COST:
        return draw_bars([(line.key, line.sums.cost) for line in seen.days], "Cost", lambda cost: f"${cost:,.2f}")
    if want.measure is Measure.TOKENS:
        return draw_bars([(line.key, line.sums.tokens) for line in seen.days], "Tokens", "{:,}".format)
    return draw_bars([(line.key, line.sums.requests) for line in seen.days], "Requests", "{:,}".format)


def _line(by: By, line: Line) -> list[Any]:
    told = [line.key, line.label] if by is By.PERSON else [line.key]
    return [*told, *(line.sums.known_cost if name == "cost" else getattr(line.sums, name) for name in SUMS)]


def _request(request: Request) -> list[Any]:
    values = {name: getattr(request, name) for name in REQUEST}
    return [value.isoformat() if name == "at" else value for name, value in values.items()]
