"""Counting in Redis: as in the database, and there when Redis is away. Nothing is unlimited, no password is shown."""

import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from portal.domain.limits import Full, Limit, Limited, Limits
from portal.services import overview
from portal.services.allowances import counting, redis_away
from portal.services.allowances.counting import RedisMissing
from portal.services.allowances.in_database import InDatabase
from portal.services.allowances.in_redis import InRedis
from portal.services.runtime import Runtime
from portal.store.redis_counts import PREFIX
from tests.clocks import Clock
from tests.redis_server import RedisServer, redis_server
from tests.waiting import eventually

SECRET = "canary-of-redis-4b1f"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 20, 23, 50, tzinfo=UTC))


@pytest.fixture
def own() -> Iterator[RedisServer]:
    """A server that this test may kill, with a password."""
    with redis_server(SECRET) as server:
        yield server


def naming(runtime: Runtime, url: str, clock: Clock) -> Runtime:
    return replace(runtime, now=clock, settings=replace(runtime.settings, redis_url=url))


@dataclass
class Counting:
    """What one process counts with."""

    runtime: Runtime
    where: InRedis

    def passed(self, limit: Limit, times: int) -> int:
        return sum(self.where.count(self.runtime, Limits.of([limit])) is None for _ in range(times))

    def looks(self) -> "Counting":
        """It is time to look whether another process cannot reach Redis."""
        self.where._look_at = 0.0
        return self

    @property
    def is_away(self) -> bool:
        return self.where._away


@pytest.fixture
def process(runtime, clock):
    """Makes what another process would count with."""
    made: list[Counting] = []

    def make(url: str) -> Counting:
        named = naming(runtime, url, clock)
        made.append(Counting(named, InRedis(named)))
        return made[-1]

    yield make
    for each in made:
        each.where.stop()


def a_limit(**allowed: int) -> Limit:
    return Limit(Limited.USER, uuid4(), **allowed)


def test_the_same_requests_are_refused_alike_by_both_stores(runtime, redis, clock, process):
    pick = random.Random(13)  # noqa: S311 - the same each time
    limits = [
        Limit(kind, UUID(int=place + 1), per_minute, per_day)
        for place, (kind, per_minute, per_day) in enumerate(
            [(Limited.PROVIDER, 9, None), (Limited.USER, 4, 60), (Limited.USER, None, 45), (Limited.TOKEN, 3, None)]
        )
    ]
    in_redis, in_database = process(redis.url).where, InDatabase()
    by_redis: list[Full | None] = []
    by_database: list[Full | None] = []
    for _ in range(400):
        clock.now += timedelta(seconds=pick.choice((0, 0, 0.5, 3, 20, 61)) - pick.choice((0, 0, 0, 2)))
        asked = Limits.of(pick.sample(limits, pick.randint(1, 3)))
        by_redis.append(in_redis.count(naming(runtime, redis.url, clock), asked))
        by_database.append(in_database.count(replace(runtime, now=clock), asked))
    assert by_redis == by_database
    assert len(set(by_redis)) > 5


def test_keys_are_the_portals_own_and_go_by_themselves(redis, process):
    limit = a_limit(per_day=5)
    process(redis.url).passed(limit, 1)
    assert f"{PREFIX}{limit.id}".encode() in redis.ask("KEYS", "*")
    assert redis.ask("KEYS", "*").count(b"\r\n$") == 1
    (left,) = redis.ask("PTTL", f"{PREFIX}{limit.id}").decode().strip().split("\r\n")
    assert 24 * 3600_000 < int(left.removeprefix(":")) <= 25 * 3600_000


def test_what_redis_counted_holds_in_the_database_when_it_is_gone_and_again_when_it_is_back(own, process):
    limit, other = a_limit(per_minute=5), a_limit(per_day=2)
    here = process(own.url)
    assert here.passed(limit, 3) == 3
    assert here.passed(other, 1) == 1
    own.kill()
    with capture_logs() as said:
        assert here.passed(limit, 1) == 1
        assert here.passed(limit, 4) == 1
        assert here.passed(other, 3) == 1
    (line,) = said
    assert line["log_level"] == "warning"
    assert "Redis is away" in line["event"]
    assert SECRET not in str(said)
    with capture_logs() as said:
        own.start()
        eventually(lambda: not here.is_away)
    eventually(lambda: said)
    assert ["Redis is back" in line["event"] for line in said] == [True]
    assert here.passed(limit, 3) == 0
    assert here.passed(other, 3) == 0
    assert own.ask("EXISTS", f"{PREFIX}{limit.id}").endswith(b":1\r\n")


def test_a_redis_that_hangs_is_given_up_and_found_again(own, process):
    limit, here = a_limit(per_minute=4), process(own.url)
    assert here.passed(limit, 2) == 2
    own.stall()
    assert here.passed(limit, 1) == 1
    assert here.is_away
    own.go_on()
    eventually(lambda: not here.is_away)
    assert here.passed(limit, 4) <= 1


