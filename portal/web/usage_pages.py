"""What the pages of usage show, everybody's and one's own, and their files."""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from portal.domain import first_tokens
from portal.domain.people import Actor
from portal.domain.pricing import dollars
from portal.services.usage.told import Asked, By, Line, Page, Place, Request, Sums
from portal.web import usage_periods as periods
from portal.web.bar_charts import Bars, draw_bars
from portal.web.charts import LatencyChart, draw_first_words
from portal.web.context import runtime
from portal.web.csv_files import csv_file
from portal.web.guard import actor
from portal.web.usage_periods import PERIOD_WORDS, TABS, Measure, Wanted

SUMS = tuple(field.name for field in fields(Sums))
WAITS = ("first_words_p50_ms", "first_words_p95_ms")
REQUEST = tuple(field.name for field in fields(Request))
HEADINGS = {
    By.PROVIDER: ("provider_id", "provider"),
    By.PERSON: ("person_id", "person"),
    By.TEAM: ("team_id", "team"),
    By.TOKEN: ("token_id", "token", "person"),
    By.SESSION: ("day", "session", "person"),
}
"""What a file says of whom or what it tells; of all else it is the word by which it is told."""


class Pages(NamedTuple):
    """A page of usage: its routes, its words, and whose usage it shows beside everybody's."""

    index: str
    export: str
    title: str
    lede: str
    own: bool = False
    team: bool = False

    def wanted(self) -> Wanted:
        """What the address asks for."""
        me, today = actor(), runtime().now().date()
        return periods.wanted(today, person=me.id if self.own else None, team=me.team_id if self.team else None)


def page(read: Callable[[Actor, Asked, Place], Page], pages: Pages) -> ResponseReturnValue:
    """A page with totals, a chart and lines, as the address asks."""
    want = pages.wanted()
    seen = read(actor(), want.asked, want.place)
    tabs = [
        {"text": text, "url": periods.address(pages.index, by=by), "current": by is want.asked.by}
        for by, text in TABS.items()
        if replace(want.asked, by=by).by is by
    ]
    return render_template(
        "usage/index.html",
        seen=seen,
        want=want,
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
        first_words=_first_words(seen),
        shares=_shares(seen.lines, want.measure),
        Measure=Measure,
        error=first_tokens.ERROR,
        address=periods.address,
        newer=periods.address(pages.index) if want.place != Place() else None,
        older=periods.further(pages.index, seen.more) if seen.more else None,
        dollars=dollars,
        By=By,
    ), 200 if want.valid else 422


def export(
    lines: Callable[[Actor, Asked], Iterable[Line]],
    requests: Callable[[Actor, Asked], Iterable[Request]],
    pages: Pages,
) -> Response:
    """All that the page tells, as CSV, sent while it is read."""
    asked = pages.wanted().asked
    name = f"usage-by-{asked.by}-{asked.since}-{asked.until}.csv"
    if asked.by is By.REQUEST:
        return csv_file(name, REQUEST, (_request(request) for request in requests(actor(), asked)))
    headings = (*HEADINGS.get(asked.by, (asked.by.value,)), *SUMS, *WAITS)
    return csv_file(name, headings, (_line(asked.by, line) for line in lines(actor(), asked)))


def _bars(seen: Page, want: Wanted) -> Bars:
    if want.measure is Measure.COST:
        return draw_bars([(line.key, line.sums.cost) for line in seen.days], "Cost", lambda cost: f"${cost:,.2f}")
    if want.measure is Measure.SAVED:
        saved = [(line.key, max(line.sums.saved, Decimal(0))) for line in seen.days]
        return draw_bars(saved, "Saved by caches", lambda cost: f"${cost:,.2f}")
    if want.measure is Measure.TOKENS:
        return draw_bars([(line.key, line.sums.tokens) for line in seen.days], "Tokens", "{:,}".format)
    return draw_bars([(line.key, line.sums.requests) for line in seen.days], "Requests", "{:,}".format)


def _line(by: By, line: Line) -> list[Any]:
    told = {
        By.TOKEN: [line.key, line.label, line.more],
        By.SESSION: [line.day, line.label, line.more],
    }.get(by, [line.key, line.label] if by in HEADINGS else [line.key])
    sums = {name: getattr(line.sums, name) for name in SUMS}
    sums |= {"cost": line.sums.known_cost, "saved": line.sums.known_saved}
    waits = [line.waits.half, line.waits.most] if line.waits else [None, None]
    return [*told, *sums.values(), *waits]


def _first_words(seen: Page) -> LatencyChart:
    """The chart of how long people waited; nobody waited where nothing came in pieces."""
    half, most = (seen.waits.half, seen.waits.most) if seen.waits else (0, 0)
    return draw_first_words([(day.waits.half, day.waits.most) if day.waits else None for day in seen.days], half, most)


def _shares(lines: tuple[Line, ...], measure: Measure) -> list[int]:
    """How long the bar of each line is, in per cent of the longest."""
    values = [_measured(line, measure) for line in lines]
    most = max(values, default=Decimal(0))
    return [max(1, round(100 * value / most)) if value > 0 else 0 for value in values]


def _measured(line: Line, measure: Measure) -> Decimal:
    match measure:
        case Measure.REQUESTS:
            return Decimal(line.sums.requests)
        case Measure.TOKENS:
            return Decimal(line.sums.tokens)
        case Measure.COST:
            return line.sums.cost
        case Measure.SAVED:
            return line.sums.saved
        case Measure.FIRST:
            return Decimal(line.waits.half if line.waits else 0)


def _request(request: Request) -> list[Any]:
    values = {name: getattr(request, name) for name in REQUEST}
    return [value.isoformat() if name == "at" else value for name, value in values.items()]
