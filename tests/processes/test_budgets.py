"""A budget of one dollar under many clients: what goes beyond it is what was running, and the count is the page's."""

import json
import threading
from pathlib import Path

import requests
from sqlalchemy import select

from portal.domain.allowances import Kind
from portal.domain.budgets import DOLLAR, Spent
from portal.services.access_tokens import own_tokens
from portal.services.allowances import budget_use
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.settings import Settings
from portal.store.base import reading
from portal.store.usage import UsageRecord
from tests.allowing import allow
from tests.chatting import connect
from tests.conftest import Actors
from tests.processes.portal_process import running
from tests.upstream import Upstream
from tests.upstream.steps import respond
from tests.waiting import PATIENCE

USED = {"prompt_tokens": 10_000, "completion_tokens": 0, "total_tokens": 10_000}
WHOLE = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": USED}
PRICES = {"input": "10", "output": "10"}
COST = DOLLAR // 10
CLIENTS, EACH = 32, 4


def test_it_is_overshot_by_what_was_running_at_most(runtime: Runtime, settings: Settings, tmp_path: Path):
    with Upstream() as up:
        up.script(respond(json=WHOLE))
        connect(runtime, Actors.ada, up.base_url, "gpt-5.2", prices=PRICES)
        token = own_tokens.create(Actors.uma, runtime, "load", ["chat.use"]).value.bare()
        allow(runtime, Kind.USER, Actors.uma.id, budget=DOLLAR)
        environ = {
            "PORTAL_DATABASE_URL": settings.database_url,
            "PORTAL_MASTER_KEY": settings.master_key,
            "PORTAL_SECRET_KEY": "kept",
        }
        answers: list[requests.Response] = []
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = json.dumps({"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hi"}]})

        with running(tmp_path / "portal", **environ) as portal:

            def ask() -> None:
                with requests.Session() as client:
                    for _ in range(EACH):
                        told = client.post(f"{portal.url}/v1/chat/completions", body, headers=headers, timeout=PATIENCE)
                        answers.append(told)

            clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            for client in clients:
                client.join(PATIENCE)
            last = requests.post(f"{portal.url}/v1/chat/completions", body, headers=headers, timeout=PATIENCE)
    statuses = [answer.status_code for answer in answers]
    assert len(statuses) == CLIENTS * EACH
    assert set(statuses) == {200, 403}
    answered = statuses.count(200)
    assert 10 <= answered <= 10 + CLIENTS
    with reading() as session:
        assert len(list(session.scalars(select(UsageRecord.id)))) == answered
    (shown,) = budget_use.own(Actors.uma, runtime, choosing.current_catalog(runtime).version)
    assert shown.spent == Spent(answered * COST)
    assert f"{shown.words} spent, your own budget" in last.json()["error"]["message"]
