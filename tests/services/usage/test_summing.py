"""Days of usage: right whenever they are summed, whoever sums, and exact in what is not known."""

import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain.errors import Denied
from portal.services.people import users
from portal.services.usage import reading as usage_reading
from portal.services.usage import summing
from portal.services.usage.reading import IN_A_FILE, LINES
from portal.services.usage.told import Asked, By, Line, Place, Sums
from portal.store import usage_sums
from portal.store.base import reading, transaction
from portal.store.usage_sums import EVERYBODY, Key, UsageSumRecord
from tests.conftest import Actors
from tests.using import UNKNOWN, use
from tests.waiting import finished

DAY = datetime(2026, 11, 20, tzinfo=UTC)
MONTH = Asked(date(2026, 11, 1), date(2026, 11, 30))


def told(by: By, asked: Asked = MONTH, **more: object) -> list[Line]:
    asked = Asked(asked.since, asked.until, by, asked.person)
    return list(usage_reading.read(Actors.ada, asked, Place(**more)).lines)


def total(asked: Asked = MONTH) -> Sums:
    return usage_reading.read(Actors.ada, asked, Place()).total


@pytest.fixture(params=["not summed", "summed", "half summed"])
def some_use(request: pytest.FixtureRequest, app: Flask) -> None:
    """Three days of three people with two models, and what no answer came of."""
    ada, otto, uma = (one.id for one in (Actors.ada, Actors.otto, Actors.uma))
    use(DAY, uma, 3)
    use(DAY + timedelta(hours=23, minutes=59, seconds=59.9), uma, client="portal", model="acme:small", cost=None)
    use(DAY + timedelta(days=1), otto, 2, model="acme:small", cost=Decimal("0.000000001"))
    if request.param == "half summed":
        summing.sum_up()
    use(DAY + timedelta(days=1), ada, state="failed", status=502, **UNKNOWN)
    use(DAY + timedelta(days=2), None, state="left", **UNKNOWN)
    use(DAY - timedelta(days=40), uma, 5)
    if request.param == "summed":
        assert summing.sum_up() == 13
        assert summing.sum_up() == 0


def test_all_of_it_is_counted_and_what_is_not_known_is_not_zero(some_use: None):
    assert total() == Sums(
        requests=8,
        failed=1,
        unpriced=2,
        uncounted=1,
        tokens_in=600,
        tokens_out=60,
        tokens_cache_read=240,
        tokens_cache_write=120,
        tokens_cache_write_long=30,
        cost=Decimal("0.750000002"),
        saved=Decimal("0.375"),
    )
    (day,) = (line for line in told(By.DAY) if line.key == "2026-11-22")
    assert (day.sums.cost, day.sums.known_cost) == (0, None)


def test_it_is_told_by_day_in_utc_newest_first(some_use: None):
    assert [(line.key, line.sums.requests) for line in told(By.DAY)] == [
        ("2026-11-22", 1),
        ("2026-11-21", 3),
        ("2026-11-20", 4),
    ]


def test_by_model_by_person_and_by_client_with_the_most_first(some_use: None):
    assert [(line.label, line.sums.requests) for line in told(By.MODEL)] == [("acme:gpt-5.2", 5), ("acme:small", 3)]
    people = [(line.label, line.sums.requests) for line in told(By.PERSON)]
    assert people[:2] == [("Uma Ortiz", 4), ("Otto Lind", 2)]
    assert sorted(people[2:]) == [("Ada Marsh", 1), ("the portal", 1)]
    assert [(line.label, line.sums.requests) for line in told(By.CLIENT)] == [("codex", 7), ("portal", 1)]


def test_every_day_of_the_period_is_there_for_a_chart(some_use: None):
    days = usage_reading.read(Actors.ada, MONTH, Place()).days
    assert [line.day for line in days] == [date(2026, 11, number) for number in range(1, 31)]
    assert [line.sums.requests for line in days if line.sums.requests] == [4, 3, 1]


def test_requests_are_told_one_by_one(some_use: None):
    asked = Asked(MONTH.since, MONTH.until, By.REQUEST)
    page = usage_reading.read(Actors.ada, asked, Place())
    assert Counter(request.person for request in page.requests) == {
        "": 1,
        "Ada Marsh": 1,
        "Otto Lind": 2,
        "Uma Ortiz": 4,
    }
    assert [request.at for request in page.requests] == sorted((r.at for r in page.requests), reverse=True)
    assert len(page.requests) == 8


def test_one_person_is_told_apart(some_use: None):
    uma = Asked(MONTH.since, MONTH.until, person=Actors.uma.id)
    page = usage_reading.read(Actors.ada, uma, Place())
    assert (page.who, page.total.requests) == ("Uma Ortiz", 4)
    assert [line.label for line in told(By.CLIENT, uma)] == ["codex", "portal"]


