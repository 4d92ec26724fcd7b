"""The gateway on the real server: what was answered is written down, and whoever leaves ends the call."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from portal.services.access_tokens import own_tokens
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import reading
from portal.store.usage import UsageRecord
from tests.chatting import connect
from tests.conftest import Actors
from tests.processes.portal_process import PortalProcess, running
from tests.upstream import Upstream
from tests.upstream.steps import after, respond, silence
from tests.waiting import PATIENCE, eventually

WHOLE = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}
CALLERS = 50


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as up:
        up.script(after(0.1, respond(json=WHOLE)))
        yield up


@pytest.fixture
def portal(
    runtime: Runtime, settings: Settings, tmp_path: Path, upstream: Upstream
) -> Iterator[tuple[PortalProcess, dict[str, str]]]:
    connect(runtime, Actors.ada, upstream.base_url, "gpt-5.2", read_timeout=PATIENCE)
    token = own_tokens.create(Actors.uma, runtime, "load", ["chat.use"]).value.bare()
    environ = {
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_MASTER_KEY": settings.master_key,
        "PORTAL_SECRET_KEY": "kept",
    }
    with running(tmp_path / "portal", **environ) as portal:
        yield portal, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def body(*, stream: bool = False) -> str:
    return json.dumps({"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hi"}], "stream": stream})


def rows() -> list[UsageRecord]:
    with reading() as session:
        return list(session.scalars(select(UsageRecord)))


def test_after_kill_9_every_answer_that_anybody_got_has_its_row(portal):
    process, headers = portal
    answered: list[str] = []
    over = threading.Event()

    def call() -> None:
        with requests.Session() as caller:
            while not over.is_set():
                try:
                    told = caller.post(f"{process.url}/v1/chat/completions", data=body(), headers=headers, timeout=30)
                except requests.RequestException:
                    return
                if told.status_code == 200:
                    answered.append(told.headers["Portal-Request-Id"])

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    eventually(lambda: len(answered) > 2 * CALLERS)
    process.kill()
    over.set()
    for caller in callers:
        caller.join(PATIENCE)
    kept = {row.request_id for row in rows()}
    assert set(answered) <= kept


@pytest.mark.parametrize("stream", [False, True])
def test_whoever_leaves_while_the_provider_is_silent_ends_the_call_to_it(portal, upstream, stream):
    process, headers = portal
    upstream.script(silence())
    sent = body(stream=stream)
    with socket.create_connection(("127.0.0.1", process.port)) as caller:
        lines = [
            "POST /v1/chat/completions HTTP/1.1",
            "Host: 127.0.0.1",
            f"Content-Length: {len(sent)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        caller.sendall(("\r\n".join(lines) + "\r\n\r\n" + sent).encode())
        eventually(lambda: len(upstream.requests) == 1)
    eventually(lambda: upstream.left == 1)
    eventually(lambda: [row.state for row in rows()] == ["left"])


def test_a_token_that_is_revoked_in_one_process_is_refused_by_another_at_once(portal, runtime):
    process, headers = portal
    assert requests.get(f"{process.url}/v1/models", headers=headers, timeout=30).status_code == 200
    (token,) = own_tokens.list_own(Actors.uma, runtime).living
    own_tokens.revoke(Actors.uma, runtime, token.id)
    assert requests.get(f"{process.url}/v1/models", headers=headers, timeout=30).status_code == 401
