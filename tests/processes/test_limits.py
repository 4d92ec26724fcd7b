"""One limit, four processes: exactly as many requests pass as it says, whoever is asked and in whatever order."""

import json
import threading
from contextlib import ExitStack
from pathlib import Path

import requests

from portal.domain.allowances import Kind
from portal.services.access_tokens import own_tokens
from portal.services.runtime import Runtime
from portal.settings import Settings
from tests.allowing import allow
from tests.chatting import connect
from tests.conftest import Actors
from tests.processes.portal_process import running
from tests.upstream import Upstream
from tests.upstream.steps import respond
from tests.waiting import PATIENCE

WHOLE = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}
PROCESSES, CLIENTS, EACH = 4, 32, 5
LIMIT = 100


def asked_by_many(urls: list[str], token: str) -> list[requests.Response]:
    """The answers of many clients at once, each of which asks one process several times."""
    answers: list[requests.Response] = []
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hi"}]})

    def ask(url: str) -> None:
        with requests.Session() as client:
            for _ in range(EACH):
                answers.append(client.post(f"{url}/v1/chat/completions", body, headers=headers, timeout=PATIENCE))

    clients = [threading.Thread(target=ask, args=[urls[number % len(urls)]]) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(PATIENCE)
    return answers


def test_of_a_hundred_a_day_a_hundred_pass(runtime: Runtime, settings: Settings, tmp_path: Path):
    with Upstream() as up, ExitStack() as portals:
        up.script(respond(json=WHOLE))
        connect(runtime, Actors.ada, up.base_url, "gpt-5.2")
        token = own_tokens.create(Actors.uma, runtime, "load", ["chat.use"]).value.bare()
        allow(runtime, Kind.USER, Actors.uma.id, per_day=LIMIT)
        environ = {
            "PORTAL_DATABASE_URL": settings.database_url,
            "PORTAL_MASTER_KEY": settings.master_key,
            "PORTAL_SECRET_KEY": "kept",
        }
        urls = [
            portals.enter_context(running(tmp_path / f"portal{number}", **environ)).url for number in range(PROCESSES)
        ]
        statuses = [answer.status_code for answer in asked_by_many(urls, token)]
        assert len(statuses) == CLIENTS * EACH
        assert (statuses.count(200), statuses.count(429)) == (LIMIT, CLIENTS * EACH - LIMIT)
        assert len(up.requests) == LIMIT
