"""The cast, the two databases and the scripted upstream. Everything below the test is real."""

import os
import re
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid5

import hypothesis
import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from flask import Flask, has_request_context, request
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import BytecodeCache
from sqlalchemy import insert, select
from sqlalchemy.util import LRUCache

from portal import create_app
from portal.domain.errors import Unavailable
from portal.domain.people import Actor
from portal.domain.permissions import BUILT_IN_ROLES, Permission
from portal.services import last_used
from portal.services.chat import afterwards, errands
from portal.services.encryption import master_keys
from portal.services.people import passwords, sessions
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import db, is_session_open, transaction
from portal.store.people import RoleRecord, UserRecord, UserRoleRecord
from portal.web.context import runtime as runtime_of
from portal.wire import Wire
from tests.databases import KINDS, Databases
from tests.redis_server import RedisServer, redis_server
from tests.upstream import Upstream
from tests.waiting import PATIENCE

pytest_plugins = ["tests.no_network", "tests.once"]

EXPLORE = bool(os.environ.get("EXPLORE"))
"""`make explore`: the tests of laws draw examples that no run has drawn before."""

hypothesis.settings.register_profile(
    "of the house",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=not EXPLORE,
)
hypothesis.settings.load_profile("of the house")
"""A slow machine is no fault: what is looked for is an example that breaks a law, not how long one takes.

Every run draws the same examples: a commit is refused for what it did, never for what an older one left to be found.
"""

WAITING = ("tests/browser/", "tests/processes/", "tests/cli/")
"""Tests that mostly wait, for a browser or a process: their files stand evenly among the others, which compute."""

NAMESPACE = UUID("0b7a8a3e-6d1c-4a57-9b3f-1f6f3a2c5d10")
PASSWORD = "correct horse battery"
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$not-a-real-hash"
CANARY = "sk-canary-7f3b9d51c2e84a06-never-to-be-seen"
"""A key that the tests plant and then look for everywhere (house rule 9)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files of waiting tests: each worker takes a part of the list, and none of them only waits."""
    files = [list(found) for _, found in groupby(items, key=lambda item: item.path)]
    waiting = [found for found in files if found[0].nodeid.startswith(WAITING)]
    others = [item for found in files if found not in waiting for item in found]
    # Only a test with a portal of its own takes time worth counting.
    before = list(accumulate((int("app" in item.fixturenames) for item in others), initial=0))
    ends = [bisect_left(before, before[-1] * place / len(waiting)) for place in range(1, len(waiting) + 1)]
    ordered = [
        item
        for found, begin, end in zip(waiting, [0, *ends], ends, strict=False)
        for item in (*found, *others[begin:end])
    ]
    items[:] = [*ordered, *others[ends[-1] if ends else 0 :]]


@dataclass(frozen=True)
class Person:
    """A member of the cast: who they are and the built-in role they hold, if any."""

    name: str
    email: str
    role: str | None

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, self.name)

    @property
    def actor(self) -> Actor:
        held: frozenset[Permission] = BUILT_IN_ROLES[self.role].permissions if self.role else frozenset()
        return Actor(self.id, self.name, held, "127.0.0.1")


class Actors:
    """Ada administers, Otto operates, Uma uses, Eve has an account and no rights."""

    cast: ClassVar = {
        "ada": Person("Ada Marsh", "ada@example.org", "administrator"),
        "otto": Person("Otto Lind", "otto@example.org", "operator"),
        "uma": Person("Uma Ortiz", "uma@example.org", "developer"),
        "eve": Person("Eve Stone", "eve@example.org", None),
    }
    ada = cast["ada"].actor
    otto = cast["otto"].actor
    uma = cast["uma"].actor
    eve = cast["eve"].actor


