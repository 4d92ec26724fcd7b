"""What is taken away while another process serves as fast as it can: whoever asks afterwards is never served from it.

An administrator changes things at one door while people ask at the other: for answers, for the explanation of their
own, for the models they may use. Each request notes which changes were acknowledged before it began.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from portal.domain.permissions import Permission
from portal.services.people import passwords, roles, users
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import transaction
from portal.store.people import UserRecord
from tests.chatting import connect
from tests.conftest import Actors
from tests.processes.portal_process import Browser, running
from tests.upstream import Upstream
from tests.upstream.providers import OpenAI
from tests.waiting import PATIENCE, eventually, finished

ADA, EMAIL, PASSWORD = Actors.ada, "uma@example.org", "a correct horse"
OLD, NEW = "sk-old-4f9a01c2d3", "sk-new-58c2f60e77"
KEYS = {OLD: "OLD-KEY", NEW: "NEW-KEY"}
MODELS = frozenset({"ONE", "TWO", "THREE"})
CLIENTS = 12
EACH = 12
"""How many requests of each kind are begun after every change."""


def answer_by_name(exchange: Any) -> None:
    """A provider that answers with the model it was asked for, and by which key."""
    key = KEYS.get(OpenAI().given_key(exchange.request.headers))
    vendor = OpenAI(answer=lambda wish: f"I am {wish['model'].upper()} by {key}")
    (vendor if key else vendor.unauthorised())(exchange)


def answer(browser: Browser, token: str) -> Any:
    form = {"csrf_token": token, "client_id": str(uuid4()), "new": "yes", "text": "Who are you?"}
    headers = {"Accept": "text/event-stream"}
    return browser.session.post(f"{browser.url}/chat/{uuid4()}/turns", data=form, headers=headers, timeout=PATIENCE)


def page(path: str) -> Callable[[Browser, str], Any]:
    return lambda browser, _token: browser.session.get(browser.url + path, allow_redirects=False, timeout=PATIENCE)


@dataclass(frozen=True)
class Kind:
    """One thing that people ask for, and how to read in it what served it."""

    ask: Callable[[Browser, str], Any]
    seen: str
    """The models that it serves or offers, and the keys."""


KINDS_ASKED = {
    "answer": Kind(answer, r"\b(ONE|TWO|THREE|OLD-KEY|NEW-KEY)\b"),
    "explanation": Kind(page("/explain/me"), r'<h2 class="verdict" id="answer">(ONE|TWO|THREE)\b'),
    "models to choose from": Kind(page("/chat/models?q=acme"), r"<option[^>]*>[^<]*\b(ONE|TWO|THREE)\b"),
}


@dataclass(frozen=True)
class Served:
    """What one request got, and how many changes were acknowledged before it was begun."""

    kind: str
    after: int
    status: int
    by: frozenset[str]


class Client(threading.Thread):
    """Somebody who asks for one thing after the other, as fast as they are answered, until told to go."""

    def __init__(self, url: str, signed_in: Browser, turn: int, load: "Load") -> None:
        super().__init__(daemon=True)
        self.browser = Browser(url)
        self.browser.session.cookies.update(signed_in.session.cookies)
        self.turn, self.load = turn, load
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            token = self.browser.token("/chat")
            kinds = list(KINDS_ASKED)
            for number in count(self.turn):
                if self.load.enough.is_set():
                    return
                name = kinds[number % len(kinds)]
                after = self.load.acknowledged  # before the request is begun
                told = KINDS_ASKED[name].ask(self.browser, token)
                by = frozenset(re.findall(KINDS_ASKED[name].seen, told.text))
                self.load.served.append(Served(name, after, told.status_code, by))
        except Exception as error:  # told to the test: an exception in a thread would be told to nobody
            self.error = error


class Load:
    """Everybody who asks at once, and what each of their requests got."""

    def __init__(self, url: str, signed_in: Browser) -> None:
        self.acknowledged = 0
        self.served: list[Served] = []
        self.enough = threading.Event()
        self.clients = [Client(url, signed_in, number, self) for number in range(CLIENTS)]

    @contextmanager
    def running(self) -> Iterator[None]:
        for client in self.clients:
            client.start()
        try:
            yield
        finally:
            self.enough.set()
            for client in self.clients:
                finished(client)

    def some_of_each(self) -> None:
        """Returns when enough of each kind were begun and served since the last change."""

        def enough() -> bool:
            assert [client.error for client in self.clients if client.error] == []
            since = Counter(one.kind for one in list(self.served) if one.after == self.acknowledged)
            return all(since[kind] >= EACH for kind in KINDS_ASKED)

        eventually(enough)

    def change(self, act: Callable[[], object]) -> None:
        """Do it, and from then on note that it was acknowledged; some of each kind are served before and after."""
        act()
        self.acknowledged += 1
        self.some_of_each()


@dataclass(frozen=True)
class House:
    """An administrator at one door, and a person at the other who may use three models, the first by default."""

    ada: Browser
    uma: Browser
    role: UUID
    models: tuple[UUID, ...]

    def keys(self) -> list[str]:
        return re.findall(r'action="(/providers/acme/keys/[0-9a-f-]+)/test"', self.ada.get("/providers/acme").text)

    def done(self, path: str, page: str, said: str = "", **form: object) -> None:
        told = self.ada.post(path, form, page=page)
        assert told.status_code == 200, f"{path}: {told.status_code}"
        assert said in told.text, path

    def add_key(self) -> str:
        """The address of the key of today; another one, tested, waits for its place."""
        (old,) = self.keys()
        self.done(f"{old}/rotation", f"{old}/rotation", "Test the new key", key=NEW)
        new = next(path for path in self.keys() if path != old)
        self.done(f"{new}/test", f"{old}/rotation", "Make it first", rotation=old.rsplit("/", 1)[1])
        return old

    def revoke_access(self) -> None:
        form = {"role": self.role, "on": "no", "sure": "yes", "pick": self.models[0]}
        self.done("/models/many/access", "/models", "no longer reached", **form)

    def turn_off(self) -> None:
        self.done(f"/models/{self.models[1]}/disable", "/models", "is off")

    def disable(self) -> None:
        self.done(f"/people/{Actors.uma.id}/disable", f"/people/{Actors.uma.id}")


@pytest.fixture
def house(runtime: Runtime, settings: Settings, tmp_path: Path) -> Iterator[House]:
    with ExitStack() as opened:
        upstream = opened.enter_context(Upstream(handler=answer_by_name))
        models = connect(runtime, ADA, upstream.base_url, "one", "two", "three", key=OLD, read_timeout=PATIENCE)
        reached = "\n".join(f"acme:{name}" for name in ("one", "two", "three"))
        role = roles.create(ADA, runtime, "Guests", "", [Permission.CHAT], models=reached)
        users.change(ADA, runtime, Actors.uma.id, "Uma Ortiz", EMAIL, [role])
        hashed = passwords.hash_password(PASSWORD)
        with transaction() as session:
            session.execute(update(UserRecord).values(password_hash=hashed))
        environ = {
            "PORTAL_DATABASE_URL": settings.database_url,
            "PORTAL_MASTER_KEY": settings.master_key,
            "PORTAL_SECRET_KEY": "shared",
        }
        first = opened.enter_context(running(tmp_path / "first", **environ))
        second = opened.enter_context(running(tmp_path / "second", **environ))
        ada = Browser(first.url).sign_in("ada@example.org", PASSWORD)
        yield House(ada, Browser(second.url).sign_in(EMAIL, PASSWORD), role, tuple(models))


def test_nothing_is_served_from_before_once_a_change_was_acknowledged(house: House):
    load = Load(house.uma.url, house.uma)
    old = house.add_key()
    with load.running():
        load.some_of_each()
        load.change(lambda: house.done(f"{old}/rotation/place", f"{old}/rotation", "serves now"))
        load.change(house.revoke_access)
        load.change(house.turn_off)
        load.change(house.disable)
    assert [client.error for client in load.clients if client.error] == []

    late = [one for one in load.served if one.by & withdrawn(one.after)]
    assert late == [], "served from before"
    # Whoever asked just before the last change may have met it, nobody else.
    assert {one.status for one in load.served if one.after < 3} == {200}
    assert {one.status for one in load.served if one.after == 3} <= {200, 302, 401}
    assert {one.status for one in load.served if one.after == 4} == {302, 401}

    offered = {"answer": 1, "explanation": 1, "models to choose from": 3}
    for kind, models in offered.items():
        by = [[one.by & MODELS for one in load.served if (one.kind, one.after) == (kind, after)] for after in range(4)]
        assert "ONE" in by[0][0], f"{kind}: what was withdrawn had been served"
        assert {len(one) for one in by[0]} == {models}
        assert frozenset({"THREE"}) in by[3], f"{kind}: what is left is served"
    keys = [{key for one in load.served if one.after == after for key in one.by - MODELS} for after in range(4)]
    assert "OLD-KEY" in keys[0]
    assert keys[1:] == [{"NEW-KEY"}] * 3


def withdrawn(changes: int) -> frozenset[str]:
    """What none may be served by once so many changes were acknowledged."""
    return frozenset(("OLD-KEY", "ONE", "TWO", "THREE")[:changes])
