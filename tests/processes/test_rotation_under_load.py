"""A key is revoked upstream and replaced through the page while sixteen people chat: nobody misses an answer."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal.serving import build
from portal.settings import Settings
from portal.store.base import db
from portal.web.context import runtime
from tests.chatting import connect
from tests.processes.portal_process import ADMIN, Browser, PortalProcess, running
from tests.processes.test_kill import ADA
from tests.upstream import Upstream
from tests.upstream.providers import OpenAI
from tests.waiting import PATIENCE, eventually, finished

CLIENTS = 16
OLD, NEW = "sk-old-4f9a01c2d3", "sk-new-58c2f60e77"
ANSWER = "Rounding happens in three places."
STREAM = {"Accept": "text/event-stream"}


class Vendor:
    """A provider that takes the keys it knows, and counts what it refused."""

    def __init__(self) -> None:
        self.known = {OLD, NEW}
        self.asked: Counter[tuple[str, bool]] = Counter()
        self._openai = OpenAI(answer=ANSWER)

    def __call__(self, exchange: Any) -> None:
        key = self._openai.given_key(exchange.request.headers)
        taken = key in self.known
        self.asked[key, taken] += 1
        (self._openai if taken else self._openai.unauthorised())(exchange)


@pytest.fixture
def vendor() -> Iterator[tuple[Vendor, Upstream]]:
    vendor = Vendor()
    with Upstream(handler=vendor) as up:
        yield vendor, up


@pytest.fixture
def settings(tmp_path: Path, vendor: tuple[Vendor, Upstream]) -> Settings:
    """A portal's data with an administrator, and a model behind the old key."""
    settings = Settings(
        data_dir=tmp_path / "data",
        admin_email=ADMIN["PORTAL_ADMIN_EMAIL"],
        admin_password=ADMIN["PORTAL_ADMIN_PASSWORD"],
    )
    with build(settings).app_context():
        connect(runtime(), ADA, vendor[1].base_url, key=OLD, read_timeout=PATIENCE)
        db.engine.dispose()
    return settings


class Client(threading.Thread):
    """Somebody who asks one question after the other, with a script or without, until told to go."""

    def __init__(self, portal: PortalProcess, signed_in: Browser, streaming: bool, enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self.browser = Browser(portal.url)
        self.browser.session.cookies.update(signed_in.session.cookies)
        self.streaming, self.enough = streaming, enough
        self.answers: list[str] = []
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            token = self.browser.token("/chat")
            while not self.enough.is_set():
                self.answers.append(self._ask(token))
        except Exception as error:  # told to the test: an exception in a thread would be told to nobody
            self.error = error

    def _ask(self, token: str) -> str:
        form = {"csrf_token": token, "text": "Where is rounding done?", "client_id": str(uuid4()), "new": "yes"}
        answer = self.browser.session.post(
            f"{self.browser.url}/chat/{uuid4()}/turns",
            data=form,
            headers=STREAM if self.streaming else {},
            timeout=PATIENCE,
        )
        assert answer.status_code == 200, answer.text[:500]
        return answer.text


def test_no_answer_fails_while_the_first_key_is_revoked_and_replaced(settings: Settings, vendor, tmp_path: Path):
    provider, _up = vendor
    with running(settings.data_dir) as portal:
        ada = Browser(portal.url).sign_in()
        enough = threading.Event()
        clients = [Client(portal, ada, number % 2 == 0, enough) for number in range(CLIENTS)]
        for client in clients:
            client.start()

        def asked() -> int:
            return sum(len(client.answers) for client in clients)

        def some_more() -> None:
            before = asked()
            eventually(lambda: asked() >= before + CLIENTS)

        def key_paths() -> list[str]:
            return re.findall(r'action="(/providers/acme/keys/[0-9a-f-]+)/test"', ada.get("/providers/acme").text)

        some_more()
        (old,) = key_paths()
        added = ada.post(f"{old}/rotation", {"key": NEW})
        assert "Test the new key" in added.text
        new = next(path for path in key_paths() if path != old)

        provider.known.discard(OLD)  # revoked upstream while it is still the first, and requests are under way
        eventually(lambda: provider.asked[OLD, False] > 0)
        some_more()
        tested = ada.post(f"{new}/test", {"rotation": old.rsplit("/", 1)[1]}, page=f"{old}/rotation")
        assert "Make it first" in tested.text
        assert "serves now" in ada.post(f"{old}/rotation/place", {}, page=f"{old}/rotation").text
        some_more()
        assert "is deleted" in ada.post(f"{old}/delete-spare", {}, page=f"{old}/rotation").text
        refused = provider.asked[OLD, False]
        some_more()
        enough.set()
        for client in clients:
            finished(client)
        assert key_paths() == [new]
    assert [client.error for client in clients if client.error] == []
    assert provider.asked[OLD, False] == refused, "a deleted key was sent"
    told = [answer for client in clients for answer in client.answers]
    assert all("Rounding happens" in answer for answer in told)
    engine = sa.create_engine(settings.database)
    with engine.connect() as connection:
        states = dict(iter(connection.execute(sa.text("SELECT state, count(*) FROM attempts GROUP BY state"))))
        keys = set(connection.execute(sa.text("SELECT fingerprint FROM attempts")).scalars())
    engine.dispose()
    assert set(states) == {"complete"}
    assert states["complete"] >= 4 * CLIENTS
    assert len(keys) == 2, "the attempt names the key that really answered"