def test_a_connection_that_was_closed_while_idle_is_no_trouble(own, process):
    limit, here = a_limit(per_minute=3), process(own.url)
    assert here.passed(limit, 1) == 1
    own.ask("CLIENT", "KILL", "TYPE", "normal")
    with capture_logs() as said:
        assert here.passed(limit, 3) == 2
    assert said == []
    assert not here.is_away


def test_a_process_that_reaches_redis_counts_with_those_that_do_not(own, process, clock):
    limit = a_limit(per_minute=10)
    near, far = process(own.url), process("redis://127.0.0.1:1/0")
    assert near.passed(limit, 6) == 6
    assert far.passed(limit, 1) == 1
    eventually(lambda: redis_away.is_said(far.runtime))
    with capture_logs() as said:
        assert near.looks().passed(limit, 2) == 2
    assert [line["event"][:30] for line in said] == ["Another process cannot reach R"]
    assert near.passed(limit, 1) + far.passed(limit, 5) == 1
    far.where.stop()
    clock.now += redis_away.OVER * 2
    assert near.looks().passed(limit, 5) == 0


def test_how_far_a_process_is_behind_counts_for_nothing(own, process):
    """Each says what it heard last; together they say what Redis counted, once."""
    limit = a_limit(per_minute=20)
    processes = [process(own.url) for _ in range(3)]
    assert [each.passed(limit, times) for each, times in zip(processes, (5, 4, 3), strict=True)] == [5, 4, 3]
    own.kill()
    assert [each.passed(limit, 1) for each in processes] == [1, 1, 1]
    assert sum(each.passed(limit, 9) for each in processes) == 20 - 12 - 3


def test_the_overview_says_that_it_is_away_and_for_how_long(own, process, actors):
    here = process(own.url)
    here.passed(a_limit(per_minute=1), 1)
    assert not [need for need in overview.read_overview(actors.ada, here.runtime).needs if need.to == "limits"]
    own.kill()
    here.passed(a_limit(per_minute=1), 1)
    eventually(lambda: redis_away.is_said(here.runtime))
    (need,) = [need for need in overview.read_overview(actors.ada, here.runtime).needs if need.to == "limits"]
    assert need.since == here.runtime.now()
    assert "nothing answers there" in need.detail
    assert SECRET not in repr(need)


def test_who_lost_redis_itself_does_not_say_so_again_for_another_process(own, process):
    here = process(own.url)
    own.kill()
    with capture_logs() as logged:
        here.passed(a_limit(per_minute=1), 1)
        here.where._turn(said=True)  # a thread that looked before, and read the word of this very process
    assert [each["event"] for each in logged] == ["Redis is away: the database counts requests meanwhile."]


def test_it_is_reached_by_a_socket_and_with_a_password(own, process):
    limit = a_limit(per_minute=1)
    here = process(f"unix://:{SECRET}@{quote(str(own.socket))}")
    assert (here.passed(limit, 2), here.is_away) == (1, False)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"redis://:{SECRET}@127.0.0.1:1/0", "nothing answers there"),
        (f"unix://:{SECRET}@/nowhere/at/all", "nothing answers there"),
        (f"redis://:{SECRET}@127.0.0.1:notaport/0", "its address cannot be used"),
        (f"redis://127.0.0.1:1/0?socket_timeout={SECRET}", "its address cannot be used"),
        (f"redis://127.0.0.1:1/0?{SECRET}=yes", "its address cannot be used"),
        ("redis://:wrong-{SECRET}@127.0.0.1:{port}/0", "it refuses the name or the password"),
        ("redis://127.0.0.1:{port}/0", "it refuses the name or the password"),
    ],
)
def test_a_redis_that_does_not_count_is_told_in_one_sentence_without_its_address(own, runtime, clock, url, why):
    named = naming(runtime, url.replace("{port}", str(own.port)).replace("{SECRET}", SECRET), clock)
    with pytest.raises(RedisMissing) as refused:
        counting.require(named)
    assert str(refused.value).startswith(f"PORTAL_REDIS_URL is set, but no Redis counts there: {why}. ")
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(named.settings)


def test_what_is_no_redis_is_told_too(runtime, clock):
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(RedisMissing, match="it does not answer in time"),
    ):
        counting.require(naming(runtime, f"redis://127.0.0.1:{silent.getsockname()[1]}", clock))


def test_one_that_takes_no_changes_does_not_count(own, runtime, clock):
    counting.require(naming(runtime, own.url, clock))
    own.ask("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(RedisMissing, match="it takes no changes"):
        counting.require(naming(runtime, own.url, clock))


def test_nothing_is_loaded_or_asked_where_none_is_set(runtime):
    counting.require(runtime)
    assert isinstance(counting.counts(runtime), InDatabase)
