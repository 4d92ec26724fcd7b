"""Requests are counted exactly, against several limits at once or none, and a refused one counts nowhere.

Each of these holds with either store.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from portal.domain.allowances import Kind
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.limits import LimitReached
from portal.services.allowances import counting, setting
from portal.services.selection import choosing
from portal.store.base import at, this_database, writing
from tests.allowing import allow
from tests.chatting import connect
from tests.clocks import Clock
from tests.counting import queries, traffic
from tests.waiting import finished

NOW = datetime(2026, 11, 20, 23, 58, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(params=["the database", "Redis"])
def timed(request, runtime, clock):
    settings = runtime.settings
    if request.param == "Redis":
        settings = replace(settings, redis_url=request.getfixturevalue("redis").url)
    yield replace(runtime, now=clock, settings=settings)
    counting.stop()


@pytest.fixture
def provider_id(runtime, actors):
    (model_id,) = connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "gpt-5.2")
    return choosing.current_catalog(runtime).models[model_id].provider_id


@pytest.fixture
def send(timed, actors, provider_id) -> Callable[..., LimitReached | None]:
    """One request; what it is refused with."""

    def one(token_id=None, actor=actors.uma):
        try:
            version = choosing.current_catalog(timed).version
            counting.enter(timed, actor, token_id, provider_id, version, "Acme")
        except LimitReached as refused:
            return refused
        return None

    return one


def passed(send, times, **asked) -> int:
    return sum(send(**asked) is None for _ in range(times))


def test_so_many_a_minute_pass_and_the_next_minute_begins_with_its_first_request(send, timed, clock, actors):
    allow(timed, Kind.USER, actors.uma.id, per_minute=3)
    assert passed(send, 5) == 3
    clock.now += timedelta(seconds=20.5)
    refused = send()
    assert refused.retry_after == 40
    assert refused.sentence == "Too many requests: you may send 3 requests a minute. Try again in 40 s."
    clock.now += timedelta(seconds=refused.retry_after)
    assert passed(send, 5) == 3


def test_so_many_a_day_pass_and_the_day_is_utcs(send, timed, clock, actors):
    allow(timed, Kind.USER, actors.uma.id, per_day=2)
    assert passed(send, 4) == 2
    refused = send()
    assert refused.retry_after is None
    assert refused.code == "daily_limit_reached"
    assert "2 requests a day" in refused.sentence
    clock.now += timedelta(seconds=90)
    assert passed(send, 4) == 2


def test_of_several_limits_each_counts_what_passed_and_nothing_else(send, timed, actors, provider_id):
    allow(timed, Kind.PROVIDER, provider_id, per_minute=4)
    allow(timed, Kind.USER, actors.uma.id, per_minute=3)
    assert passed(send, 10) == 3
    assert passed(send, 10, actor=actors.otto) == 1
    assert "Acme may be asked 4 times a minute" in send(actor=actors.otto).sentence


def test_a_minute_does_not_begin_with_a_request_that_another_limit_refused(send, timed, clock, actors, provider_id):
    allow(timed, Kind.PROVIDER, provider_id, per_minute=1)
    allow(timed, Kind.USER, actors.uma.id, per_minute=1)
    assert send(actor=actors.otto) is None
    clock.now += timedelta(seconds=40)
    assert send() is not None
    clock.now += timedelta(seconds=40)
    assert send() is None
    clock.now += timedelta(seconds=30)
    assert send().retry_after == 30


def test_a_clock_that_is_behind_opens_nothing(send, timed, clock, actors):
    clock.now = datetime(2026, 11, 21, 0, 0, 10, tzinfo=UTC)
    allow(timed, Kind.USER, actors.uma.id, per_day=1)
    assert passed(send, 2) == 1
    clock.now -= timedelta(seconds=30)
    assert passed(send, 2) == 0
    clock.now += timedelta(seconds=30)
    assert passed(send, 2) == 0


def test_a_limit_that_is_lowered_or_taken_away_counts_at_once(send, timed, actors):
    allow(timed, Kind.USER, actors.uma.id, per_minute=5)
    assert passed(send, 2) == 2
    allow(timed, Kind.USER, actors.uma.id, per_minute=2)
    assert passed(send, 2) == 0
    allow(timed, Kind.USER, actors.uma.id)
    assert passed(send, 9) == 9


def test_where_no_limit_is_set_nothing_is_asked_of_the_database(send, timed, actors, provider_id):
    allow(timed, Kind.USER, actors.otto.id, per_minute=1)
    send()
    version = choosing.current_catalog(timed).version
    with traffic() as seen:
        counting.enter(timed, actors.uma, uuid4(), provider_id, version)
    assert seen.transactions == 0


@pytest.mark.parametrize("own_limits", [1, 2])
def test_a_request_that_passes_is_one_statement_or_one_script(send, timed, actors, provider_id, own_limits):
    allow(timed, Kind.USER, actors.uma.id, per_minute=9, per_day=90)
    if own_limits == 2:
        allow(timed, Kind.PROVIDER, provider_id, per_minute=9)
    assert passed(send, 2) == 2  # what is there already is carried to Redis first
    version = choosing.current_catalog(timed).version
    with queries() as asked:
        counting.enter(timed, actors.uma, None, provider_id, version)
    assert sum("limit_counts" in each for each in asked) == (0 if timed.settings.redis_url else 1)


def test_what_a_statement_by_itself_leaves_behind_is_an_ordinary_connection(send, timed, actors):
    allow(timed, Kind.USER, actors.uma.id, per_minute=9)
    send()
    with suppress(ZeroDivisionError), writing() as connection:
        connection.execute(text("DELETE FROM limit_counts"))
        raise ZeroDivisionError
    allow(timed, Kind.USER, actors.uma.id, per_minute=1)
    assert passed(send, 1) == 0


def test_of_many_at_once_exactly_so_many_pass(timed, actors, provider_id):
    allow(timed, Kind.PROVIDER, provider_id, per_minute=25)
    allow(timed, Kind.USER, actors.uma.id, per_minute=20)
    version, database = choosing.current_catalog(timed).version, this_database()
    through: list[object] = []

    def many(actor) -> None:
        with at(database):
            for _ in range(10):
                try:
                    counting.enter(timed, actor, None, provider_id, version)
                    through.append(actor)
                except LimitReached:
                    pass

    threads = [threading.Thread(target=many, args=[actor]) for actor in (actors.uma, actors.otto) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        finished(thread)
    assert len(through) == 25
    assert through.count(actors.uma) <= 20


def test_only_whoever_may_change_settings_sets_anything_and_only_what_there_is(runtime, actors, provider_id):
    with pytest.raises(Denied):
        setting.read(actors.otto)
    with pytest.raises(NotFound):
        allow(runtime, Kind.USER, uuid4(), per_minute=1)
    with pytest.raises(Invalid) as refused:
        allow(runtime, Kind.ROLE, uuid4(), per_minute=1)
    assert set(refused.value.faults) == {"per_minute"}
    with pytest.raises(Invalid) as refused:
        allow(runtime, Kind.PROVIDER, provider_id, per_minute=0, per_day=-1, budget=5)
    assert set(refused.value.faults) == {"per_minute", "per_day", "budget"}