@pytest.fixture(scope="session")
def master_key() -> str:
    """One a run: the portal's own keys lie under it in the database that those of the tests are copies of."""
    return Fernet.generate_key().decode()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, master_key: str) -> Iterator[Databases]:
    def seat(url: str) -> None:
        data_dir = tmp_path_factory.mktemp("seated")
        told = Settings(data_dir=data_dir, database_url=url, secret_key="tests", master_key=master_key)
        with create_app(told, environment={}).app_context():
            master_keys.require(runtime_of())
            seat_the_cast()
            db.engine.dispose()

    made = Databases(tmp_path_factory.mktemp("databases"), seat)
    yield made
    made.close()


@pytest.fixture
def seated(request: pytest.FixtureRequest) -> bool:
    """Whether the cast is in the database before the portal begins: where nobody asks for `app`, it stays empty.

    Nor may it be where the portal makes a master key of its own.
    """
    return "app" in request.fixturenames


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, databases: Databases, seated: bool) -> Iterator[str]:
    with databases.one(request.param, seated=seated) as url:
        yield url


@pytest.fixture(scope="session")
def redis_that_runs() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def redis(redis_that_runs: RedisServer) -> RedisServer:
    """A Redis that runs and is empty."""
    redis_that_runs.ask("FLUSHALL")
    return redis_that_runs


@pytest.fixture
def settings(database_url: str, tmp_path: Path, master_key: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, secret_key="tests", master_key=master_key)


@pytest.fixture
def environment() -> dict[str, str]:
    """The variables that providers may fall back to; none, unless a test puts one in."""
    return {}


class OutsideOfSessions(PasswordHasher):
    """Nobody keeps a connection of the database while a password is worked out."""

    def hash(self, *asked: Any, **told: Any) -> str:
        assert not is_session_open(), "a password is hashed inside a session"
        return super().hash(*asked, **told)

    def verify(self, *asked: Any) -> Any:
        assert not is_session_open(), "a password is compared inside a session"
        return super().verify(*asked)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Argon2 at the least it may cost. What a password really costs is claimed in `test_passwords`."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = OutsideOfSessions(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "HASHER", cheap)
        patch.setattr(passwords, "NOBODYS", cheap.hash("somebody else's"))
        yield


@pytest.fixture(scope="session", autouse=True)
def who_waits_says_so() -> Iterator[None]:
    """No request calls a provider unless its route says that it waits for one: else it is not counted (`admission`).

    Nor does anybody keep a connection of the database meanwhile.
    """
    send = Wire._start

    def counted(*asked: Any, **told: Any) -> Any:
        assert not is_session_open(), "a provider is called inside a session"
        rule = request.url_rule if has_request_context() else None
        assert rule is None or getattr(rule, "waits", None), f"{rule} waits for a provider and does not say so"
        return send(*asked, **told)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wire, "_start", counted)
        yield


@pytest.fixture
def app(
    settings: Settings,
    environment: dict[str, str],
    seated: bool,
    templates: BytecodeCache,
    compiled_statements: dict[str, LRUCache[Any, Any]],
) -> Iterator[Flask]:
    """The portal with the cast in its database, and an application context for calling services."""
    made = create_app(settings, environment=environment)
    made.config["TESTING"] = True
    made.jinja_env.bytecode_cache = templates
    with made.app_context():
        db.engine.update_execution_options(compiled_cache=compiled_statements[db.engine.dialect.name])
        if seated:
            master_keys.ensure(runtime_of())
        else:
            master_keys.require(runtime_of())
            seat_the_cast()
        yield made
        # Else its thread would, when the database is gone. In some tests it takes nothing any more.
        with suppress(Unavailable):
            last_used.here().write()
        # A thread that still writes would bring its connection back to a pool that is gone.
        until = time.monotonic() + 5
        while db.engine.pool.checkedout() and time.monotonic() < until:  # type: ignore[attr-defined]
            time.sleep(0.02)
        db.engine.dispose()


