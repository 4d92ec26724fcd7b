"""What becomes of an answer when its process is killed, told to stop, or joined by another one."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from portal.domain.people import Actor
from portal.domain.permissions import BUILT_IN_ROLES
from portal.serving import build
from portal.settings import Settings
from portal.store.base import db
from portal.web.context import runtime
from tests.chatting import KEY, connect
from tests.processes.portal_process import ADMIN, Browser, PortalProcess, running
from tests.upstream import Upstream
from tests.waiting import PATIENCE, eventually

ANSWER = "Three places round, and they disagree about it every single night."
PART = "Three places round,"
ADA = Actor(None, "Ada Marsh", BUILT_IN_ROLES["administrator"].permissions)


@pytest.fixture(scope="module")
def provider() -> Iterator[Upstream]:
    with Upstream.openai(key=KEY, answer=ANSWER, pause_after=3) as up:
        yield up


@pytest.fixture
def slow(provider: Upstream) -> Upstream:
    """A provider that falls silent after three words, until the test lets it go on."""
    provider.go.clear()
    return provider


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, provider: Upstream) -> Path:
    """A portal's data with an administrator, and a model at the slow provider."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("kill") / "data",
        admin_email=ADMIN["PORTAL_ADMIN_EMAIL"],
        admin_password=ADMIN["PORTAL_ADMIN_PASSWORD"],
    )
    with build(settings).app_context():
        connect(runtime(), ADA, provider.base_url, read_timeout=PATIENCE)
        db.engine.dispose()
    return settings.data_dir


@pytest.fixture(scope="module")
def lasting(data_dir: Path) -> Iterator[PortalProcess]:
    """One portal for the tests that do not end it."""
    with running(data_dir, **ADMIN) as portal:
        yield portal


class Stream:
    """An answer as a browser reads it: frame by frame."""

    def __init__(self, response: requests.Response) -> None:
        assert response.status_code == 200, response.text
        self._lines = response.iter_lines(decode_unicode=True)
        self.drawn = ""

    def next(self) -> tuple[str, dict]:
        name = ""
        for line in self._lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
                self.drawn += data.get("done", "") + data.get("open", "")
                return name, data
        raise AssertionError("the stream ended")

    def until(self, name: str) -> dict:
        while True:
            found, data = self.next()
            if found == name:
                return data


@contextmanager
def asking(portal: PortalProcess) -> Iterator[tuple[Browser, Stream, dict]]:
    """A browser that has asked, and read the part that arrives before the provider falls silent."""
    browser = Browser(portal.url).sign_in()
    page = browser.get("/chat").text
    path = re.search(r'action="(/chat/[^"]+/turns)"', page)[1]
    form = {"client_id": re.search(r'name="client_id" value="([^"]+)"', page)[1], "new": "yes"}
    form |= {"text": "Where is rounding done?", "csrf_token": browser.token("/chat")}
    with browser.session.post(
        portal.url + path, data=form, headers={"Accept": "text/event-stream"}, stream=True, timeout=PATIENCE
    ) as response:
        stream = Stream(response)
        begun = stream.until("begun")
        while PART not in stream.drawn:
            stream.until("part")
        yield browser, stream, begun


def wait_until_finished(browser: Browser, begun: dict) -> dict:
    """What the answer's page says once nobody writes it any more."""
    found: dict = {}

    def over() -> bool:
        path = begun["stop"].removesuffix("/stop")
        found.update(browser.get(path, headers={"Accept": "application/json"}).json())
        return not found["running"]

    eventually(over)
    return found


def tell_to_stop(portal: PortalProcess) -> None:
    """SIGTERM, and wait until it was heard."""
    portal.process.terminate()
    eventually(lambda: "Stopping:" in portal.output)


def test_kill_minus_nine_loses_neither_the_question_nor_the_part_that_arrived(data_dir: Path, slow: Upstream):
    with running(data_dir, **ADMIN) as portal, asking(portal) as (browser, _, begun):
        eventually(lambda: PART in browser.get(begun["url"]).text)
        portal.kill()
    with running(data_dir, **ADMIN) as portal:
        browser = Browser(portal.url).sign_in()
        page = browser.get(begun["url"]).text
        assert "Where is rounding done?" in page
        assert PART in page
        assert wait_until_finished(browser, begun)["state"] == "incomplete"
        page = browser.get(begun["url"]).text
        assert "broke off" in page
        assert PART in page
        assert "Try again" in page


def test_a_second_process_does_not_disturb_a_live_stream_and_can_stop_it(
    data_dir: Path, lasting: PortalProcess, slow: Upstream
):
    first = lasting
    with asking(first) as (_, stream, begun), running(data_dir, **ADMIN) as second:
        there = Browser(second.url).sign_in()
        eventually(lambda: PART in there.get(begun["url"]).text)
        assert "data-running" in there.get(begun["url"]).text
        again = f"{begun['url']}/turns/{begun['turn']}/attempts"
        refused = there.post(again, {}, page=begun["url"])
        assert refused.status_code == 409
        time.sleep(1.5)
        slow.go.set()
        assert stream.until("ended")["state"] == "complete"
        assert ANSWER in there.get(begun["url"]).text
        slow.go.clear()
        with asking(first) as (_, stream, begun):
            assert there.post(begun["stop"], {}, page=begun["url"]).status_code == 200
            assert stream.until("ended")["state"] == "stopped"


def test_an_answer_is_written_to_its_end_for_a_browser_that_went_away(lasting: PortalProcess, slow: Upstream):
    with asking(lasting) as (browser, _, begun):
        pass
    time.sleep(4)  # longer than a silence after which the portal notices
    slow.go.set()
    page = wait_until_finished(browser, begun)
    assert page["state"] == "complete"
    assert ANSWER in page["html"]


def test_an_answer_that_nobody_reads_can_be_stopped(lasting: PortalProcess, slow: Upstream):
    left = slow.left
    with asking(lasting) as (browser, _, begun):
        pass
    time.sleep(4)
    assert browser.post(begun["stop"], {}, page=begun["url"]).status_code == 200
    page = wait_until_finished(browser, begun)
    assert page["state"] == "stopped"
    assert PART in page["html"]
    assert slow.wait_until(lambda: slow.left == left + 1), "the request was not cancelled"


def test_a_portal_that_is_told_to_stop_also_waits_for_an_answer_that_nobody_reads(data_dir: Path, slow: Upstream):
    with running(data_dir, **ADMIN) as portal:
        with asking(portal) as (_, _, begun):
            pass
        time.sleep(4)
        tell_to_stop(portal)
        slow.go.set()
        assert portal.wait() == 0
    with running(data_dir, **ADMIN) as portal:
        assert wait_until_finished(Browser(portal.url).sign_in(), begun)["state"] == "complete"


def test_a_portal_that_is_told_to_stop_lets_its_answers_end(data_dir: Path, slow: Upstream):
    with running(data_dir, **ADMIN) as portal, asking(portal) as (_, stream, _begun):
        tell_to_stop(portal)
        slow.go.set()
        assert stream.until("ended")["state"] == "complete"
        assert portal.wait() == 0
