"""What tests of the gateway begin with: a provider, a model, and somebody's token."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from portal.domain.people import Actor
from portal.services.access_tokens import own_tokens
from portal.services.runtime import Runtime
from portal.store.base import reading
from portal.store.usage import UsageRecord

ASKED = {"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hello"}]}


def token(actor: Actor, runtime: Runtime, *scopes: str, name: str = "laptop", until: datetime | None = None) -> str:
    """A token of this person, in plain."""
    return own_tokens.create(actor, runtime, name, scopes or ("chat.use",), until).value.bare()


class Tool:
    """A developer's tool: it knows a base URL and a token, and nothing else."""

    def __init__(self, app: Flask, value: str | None) -> None:
        self._client = Client(app)
        self._headers = {"Authorization": f"Bearer {value}"} if value is not None else {}

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        # Read to its end, as every caller does or else leaves: a stream that nobody reads waits for one who does.
        return self._client.post(
            path, data=data, headers=self._headers | named, content_type="application/json", buffered=True
        )

    def get(self, path: str, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.get(path, headers=self._headers | named)

    def chat(self, path: str = "/v1/chat/completions", **more: Any) -> TestResponse:
        return self.post(path, ASKED | more)


def rows(app: Flask) -> list[UsageRecord]:
    """All usage so far, in order."""
    with app.app_context(), reading() as session:
        return list(session.scalars(select(UsageRecord).order_by(UsageRecord.at, UsageRecord.id)))


def same(*answers: TestResponse, but: Callable[[Any], Any] = lambda value: value) -> bool:
    """Whether these answers are alike, status, body and all."""
    return len({(answer.status_code, json.dumps(but(answer.json), sort_keys=True)) for answer in answers}) == 1