def seat_the_cast() -> None:
    cast = Actors.cast.values()
    now = datetime.now(UTC)
    with transaction() as session:
        roles = dict(iter(session.execute(select(RoleRecord.built_in, RoleRecord.id))))
        alike = {"password_hash": PASSWORD_HASH, "created_at": now}
        session.execute(
            insert(UserRecord), [{"id": one.id, "email": one.email, "name": one.name} | alike for one in cast]
        )
        held = [{"user_id": one.id, "role_id": roles[one.role]} for one in cast if one.role]
        session.execute(insert(UserRoleRecord), held)


@pytest.fixture(autouse=True)
def nothing_follows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is the end of it, unless a test asks for what `follows`: else its provider would be asked for more."""
    if "follows" not in request.fixturenames:
        monkeypatch.setattr(afterwards, "begin", lambda *_: False)


@pytest.fixture
def follows(app: Flask) -> Iterator[Callable[[], None]]:
    """What is done once an answer was handed out is done; called, it waits until nothing of it is left."""
    errands_here = errands.here()

    def settle() -> None:
        assert errands_here.wait(PATIENCE), "what follows an answer never ended"

    yield settle
    errands_here.give_up()


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    return runtime_of()


@pytest.fixture
def actors(app: Flask) -> Actors:
    return Actors()


class ChatDeltas:
    """A body that is read in the context in which its request was answered."""

    def __init__(self, context: Context, body: Any) -> None:
        self._context, self._body = context, body
        self._pieces = iter(body)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._context.run(next, self._pieces)
        assert not self._context.run(is_session_open), "a connection is kept while somebody reads"
        return piece

    def close(self) -> None:
        if hasattr(self._body, "close"):
            self._context.run(self._body.close)


class Client(FlaskClient):
    """A browser without a window. `post_form` sends a form the way a page does, CSRF token included."""

    user_id: UUID | None = None

    def open(self, *args: Any, **options: Any) -> Any:
        """Each request begins with nothing, as on a server: Flask would share the test's context and who is signed in.

        Nor is there one once the view has returned: what is streamed brings its own.
        """
        context = Context()
        answer = context.run(super().open, *args, **options)
        answer.response = ChatDeltas(context, answer.response)
        return answer

    def csrf_token(self) -> str:
        """The session's token, as a page of this session would carry it."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", "0123456789abcdef0123456789abcdef01234567")
        return URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token").dumps(raw)

    def post_form(self, path: str, data: dict[str, object] | None = None, **options: object):
        return self.post(path, data={"csrf_token": self.csrf_token()} | (data or {}), **options)

    def save_form(self, path: str, data: dict[str, object] | None = None, **options: object):
        """The same for a form of what exists, just drawn: its version included."""
        version = re.search(r'name="version"[^>]* value="([^"]+)"', self.get(path).text)
        assert version, path
        return self.post_form(path, {"version": unescape(version[1])} | (data or {}), **options)

    def post_json(self, path: str, body: object = None, **options: object):
        headers = {"X-CSRFToken": self.csrf_token(), "Accept": "application/json"}
        return self.post(path, json=body if body is not None else {}, headers=headers, **options)


@pytest.fixture
def sign_in(app: Flask, runtime: Runtime) -> Callable[[UUID | None], Client]:
    """A client for the person with this id; nobody's, without one."""

    def make(user_id: UUID | None = None) -> Client:
        client = Client(app)
        client.user_id = user_id
        if user_id:
            with transaction() as session:
                token = sessions.open_session(session, runtime, user_id, "127.0.0.1", "pytest")
            with client.session_transaction() as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True
        return client

    return make


def _person(name: str):
    @pytest.fixture(name=name)
    def fixture(sign_in: Callable[[UUID | None], Client]) -> Client:
        return sign_in(Actors.cast[name].id)

    return fixture


ada, otto, uma, eve = (_person(name) for name in Actors.cast)


@pytest.fixture
def nobody(sign_in: Callable[[UUID | None], Client]) -> Client:
    return sign_in(None)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as up:
        yield up
