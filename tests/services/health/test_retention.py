"""Clearing checks away and counting days anew: what goes, what stays, and that both may be done at any time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select, update

from portal.domain.health import Level
from portal.domain.latencies import quantile
from portal.services.health import days as health_days
from portal.services.health import retention as check_retention
from portal.services.providers import detail as provider_detail
from portal.services.runtime import Runtime
from portal.store import check_days
from portal.store.base import reading, transaction
from portal.store.check_days import CheckDayRecord
from portal.store.health import CheckRecord
from tests.conftest import Actors
from tests.connecting import connect
from tests.services.health.test_checks import plant, plant_in_line
from tests.upstream import Upstream


def ago(days: float) -> datetime:
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return noon - timedelta(days=days)


def left() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(CheckRecord)) or 0


@pytest.fixture
def acme(runtime: Runtime, upstream: Upstream) -> UUID:
    connect(Actors.ada, runtime, upstream)
    return provider_detail.read_detail(Actors.ada, runtime, "acme").id


def past(runtime: Runtime, provider_id: UUID) -> health_days.Past:
    with reading() as session:
        return health_days.past(session, provider_id, runtime.now())


def test_old_checks_go_a_few_at_a_time_and_young_ones_stay(runtime: Runtime, acme: UUID):
    for days in (200, 150, 91, 89, 1):
        plant(1, at=ago(days), provider_id=acme)
    plant(600, at=ago(120), counts=False)
    pauses = []
    assert check_retention.prune(runtime, pause=lambda: bool(pauses.append(1))) == 603
    assert len(pauses) == 2
    assert left() == 2


def test_it_can_be_interrupted_and_goes_on_the_next_time(runtime: Runtime):
    plant(600, at=ago(120))
    assert check_retention.prune(runtime, pause=lambda: True) == 250
    assert check_retention.prune(runtime) == 350


def test_the_newest_of_each_provider_stays_for_its_verdict_rests_on_it(runtime: Runtime, acme: UUID):
    for days in (300, 250):
        plant(1, at=ago(days), provider_id=acme, provider_name="acme")
    assert check_retention.prune(runtime) == 1
    with reading() as session:
        assert session.scalar(select(CheckRecord.at)) == ago(250)


def test_strips_outlive_the_checks(runtime: Runtime, acme: UUID):
    plant_in_line(acme, ago(60), "auth")
    plant_in_line(acme, ago(1), "ok")
    check_retention.prune(runtime, days=30)
    assert left() == 1
    assert past(runtime, acme).days[-61] is Level.BAD


def test_days_older_than_a_year_are_forgotten(runtime: Runtime, acme: UUID):
    plant_in_line(acme, ago(500), "auth")
    plant_in_line(acme, ago(10), "ok")
    check_retention.prune(runtime)
    with reading() as session:
        assert list(session.scalars(select(CheckDayRecord.day))) == [ago(10).date()]


def test_it_is_done_once_a_day_however_many_ask(runtime: Runtime):
    assert check_retention.take_today(runtime)
    assert not check_retention.take_today(runtime)


def test_days_counted_anew_are_as_they_were(runtime: Runtime, acme: UUID):
    for place in range(40):
        plant_in_line(acme, ago(place / 5), ("ok", "ok", "ok", "rate_limit", "auth")[place % 5])
    plant(3, at=ago(1), provider_id=acme, counts=False)
    with reading() as session:
        before = [tuple(row) for row in check_days.of_providers(session, [acme], ago(90).date())]
    with transaction() as session:
        session.execute(delete(CheckDayRecord))
    assert check_retention.rebuild(runtime) == len(before)
    with reading() as session:
        assert [tuple(row) for row in check_days.of_providers(session, [acme], ago(90).date())] == before


def test_days_whose_checks_are_gone_are_not_counted_anew(runtime: Runtime, acme: UUID):
    for days in (60, 50, 5):
        plant_in_line(acme, ago(days), "auth")
    check_retention.prune(runtime, days=55)
    plant_in_line(acme, ago(0), "ok")
    with transaction() as session:
        session.execute(update(CheckDayRecord).where(CheckDayRecord.day == ago(5).date()).values(bad=7))
    check_retention.rebuild(runtime)
    days = past(runtime, acme).days
    assert (days[-61], days[-51]) == (Level.BAD, Level.BAD)
    with reading() as session:
        rows = check_days.of_providers(session, [acme], ago(5).date())
    assert rows[0].bad == 1


def test_many_checks_are_drawn_by_their_days_and_few_one_by_one(runtime: Runtime, acme: UUID):
    for place in range(10):
        plant_in_line(acme, ago(place), "ok")
    few = past(runtime, acme)
    assert len(few.latencies) == 10
    assert few.spreads == ()
    with transaction() as session:
        session.execute(
            update(CheckDayRecord).values(good=1000, latencies={"70": 900, "80": 100}).where(CheckDayRecord.bad == 0)
        )
    many = past(runtime, acme)
    assert many.latencies == ()
    assert len(many.spreads) == 10
    assert many.spreads[0]
    assert many.spreads[0].middle == quantile({"70": 1}, 0.5)
    assert (many.answered, many.failed, many.total) == (10_000, 0, 10_000)
    assert many.middle < many.most


def test_strips_of_many_providers_are_one_query(runtime: Runtime):
    ids = [uuid4() for _ in range(50)]
    for provider_id in ids:
        plant_in_line(provider_id, ago(0), "ok")
    with reading() as session:
        strips = health_days.strips(session, ids, ago(0))
    assert {strip[-1] for strip in strips.values()} == {Level.GOOD}
