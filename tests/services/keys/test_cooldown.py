"""A key that fails cools down for every process, one request alone probes it, and the next key serves meanwhile."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.domain.cooldown import PROBE_TIME, READY, Cooldown
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.keys import cooldown as key_cooldown
from portal.services.keys import endpoints, shared_keys
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime
from portal.store.base import reading, transaction
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord, cooldown_of
from tests.clocks import Clock
from tests.conftest import Actors
from tests.factories import make_provider

REFUSED = Fault(Category.AUTH, status=401)
THROTTLED = Fault(Category.RATE_LIMIT, status=429, retry_after=30)


@pytest.fixture
def clock(runtime: Runtime) -> Clock:
    return Clock(runtime.now())


@pytest.fixture
def ticking(runtime: Runtime, clock: Clock) -> Runtime:
    return replace(runtime, now=clock)


@pytest.fixture
def provider(app: Flask) -> ProviderRecord:
    return make_provider()


@pytest.fixture
def keys(runtime: Runtime, provider: ProviderRecord) -> list[shared_keys.KeyView]:
    """Three keys, the first of which serves."""
    with transaction() as session:
        record = session.get_one(ProviderRecord, provider.id)
        return [shared_keys.add(session, runtime, Actors.ada, record, f"sk-{number}") for number in range(3)]


def cooldown(key: shared_keys.KeyView) -> Cooldown:
    with reading() as session:
        return cooldown_of(session.scalars(select(SharedKeyRecord).where(SharedKeyRecord.id == key.id)).one())


def put_cooldown(key: shared_keys.KeyView, cooldown: Cooldown) -> None:
    with transaction() as session:
        record = session.get_one(SharedKeyRecord, key.id)
        record.rest_strikes, record.rest_until = cooldown.failures, cooldown.until
        record.rest_category, record.rest_told = cooldown.category, cooldown.retry_at


def serve(runtime: Runtime, provider: ProviderRecord, *faults: Fault | None) -> list[ResolvedEndpoint]:
    """One request that gets these faults in turn; the endpoints that it came to."""
    told, came = iter(faults), []
    for resolved in endpoints.candidates(runtime, provider.id):
        came.append(resolved)
        if not key_cooldown.note(runtime, resolved, next(told)):
            break
    return came


def version() -> int:
    with reading() as session:
        return session.execute(text("SELECT version FROM catalog_state")).scalar_one()


def test_a_refused_key_leaves_the_request_to_the_next_and_cools_down(ticking: Runtime, provider, keys):
    before = version()
    came = serve(ticking, provider, REFUSED, None)
    assert [resolved.key_id for resolved in came] == [keys[0].id, keys[1].id]
    assert cooldown(keys[0]).failures == 1
    assert cooldown(keys[1]) == READY
    assert [resolved.key_id for resolved in serve(ticking, provider, None)] == [keys[1].id]
    assert version() == before, "a cooldown is outside the catalog"


def test_one_request_tries_every_key_once_and_no_more(ticking: Runtime, provider, keys):
    came = serve(ticking, provider, *[REFUSED] * 9)
    assert [resolved.key_id for resolved in came] == [key.id for key in keys]


def test_when_all_cool_down_only_the_soonest_ready_is_tried(ticking: Runtime, clock, provider, keys):
    for failures, key in zip((3, 1, 2), keys, strict=True):
        put_cooldown(key, Cooldown(failures, clock() + timedelta(minutes=failures), "auth"))
    came = serve(ticking, provider, REFUSED, REFUSED)
    assert [resolved.key_id for resolved in came] == [keys[1].id]
    assert cooldown(keys[1]).failures == 2


def test_a_good_answer_ends_a_cooldown(ticking: Runtime, clock, provider, keys):
    put_cooldown(keys[0], Cooldown(4, clock() - timedelta(seconds=1), "auth"))
    assert [resolved.key_id for resolved in serve(ticking, provider, None)] == [keys[0].id]
    assert cooldown(keys[0]) == READY


def test_a_key_that_fails_its_probe_cools_down_longer(ticking: Runtime, clock, provider, keys):
    put_cooldown(keys[0], Cooldown(2, clock() - timedelta(seconds=1), "auth"))
    serve(ticking, provider, REFUSED, None)
    now = cooldown(keys[0])
    assert now.failures == 3
    assert timedelta(minutes=3) < now.until - clock() <= timedelta(minutes=4)


def test_one_request_alone_tries_a_key_again(ticking: Runtime, clock, provider, keys):
    put_cooldown(keys[0], Cooldown(1, clock() - timedelta(seconds=1), "auth"))
    first = endpoints.candidates(ticking, provider.id)
    assert next(first).key_id == keys[0].id
    assert next(endpoints.candidates(ticking, provider.id)).key_id == keys[1].id
    clock.now += PROBE_TIME + timedelta(seconds=1)
    assert next(endpoints.candidates(ticking, provider.id)).key_id == keys[0].id, "whoever died with the probe loses it"


def test_of_eight_at_once_one_takes_the_probe(app: Flask, ticking: Runtime, clock, provider, keys):
    put_cooldown(keys[0], Cooldown(1, clock() - timedelta(seconds=1), "auth"))
    took: list[object] = []
    ready = threading.Barrier(8)

    def ask() -> None:
        with app.app_context():
            doing: Iterator[ResolvedEndpoint] = endpoints.candidates(ticking, provider.id)
            ready.wait()
            took.append(next(doing).key_id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert took.count(keys[0].id) == 1
    assert took.count(keys[1].id) == 7


def test_many_failures_at_once_count_as_one(ticking: Runtime, provider, keys):
    resolved = [next(endpoints.candidates(ticking, provider.id)) for _ in range(5)]
    assert all(key_cooldown.note(ticking, endpoint, REFUSED) for endpoint in resolved)
    assert cooldown(keys[0]).failures == 1


def test_an_answer_that_began_before_the_refusal_does_not_end_the_cooldown(ticking: Runtime, provider, keys):
    early, late = (next(endpoints.candidates(ticking, provider.id)) for _ in range(2))
    key_cooldown.note(ticking, late, REFUSED)
    key_cooldown.note(ticking, early, None)
    assert cooldown(keys[0]).failures == 1


@pytest.mark.parametrize("category", [Category.MODEL_NOT_FOUND, Category.CONTENT, Category.SERVER, Category.TIMEOUT])
def test_what_is_not_the_keys_fault_cools_nothing_down_and_asks_no_other(ticking: Runtime, provider, keys, category):
    assert len(serve(ticking, provider, Fault(category))) == 1
    assert [cooldown(key) for key in keys] == [READY] * 3


def test_a_provider_that_said_when_to_come_back_is_not_asked_before(ticking: Runtime, clock, provider, keys):
    assert len(serve(ticking, provider, THROTTLED, THROTTLED, THROTTLED)) == 3
    with pytest.raises(UpstreamError) as blocked:
        serve(ticking, provider)
    assert blocked.value.fault.category is Category.RATE_LIMIT
    assert 28 <= blocked.value.fault.retry_after <= 30
    clock.go(seconds=31)
    assert serve(ticking, provider, None)[0].key_id == keys[0].id


def test_a_throttled_key_is_asked_all_the_same_where_nobody_said_when_to_come_back(ticking: Runtime, provider, keys):
    throttled = Fault(Category.RATE_LIMIT, status=429)
    assert len(serve(ticking, provider, throttled, throttled, throttled)) == 3
    assert len(serve(ticking, provider, None)) == 1


def test_a_key_that_was_added_meanwhile_takes_over(ticking: Runtime, runtime: Runtime, provider):
    with transaction() as session:
        record = session.get_one(ProviderRecord, provider.id)
        shared_keys.add(session, runtime, Actors.ada, record, "sk-old")
    doing = endpoints.candidates(ticking, provider.id)
    key_cooldown.note(ticking, next(doing), REFUSED)
    with transaction() as session:
        new = shared_keys.add(session, runtime, Actors.ada, session.get_one(ProviderRecord, provider.id), "sk-new")
    assert next(doing).key_id == new.id


def test_the_environment_and_no_key_never_cool_down(runtime: Runtime, environment: dict[str, str], provider):
    environment["OPENAI_API_KEY"] = "sk-environment"
    assert [resolved.source for resolved in serve(runtime, provider, REFUSED)] == ["environment"]
    assert [resolved.source for resolved in serve(runtime, make_provider("rack", "ollama"), REFUSED)] == ["none"]


def test_asking_through_the_pool_gives_what_the_last_key_found(ticking: Runtime, provider, keys):
    faults = iter([REFUSED, THROTTLED, None])

    def ask(resolved: ResolvedEndpoint) -> tuple[str, Fault | None]:
        return resolved.fingerprint, next(faults)

    resolved, found = key_cooldown.through(ticking, provider.id, ask)
    assert (resolved.key_id, found) == (keys[2].id, keys[2].fingerprint)


def test_when_no_key_of_the_pool_serves_the_last_finding_is_returned(ticking: Runtime, provider, keys):
    resolved, found = key_cooldown.through(ticking, provider.id, lambda _resolved: ("throttled", THROTTLED))
    assert (resolved.key_id, found) == (keys[2].id, "throttled")
    with pytest.raises(UpstreamError):
        key_cooldown.through(ticking, provider.id, lambda _resolved: ("never", None))


def test_a_request_that_any_key_would_do_for_ends_no_cooldown(ticking: Runtime, clock, provider, keys):
    put_cooldown(keys[0], Cooldown(1, clock() - timedelta(seconds=1), "auth"))
    key_cooldown.through(ticking, provider.id, lambda _resolved: ("listed", None), proves=False)
    assert cooldown(keys[0]).failures == 1
