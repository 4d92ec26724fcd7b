"""One limit, four processes: exactly as many requests pass as it says, whoever is asked and in whatever order.

With either store, and with a Redis that is killed in the midst.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from portal.domain.allowances import Kind
from portal.services.access_tokens import own_tokens
from portal.services.runtime import Runtime
from portal.settings import Settings
from tests.allowing import allow
from tests.chatting import connect
from tests.conftest import Actors
from tests.processes.portal_process import PortalProcess, running
from tests.redis_server import RedisServer, redis_server
from tests.upstream import Upstream
from tests.upstream.steps import respond
from tests.waiting import PATIENCE, eventually

WHOLE = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}
PROCESSES, CLIENTS, EACH = 4, 32, 5
LIMIT = 100
SECRET = "canary-of-redis-77c0"


def asked_by_many(urls: list[str], token: str, meanwhile: Callable[[int], None] = lambda _: None) -> list[int]:
    """The statuses that many clients at once get, each of which asks one process several times.

    `meanwhile` is called with how many answers there are, after each.
    """
    statuses: list[int] = []
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hi"}]})

    def ask(url: str) -> None:
        with requests.Session() as client:
            for _ in range(EACH):
                answer = client.post(f"{url}/v1/chat/completions", body, headers=headers, timeout=PATIENCE)
                statuses.append(answer.status_code)
                meanwhile(len(statuses))

    clients = [threading.Thread(target=ask, args=[urls[number % len(urls)]]) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(PATIENCE)
    return statuses


@pytest.fixture
def up(runtime: Runtime) -> Iterator[Upstream]:
    with Upstream() as up:
        up.script(respond(json=WHOLE))
        connect(runtime, Actors.ada, up.base_url, "gpt-5.2")
        yield up


@contextmanager
def four(settings: Settings, folder: Path, **environ: str) -> Iterator[list[PortalProcess]]:
    environ |= {
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_MASTER_KEY": settings.master_key,
        "PORTAL_SECRET_KEY": "kept",
    }
    with ExitStack() as portals:
        yield [portals.enter_context(running(folder / f"portal{number}", **environ)) for number in range(PROCESSES)]


@pytest.mark.parametrize("store", ["the database", "Redis"])
@pytest.mark.parametrize("window", ["per_minute", "per_day"])
def test_of_a_hundred_a_hundred_pass(
    runtime: Runtime, settings: Settings, up: Upstream, redis: RedisServer, tmp_path: Path, store: str, window: str
):
    token = own_tokens.create(Actors.uma, runtime, "load", ["chat.use"]).value.bare()
    allow(runtime, Kind.USER, Actors.uma.id, **{window: LIMIT})
    named = {"PORTAL_REDIS_URL": redis.url} if store == "Redis" else {}
    with four(settings, tmp_path, **named) as portals:
        statuses = asked_by_many([each.url for each in portals], token)
    assert (statuses.count(200), statuses.count(429)) == (LIMIT, CLIENTS * EACH - LIMIT)
    assert len(up.requests) == LIMIT
    assert (b":1\r\n" in redis.ask("DBSIZE")) == (store == "Redis")


def test_a_redis_that_is_killed_in_the_midst_opens_nothing(
    runtime: Runtime, settings: Settings, up: Upstream, tmp_path: Path
):
    token = own_tokens.create(Actors.uma, runtime, "load", ["chat.use"]).value.bare()
    allow(runtime, Kind.USER, Actors.uma.id, per_day=LIMIT)
    with redis_server(SECRET) as redis, four(settings, tmp_path, PORTAL_REDIS_URL=redis.url) as portals:
        killing = threading.Lock()

        def kill_once(answers: int) -> None:
            if answers > LIMIT // 2 and killing.acquire(blocking=False):
                redis.kill()

        statuses = asked_by_many([each.url for each in portals], token, kill_once)
        assert set(statuses) == {200, 429}
        assert statuses.count(200) == len(up.requests)
        # Whoever hears late says late what it counted: of each process one request may be on its way meanwhile.
        assert LIMIT - PROCESSES <= statuses.count(200) <= LIMIT + PROCESSES
        assert asked_by_many([each.url for each in portals], token) == [429] * (CLIENTS * EACH)
        for portal in portals:
            assert portal.output.count("counts requests meanwhile") == 1
            assert SECRET not in portal.output
        redis.start()
        eventually(
            lambda: (
                asked_by_many([each.url for each in portals], token)
                and all("counts requests again" in portal.output for portal in portals)
            )
        )
        assert asked_by_many([each.url for each in portals], token) == [429] * (CLIENTS * EACH)