def test_everybody_sees_their_own_and_nobody_elses(some_use: None):
    asked = Asked(MONTH.since, MONTH.until, By.CLIENT, person=Actors.uma.id)
    page = usage_reading.read_own(Actors.otto, asked, Place())
    assert (page.who, page.total.requests) == ("Otto Lind", 2)
    assert [(line.label, line.sums.requests) for line in usage_reading.own_lines(Actors.otto, asked)] == [("codex", 2)]
    assert {request.person for request in usage_reading.own_requests(Actors.otto, asked)} == {"Otto Lind"}
    assert usage_reading.read_own(Actors.eve, asked, Place()).total == Sums()


@pytest.mark.parametrize("who", ["otto", "uma", "eve"])
def test_everybodys_usage_asks_for_its_permission(app: Flask, who: str):
    actor = getattr(Actors, who)
    for ask in (lambda: usage_reading.read(actor, MONTH, Place()), lambda: usage_reading.lines(actor, MONTH)):
        with pytest.raises(Denied):
            ask()
    with pytest.raises(Denied):
        usage_reading.requests(actor, MONTH)


def test_a_person_who_is_gone_keeps_their_name_and_their_usage(app: Flask, runtime):
    use(DAY, Actors.uma.id, 2)
    users.remove(Actors.ada, runtime, Actors.uma.id)
    assert [(line.label, line.sums.requests) for line in told(By.PERSON)] == [("Uma Ortiz", 2)]


def test_pages_follow_each_other_without_a_gap(app: Flask):
    for number in range(LINES + 7):
        use(DAY, Actors.uma.id, model=f"acme:m{number:02d}")
    first = usage_reading.read(Actors.ada, Asked(MONTH.since, MONTH.until, By.MODEL), Place())
    assert (len(first.lines), first.more) == (LINES, Place(LINES))
    rest = told(By.MODEL, offset=LINES)
    assert [line.key for line in (*first.lines, *rest)] == [f"acme:m{number:02d}" for number in range(LINES + 7)]
    asked = Asked(MONTH.since, MONTH.until, By.REQUEST)
    top = usage_reading.read(Actors.ada, asked, Place())
    assert top.more is not None
    below = usage_reading.read(Actors.ada, asked, top.more)
    assert (len(top.requests), len(below.requests), below.more) == (LINES, 7, None)
    assert len({request.id for request in (*top.requests, *below.requests)}) == LINES + 7


def test_files_have_every_line_however_many_they_are(app: Flask):
    use(DAY, Actors.uma.id, IN_A_FILE + 1)
    asked = Asked(MONTH.since, MONTH.until, By.REQUEST)
    assert len({request.id for request in usage_reading.requests(Actors.ada, asked)}) == IN_A_FILE + 1
    assert [line.sums.requests for line in usage_reading.lines(Actors.ada, MONTH)] == [IN_A_FILE + 1]


def test_two_who_sum_at_once_count_each_request_once(app: Flask):
    for number in range(30):
        use(DAY + timedelta(days=number % 3), Actors.uma.id, 100, model=f"acme:m{number % 5}")
    done: list[int] = []

    def run() -> None:
        with app.app_context():
            done.append(summing.sum_up())

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        finished(thread)
    summing.sum_up()  # what another one held just then
    with reading() as session:
        counted = select(UsageSumRecord.told_by, func.sum(UsageSumRecord.requests)).group_by(UsageSumRecord.told_by)
        everybodys = dict(iter(session.execute(counted.where(UsageSumRecord.whose == EVERYBODY))))
        assert everybodys == dict.fromkeys(Key, 3000)
        assert not usage_sums.is_behind(session)
    assert total().requests == 3000


def test_summing_can_be_interrupted_and_goes_on_the_next_time(app: Flask):
    use(DAY, Actors.uma.id, summing.AT_ONCE + 10)
    assert summing.sum_up(pause=lambda: True) == summing.AT_ONCE
    assert summing.is_behind()
    assert total().requests == summing.AT_ONCE + 10
    assert summing.sum_up() == 10
    assert not summing.is_behind()


def test_a_request_that_is_stored_late_is_counted_on_its_own_day(app: Flask):
    use(DAY, Actors.uma.id)
    summing.sum_up()
    use(DAY - timedelta(days=1), Actors.uma.id)
    use(DAY, Actors.uma.id)
    summing.sum_up()
    assert [(line.key, line.sums.requests) for line in told(By.DAY)] == [("2026-11-20", 2), ("2026-11-19", 1)]


def test_a_sum_that_fails_leaves_nothing_half_counted(app: Flask):
    use(DAY, Actors.uma.id, 3)
    with transaction() as session:
        usage_sums.sum_up(session, 10)
        session.rollback()
    assert total().requests == 3
    assert summing.sum_up() == 3
