"""Chromium before a real server: every page is asked for console errors, foreign requests, faults of accessibility."""

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.web.compression import Compressed
from tests.conftest import Actors, Client
from tests.databases import Databases
from tests.waiting import PATIENCE

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",  # one process less for each browser, and a tenth of what its tests cost
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SYSTEM_CHROMIUM = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
PICTURES = bool(os.environ.get("PICTURES"))
"""`make pictures`: every page is also kept as a picture, and looked at in all four ways by every test."""
SHOTS = Path(__file__).parents[2] / ".cache" / "shots"
DESK = (1280, 900)
PHONE = (390, 844)
Sight = tuple[int, int, str]
ALL_SIGHTS: list[Sight] = [(*DESK, "light"), (*DESK, "dark"), (*PHONE, "light"), (*PHONE, "dark")]
"""Width, height and theme: how every page is looked at."""
SIGHTS = ALL_SIGHTS if PICTURES else [ALL_SIGHTS[0], ALL_SIGHTS[-1]]
"""Both widths and both themes: how the states of a page are looked at, since they share its parts."""

AXE = "/axe-of-the-tests.js"
"""Where the server that tests start has axe. A page takes it from there as its policy allows, and Chromium keeps it
compiled for the other pages of its context: what is evaluated instead is read and compiled again on each page."""
HOW_AXE_IS_ANSWERED = [("Content-Type", "text/javascript"), ("Cache-Control", "max-age=31536000, immutable")]

REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d|503)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def database_url(databases: Databases, seated: bool) -> Iterator[str]:
    """SQLite alone: what differs between the databases is tested below the browser."""
    with databases.one("sqlite", seated=seated) as url:
        yield url


@pytest.fixture(scope="session")
def compressed() -> Compressed:
    return Compressed()


@pytest.fixture(autouse=True)
def assets_are_compressed_once(compressed: Compressed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for each test's portal: the files are the same, and remembered by an ETag that changes with them."""
    monkeypatch.setattr("portal.web.compression.Compressed", lambda: compressed)


@dataclass(frozen=True)
class LiveServer:
    """The portal on a socket of this machine."""

    url: str
    app: Flask


@dataclass
class Answer:
    """What the portal answers, in pieces; closed once, however often that is asked for."""

    pieces: Any
    closed: bool = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        if not self.closed and hasattr(self.pieces, "close"):
            self.closed = True
            self.pieces.close()


class Answering(WSGIRequestHandler):
    """Werkzeug leaves the file of an answer open when the browser has left before its end; here it is closed then."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        if answer := (environ or {}).get("tests.answer"):
            answer.close()


@pytest.fixture(scope="session")
def axe() -> bytes:
    return AXE_FILE_PATH.read_bytes()


@pytest.fixture
def live(app: Flask, axe: bytes) -> Iterator[LiveServer]:
    def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        if environ["PATH_INFO"] == AXE:
            start_response("200 OK", [*HOW_AXE_IS_ANSWERED, ("Content-Length", str(len(axe)))])
            return Answer([axe])
        environ["tests.answer"] = answer = Answer(app(environ, start_response))
        return answer

    server = make_server("127.0.0.1", 0, answered, threaded=True, request_handler=Answering)
    server.daemon_threads = True  # a stream that nobody reads any more must not hold the test
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield LiveServer(f"http://127.0.0.1:{server.server_port}", app)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as driver:
        installed = next((str(file) for file in SYSTEM_CHROMIUM if file.exists()), None)
        browser = driver.chromium.launch(executable_path=os.environ.get("TEST_CHROMIUM") or installed, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a page did that no page of the portal may do."""

    origin: str
    wrongs: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrongs.append(f"script: {error}"))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not REFUSED.match(message.text):
            self.wrongs.append(f"console: {message.text}")

    def _see(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.wrongs.append(f"foreign request: {request.url}")


OpenPage = Callable[..., Page]


@pytest.fixture
def open_as(chromium: Browser, live: LiveServer, sign_in: Callable[..., Client]) -> Iterator[OpenPage]:
    """`open_as("ada", "/providers", width=390, theme="dark")`: a page of a browser of their own; None is a stranger.

    When the test ends, every page must have been free of console errors, policy violations and foreign requests.
    """
    watch = Watch(live.url)
    contexts = []

    def make(
        person: str | None,
        path: str | None = None,
        *,
        width: int = DESK[0],
        height: int = DESK[1],
        theme: str = "light",
        script: bool = True,
        scale: int = 1,
    ) -> Page:
        context = chromium.new_context(
            base_url=live.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            device_scale_factor=scale,
            has_touch=width < 600,
            reduced_motion="reduce",
            java_script_enabled=script,
            locale="en-GB",
            timezone_id="UTC",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        if person:
            cookie = sign_in(Actors.cast[person].id).get_cookie("portal", path=live.app.config["SESSION_COOKIE_PATH"])
            context.add_cookies([{"name": "portal", "value": cookie.value, "url": live.url}])
        page = context.new_page()
        watch.over(page)
        # Chromium hands a chooser of files over from some moment after it was asked to: asked before the page is
        # opened, a key that is pressed on it is never too early.
        page.on("filechooser", lambda _: None)
        if path:
            page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not watch.wrongs, "\n".join(watch.wrongs)


@pytest.fixture
def page(open_as: OpenPage) -> Page:
    """Ada's browser, at a desk."""
    return open_as("ada")


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page, when people want to look at it."""
    if PICTURES:
        SHOTS.mkdir(parents=True, exist_ok=True)
        file = SHOTS / f"{name}-{page.viewport_size['width']}.png"
        page.screenshot(path=file, full_page=True, animations="disabled")


def assert_accessible(page: Page, rules: Sequence[str] = ()) -> None:
    """axe finds nothing on the page as it stands, by these rules alone if any are named."""
    finish(page)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate(
        """async ({src, options}) => {
             if (!("axe" in window)) {
               const script = document.createElement("script");
               await new Promise((taken, refused) => {
                 Object.assign(script, {src, onload: taken, onerror: () => refused(new Error(`no ${src}`))});
                 document.head.append(script);
               });
               script.remove();
             }
             return (await axe.run(options)).violations;
           }""",
        {"src": AXE, "options": options},
    )
    told = [f"{fault['id']}: {fault['help']} {[node['target'] for node in fault['nodes']][:5]}" for fault in found]
    assert not told, "\n".join(told)


def assert_fits(page: Page) -> None:
    """Nothing sticks out to the side."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.viewport_size["width"], f"the page is {wide} pixels wide"


def assert_in_order(page: Page) -> None:
    """What is asked of every page: accessible, no wider than the window, one filled button, a title, one h1."""
    assert_accessible(page)
    assert_fits(page)
    assert page.title().endswith("· LLM Portal")
    assert page.locator("main h1").count() == 1
    filled = [button for button in page.locator("main .btn-primary").all() if button.is_visible()]
    assert len(filled) <= 1, "more than one filled button"


def finish(page: Page) -> None:
    """Wait until the page is whole and nothing moves: a dialog that fades in has no contrast yet."""
    page.wait_for_load_state()
    page.evaluate(
        """() => Promise.all(document.getAnimations()
              .filter((a) => a.effect?.getComputedTiming().iterations !== Infinity)
              .map((a) => a.finished.catch(() => null)))"""
    )
