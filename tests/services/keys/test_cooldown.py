"""A key that fails rests for every process, one request alone tries it again, and the next key serves meanwhile."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.domain.cooldown import AWAKE, TRIAL, Rest
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.keys import cooldown as key_cooldown
from portal.services.keys import endpoints, shared_keys
from portal.services.keys.endpoints import Opened
from portal.services.runtime import Tools
from portal.store.base import reading, transaction
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord, rest_of
from tests.conftest import Actors
from tests.factories import make_provider

REFUSED = Fault(Category.AUTH, status=401)
THROTTLED = Fault(Category.RATE_LIMIT, status=429, retry_after=30)


class Clock:
    """The time, which tests move."""

    def __init__(self, tools: Tools) -> None:
        self.ahead = timedelta()
        self._now = tools.now

    def __call__(self) -> datetime:
        return self._now() + self.ahead


@pytest.fixture
def clock(tools: Tools) -> Clock:
    return Clock(tools)


@pytest.fixture
def ticking(tools: Tools, clock: Clock) -> Tools:
    return replace(tools, now=clock)


@pytest.fixture
def provider(app: Flask) -> ProviderRecord:
    return make_provider()


@pytest.fixture
def keys(tools: Tools, provider: ProviderRecord) -> list[shared_keys.KeyView]:
    """Three keys, the first of which serves."""
    with transaction() as session:
        record = session.get_one(ProviderRecord, provider.id)
        return [shared_keys.add(session, tools, Actors.ada, record, f"sk-{number}") for number in range(3)]


def rest(key: shared_keys.KeyView) -> Rest:
    with reading() as session:
        return rest_of(session.scalars(select(SharedKeyRecord).where(SharedKeyRecord.id == key.id)).one())


def put_to_rest(key: shared_keys.KeyView, rest: Rest) -> None:
    with transaction() as session:
        record = session.get_one(SharedKeyRecord, key.id)
        record.rest_strikes, record.rest_until = rest.strikes, rest.until
        record.rest_category, record.rest_told = rest.category, rest.told


def serve(tools: Tools, provider: ProviderRecord, *faults: Fault | None) -> list[Opened]:
    """One request that hears these faults in turn; the doors that it came to."""
    told, came = iter(faults), []
    for opened in endpoints.serving(tools, provider.id):
        came.append(opened)
        if not key_cooldown.note(tools, opened, next(told)):
            break
    return came


def version() -> int:
    with reading() as session:
        return session.execute(text("SELECT version FROM catalog_state")).scalar_one()


def test_a_refused_key_leaves_the_request_to_the_next_and_rests(ticking: Tools, provider, keys):
    before = version()
    came = serve(ticking, provider, REFUSED, None)
    assert [opened.key_id for opened in came] == [keys[0].id, keys[1].id]
    assert rest(keys[0]).strikes == 1
    assert rest(keys[1]) == AWAKE
    assert [opened.key_id for opened in serve(ticking, provider, None)] == [keys[1].id]
    assert version() == before, "rest is outside the catalog"


def test_one_request_tries_every_key_once_and_no_more(ticking: Tools, provider, keys):
    came = serve(ticking, provider, *[REFUSED] * 9)
    assert [opened.key_id for opened in came] == [key.id for key in keys]


def test_when_all_rest_only_the_soonest_to_wake_is_tried(ticking: Tools, clock, provider, keys):
    for strikes, key in zip((3, 1, 2), keys, strict=True):
        put_to_rest(key, Rest(strikes, clock() + timedelta(minutes=strikes), "auth"))
    came = serve(ticking, provider, REFUSED, REFUSED)
    assert [opened.key_id for opened in came] == [keys[1].id]
    assert rest(keys[1]).strikes == 2


def test_a_good_answer_wakes_a_key_that_rested(ticking: Tools, clock, provider, keys):
    put_to_rest(keys[0], Rest(4, clock() - timedelta(seconds=1), "auth"))
    assert [opened.key_id for opened in serve(ticking, provider, None)] == [keys[0].id]
    assert rest(keys[0]) == AWAKE


def test_a_key_that_fails_its_trial_rests_longer(ticking: Tools, clock, provider, keys):
    put_to_rest(keys[0], Rest(2, clock() - timedelta(seconds=1), "auth"))
    serve(ticking, provider, REFUSED, None)
    now = rest(keys[0])
    assert now.strikes == 3
    assert timedelta(minutes=3) < now.until - clock() <= timedelta(minutes=4)


def test_one_request_alone_tries_a_key_again(ticking: Tools, clock, provider, keys):
    put_to_rest(keys[0], Rest(1, clock() - timedelta(seconds=1), "auth"))
    first = endpoints.serving(ticking, provider.id)
    assert next(first).key_id == keys[0].id
    assert next(endpoints.serving(ticking, provider.id)).key_id == keys[1].id
    clock.ahead = TRIAL + timedelta(seconds=1)
    assert next(endpoints.serving(ticking, provider.id)).key_id == keys[0].id, "whoever died with the trial loses it"


def test_of_eight_at_once_one_takes_the_trial(app: Flask, ticking: Tools, clock, provider, keys):
    put_to_rest(keys[0], Rest(1, clock() - timedelta(seconds=1), "auth"))
    took: list[object] = []
    ready = threading.Barrier(8)

    def ask() -> None:
        with app.app_context():
            doing: Iterator[Opened] = endpoints.serving(ticking, provider.id)
            ready.wait()
            took.append(next(doing).key_id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert took.count(keys[0].id) == 1
    assert took.count(keys[1].id) == 7


def test_many_failures_at_once_count_as_one(ticking: Tools, provider, keys):
    opened = [next(endpoints.serving(ticking, provider.id)) for _ in range(5)]
    assert all(key_cooldown.note(ticking, door, REFUSED) for door in opened)
    assert rest(keys[0]).strikes == 1


def test_an_answer_that_began_before_the_refusal_does_not_wake_the_key(ticking: Tools, provider, keys):
    early, late = (next(endpoints.serving(ticking, provider.id)) for _ in range(2))
    key_cooldown.note(ticking, late, REFUSED)
    key_cooldown.note(ticking, early, None)
    assert rest(keys[0]).strikes == 1


@pytest.mark.parametrize("category", [Category.MODEL_NOT_FOUND, Category.CONTENT, Category.SERVER, Category.TIMEOUT])
def test_what_is_not_the_keys_fault_rests_nothing_and_asks_no_other(ticking: Tools, provider, keys, category):
    assert len(serve(ticking, provider, Fault(category))) == 1
    assert [rest(key) for key in keys] == [AWAKE] * 3


def test_a_provider_that_said_when_to_come_back_is_not_asked_before(ticking: Tools, clock, provider, keys):
    assert len(serve(ticking, provider, THROTTLED, THROTTLED, THROTTLED)) == 3
    with pytest.raises(UpstreamError) as shut:
        serve(ticking, provider)
    assert shut.value.fault.category is Category.RATE_LIMIT
    assert 28 <= shut.value.fault.retry_after <= 30
    clock.ahead = timedelta(seconds=31)
    assert serve(ticking, provider, None)[0].key_id == keys[0].id


def test_a_throttled_key_is_asked_all_the_same_where_nobody_said_when_to_come_back(ticking: Tools, provider, keys):
    throttled = Fault(Category.RATE_LIMIT, status=429)
    assert len(serve(ticking, provider, throttled, throttled, throttled)) == 3
    assert len(serve(ticking, provider, None)) == 1


def test_a_key_that_was_added_meanwhile_takes_over(ticking: Tools, tools: Tools, provider):
    with transaction() as session:
        record = session.get_one(ProviderRecord, provider.id)
        shared_keys.add(session, tools, Actors.ada, record, "sk-old")
    doing = endpoints.serving(ticking, provider.id)
    key_cooldown.note(ticking, next(doing), REFUSED)
    with transaction() as session:
        new = shared_keys.add(session, tools, Actors.ada, session.get_one(ProviderRecord, provider.id), "sk-new")
    assert next(doing).key_id == new.id


def test_the_environment_and_no_key_never_rest(tools: Tools, environment: dict[str, str], provider):
    environment["OPENAI_API_KEY"] = "sk-environment"
    assert [opened.source for opened in serve(tools, provider, REFUSED)] == ["environment"]
    assert [opened.source for opened in serve(tools, make_provider("rack", "ollama"), REFUSED)] == ["none"]


def test_calling_through_the_pool_gives_what_the_last_key_found(ticking: Tools, provider, keys):
    heard = iter([REFUSED, THROTTLED, None])

    def call(opened: Opened) -> tuple[str, Fault | None]:
        return opened.fingerprint, next(heard)

    opened, found = key_cooldown.through(ticking, provider.id, call)
    assert (opened.key_id, found) == (keys[2].id, keys[2].fingerprint)


def test_when_the_pool_is_empty_handed_the_last_finding_stands(ticking: Tools, provider, keys):
    opened, found = key_cooldown.through(ticking, provider.id, lambda _opened: ("throttled", THROTTLED))
    assert (opened.key_id, found) == (keys[2].id, "throttled")
    with pytest.raises(UpstreamError):
        key_cooldown.through(ticking, provider.id, lambda _opened: ("never", None))


def test_a_call_that_any_key_would_do_for_wakes_nobody(ticking: Tools, clock, provider, keys):
    put_to_rest(keys[0], Rest(1, clock() - timedelta(seconds=1), "auth"))
    key_cooldown.through(ticking, provider.id, lambda _opened: ("listed", None), proves=False)
    assert rest(keys[0]).strikes == 1
