"""A crowd that asks a portal in another process: hundreds of requests at once, on one thread of this one."""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal.services.people import sessions
from portal.serving import build
from portal.settings import Settings
from portal.store.base import db, transaction
from portal.store.people import RoleRecord, UserRecord, UserRoleRecord
from portal.web import form_tokens
from portal.web.context import runtime
from tests.waiting import PATIENCE

STREAM = "text/event-stream, application/json;q=0.5"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Person:
    """Somebody who is signed in, with what their forms carry."""

    email: str
    cookie: str
    token: str


@dataclass
class Answer:
    """What came back: the first word of an answer after `first` seconds, all of it after `took`."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    first: float | None = None
    took: float = 0.0

    @property
    def is_refusal(self) -> bool:
        """Whether it is a refusal as it should be: it says when to come again."""
        return self.status in (429, 503) and self.headers.get("retry-after", "").isdigit()


def prepared(data_dir: Path, fill: Callable[[Flask], Any]) -> Any:
    """What `fill` makes of a new portal's data, the process aside that is to serve it."""
    app = build(Settings(data_dir=data_dir))
    with app.app_context():
        made = fill(app)
        db.engine.dispose()
        return made


def seat(app: Flask, count: int, role: str = "developer", each: int = 1) -> list[Person]:
    """So many people with this role, each signed in so many times. Their password is of no use to anybody."""
    now, hashed = datetime.now(UTC), CHEAP.hash("a password of the crowd")
    ids = [uuid4() for _ in range(count)]
    with transaction() as session:
        held = session.scalar(sa.select(RoleRecord.id).where(RoleRecord.built_in == role))
        session.execute(
            sa.insert(UserRecord),
            [
                {
                    "id": id,
                    "email": f"{id}@example.org",
                    "name": f"{role} {id}",
                    "password_hash": hashed,
                    "created_at": now,
                }
                for id in ids
            ],
        )
        session.execute(sa.insert(UserRoleRecord), [{"user_id": id, "role_id": held} for id in ids])
        return [
            signed_in(app, id, sessions.open_session(session, runtime(), id, "127.0.0.1", "crowd"))
            for id in ids
            for _ in range(each)
        ]


def signed_in(app: Flask, user_id: UUID, token: str) -> Person:
    raw = f"{secrets.token_hex(20)}.{user_id}"
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    kept = {"_user_id": token, "_fresh": True, form_tokens.FIELD: raw}
    carried = URLSafeTimedSerializer(str(app.secret_key), salt=form_tokens.SALT).dumps(raw)
    name = app.config["SESSION_COOKIE_NAME"]
    return Person(f"{user_id}@example.org", f"{name}={signer.dumps(kept)}", str(carried))


class Asking:
    """Asks the portal at this port."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def get(self, path: str, person: Person | None = None) -> Answer:
        return await self._ask("GET", path, person, "", "text/html")

    async def post(self, path: str, form: dict[str, str], person: Person | None = None) -> Answer:
        token = {form_tokens.FIELD: person.token} if person else {}
        return await self._ask("POST", path, person, urlencode(token | form), "text/html")

    async def question(self, person: Person, text: str, chat: UUID | None = None) -> Answer:
        """A question in a new chat, and its answer to the end."""
        form = {form_tokens.FIELD: person.token, "client_id": uuid4().hex, "new": "yes", "text": text}
        return await self._ask("POST", f"/chat/{chat or uuid4()}/turns", person, urlencode(form), STREAM)

    async def _ask(self, method: str, path: str, person: Person | None, body: str, accept: str) -> Answer:
        answer, began = Answer(), time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        try:
            lines = [f"{method} {path} HTTP/1.0", f"Host: 127.0.0.1:{self.port}", f"Accept: {accept}"]
            lines += [f"Cookie: {person.cookie}"] if person else []
            if body:
                lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
            writer.write("\r\n".join([*lines, "", body]).encode() if body else "\r\n".join([*lines, "", ""]).encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            answer.status = int(head.split(" ")[1])
            fields = (line.partition(":") for line in head.split("\r\n")[1:])
            answer.headers = {name.lower(): value.strip() for name, _, value in fields}
            parts = []
            while part := await reader.read(1 << 16):
                parts.append(part)
                if answer.first is None and b"event: part" in part:
                    answer.first = time.monotonic() - began
            answer.body = b"".join(parts).decode()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        answer.took = time.monotonic() - began
        return answer


class Probes:
    """A page and `/healthz`, each asked again and again, ten times a second if the portal is quick."""

    def __init__(self, asking: Asking, person: Person | None, pages: tuple[str, ...] = ("/profile",)) -> None:
        self.answers: dict[str, list[Answer]] = {path: [] for path in ("/healthz", *pages)}
        self._tasks = [asyncio.create_task(self._go_on(asking, path, person)) for path in self.answers]

    async def _go_on(self, asking: Asking, path: str, person: Person | None) -> None:
        while True:
            self.answers[path].append(await asking.get(path, None if path == "/healthz" else person))
            await asyncio.sleep(0.1)

    async def again(self, count: int) -> None:
        """Returns once each was answered so many times more."""
        wanted = {path: len(answers) + count for path, answers in self.answers.items()}
        await until(lambda: all(len(self.answers[path]) >= number for path, number in wanted.items()))

    async def end(self) -> list[Answer]:
        for task in self._tasks:
            task.cancel()
        for task in await asyncio.gather(*self._tasks, return_exceptions=True):
            assert isinstance(task, asyncio.CancelledError), task
        return [answer for answers in self.answers.values() for answer in answers]


def go(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs it to its end, on a thread of its own: on that of the tests a browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(work())).result()


async def until(claim: Callable[[], object]) -> None:
    """Returns as soon as `claim` is true; fails when it never becomes so."""
    ends = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < ends, "it never happened"
        await asyncio.sleep(0.02)
