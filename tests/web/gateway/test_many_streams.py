"""A process holds no more after many streams than after some: no object of ours, no thread, no connection."""

import gc
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask

from portal.services import last_used
from portal.services.runtime import Runtime
from portal.store.base import db
from portal.wire.deadline import MOST_OVER, Deadline
from tests.chatting import connect
from tests.conftest import Actors
from tests.upstream import Upstream
from tests.web.gateway.callers import Tool, token
from tests.web.gateway.test_streams import CHAT, COUNTS

MANY = 2 * MOST_OVER


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as up:
        yield up


def held() -> tuple[Counter[str], Counter[str]]:
    """Our own objects by their types, and the threads by their names."""
    last_used.here().write()  # what is to be noted once a second is noted now
    gc.collect()
    kinds = (type(each) for each in gc.get_objects())
    ours = Counter(kind.__qualname__ for kind in kinds if str(kind.__module__).startswith("portal."))
    return ours, Counter(thread.name for thread in threading.enumerate())


def test_nothing_is_held_of_streams_that_ended(app: Flask, runtime: Runtime, upstream: Upstream):
    connect(runtime, Actors.ada, upstream.base_url, "gpt-5.2")
    tool = Tool(app, token(Actors.uma, runtime))

    def streams() -> None:
        for _ in range(MANY):
            upstream.stream_sse([*CHAT, COUNTS, "[DONE]"])
            assert tool.chat(stream=True).status_code == 200
        assert len(upstream.requests) == MANY
        upstream.forget()

    streams()
    some, threads = held()
    streams()
    many, threads_then = held()
    before, after = (found.pop(Deadline.__qualname__, 0) for found in (some, many))
    assert after - before <= MOST_OVER
    assert not many - some
    assert {name for name in threads_then if threads_then[name] > threads[name]} <= {"last-use", "last-used"}
    assert db.engine.pool.checkedout() == 0
