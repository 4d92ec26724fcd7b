"""The filters of the checks, as they stand in the address: what is set, and what each could be set to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask import request, url_for

from portal.domain.faults import Category
from portal.domain.health import VERDICTS, Outcome
from portal.services.health.history import SCHEDULE, CheckFilter
from portal.web.queries import day_of, member
from portal.web.zones import midnight, reader_zone


class When(StrEnum):
    EVER = ""
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


WHEN_WORDS = {When.TODAY: "today", When.WEEK: "the last 7 days", When.MONTH: "the last 30 days"}
OUTCOME_WORDS = {Outcome.OK: "OK", Outcome.FAILED: "Failed", Outcome.NOT_TESTABLE: "Not testable"}
NAMES = ("when", "since", "until", "provider", "outcome", "reason", "by", "q")
"""Every filter's name in the address."""


@dataclass(frozen=True)
class Menu:
    """One filter: set, with the address that takes it off, or to be set, with the addresses that do."""

    what: str
    value: str
    off: str
    items: tuple[tuple[str, str], ...]


def wanted(now: datetime) -> CheckFilter:
    """What the address asks for; a word it does not know asks for nothing."""
    asked = request.args
    outcome = asked.get("outcome", "")
    reason = asked.get("reason", "")
    since, until = day_of(asked.get("since")), day_of(asked.get("until"))
    return CheckFilter(
        provider=asked.get("provider", "").strip(),
        outcome=outcome if outcome in set(Outcome) else "",
        category=reason if reason in set(Category) else "",
        actor=asked.get("by", "").strip(),
        model=asked.get("q", "").strip(),
        since=since or _beginning(member(When, asked.get("when"), When.EVER), now),
        until=until + timedelta(days=1) if until and until.date() < date.max else until,
    )


def _beginning(when: When, now: datetime) -> datetime | None:
    days = {When.TODAY: 0, When.WEEK: 6, When.MONTH: 29}.get(when)
    return None if days is None else midnight(now.astimezone(reader_zone()).date() - timedelta(days=days))


def address(endpoint: str = ".index", **changes: str | None) -> str:
    """This page's filters with some of them changed, back on the first page."""
    kept = {name: request.args.get(name) for name in NAMES} | changes
    return url_for(endpoint, **{name: value for name, value in kept.items() if value})


def menus(
    asked: CheckFilter, providers: tuple[str, ...], people: tuple[str, ...], labels: Mapping[str, str]
) -> tuple[Menu, ...]:
    """The filters in the order they stand; `labels` are what the providers are called."""
    given = list(labels.values())

    def called(name: str) -> str:
        label = labels.get(name, name)
        return f"{label} ({name})" if given.count(label) > 1 else label

    when = member(When, request.args.get("when"), When.EVER)
    return (
        _menu("When", "when", WHEN_WORDS.get(when, ""), [(words, str(value)) for value, words in WHEN_WORDS.items()]),
        _menu("Provider", "provider", called(asked.provider), [(called(name), name) for name in providers]),
        _menu(
            "Status",
            "outcome",
            OUTCOME_WORDS[Outcome(asked.outcome)] if asked.outcome else "",
            [(words, str(value)) for value, words in OUTCOME_WORDS.items()],
        ),
        _menu(
            "Reason",
            "reason",
            VERDICTS[Category(asked.category)].word if asked.category else "",
            [(verdict.word, str(category)) for category, verdict in VERDICTS.items()],
        ),
        _menu("Asked by", "by", asked.actor, [(SCHEDULE, SCHEDULE), *((name, name) for name in people)]),
    )


def _menu(what: str, name: str, value: str, options: list[tuple[str, str]]) -> Menu:
    items = tuple((words, address(**{name: option})) for words, option in options)
    return Menu(what, value, address(**{name: None}), items)
