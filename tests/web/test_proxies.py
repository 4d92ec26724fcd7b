"""Behind any usual proxy the portal signs people in, counts them apart, and leads where they are."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from portal import create_app
from portal.domain.attempts import PAIR
from portal.services.people import passwords
from portal.settings import Settings
from portal.store.base import db, transaction
from portal.store.people import UserRecord
from tests.conftest import Actors, Client, seat_the_cast

PASSWORD = "a correct horse"
SITE = "https://portal.example.org"
HTML = {"Accept": "text/html"}

KEEPS = {"Host": "portal.example.org", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
STRIPS = KEEPS | {"X-Forwarded-Prefix": "/ai"}
PROXIES: dict[str, tuple[bool, dict[str, str]]] = {
    "keeps the path": (False, KEEPS),
    "strips the path": (True, KEEPS),
    "strips the path and says so": (True, STRIPS),
    "passes its own name": (False, KEEPS | {"Host": "portal:8000"}),
    "passes the name apart": (False, KEEPS | {"Host": "portal:8000", "X-Forwarded-Host": "portal.example.org"}),
    "adds ports": (False, KEEPS | {"Host": "portal.example.org:443", "X-Forwarded-For": "203.0.113.9:51234"}),
    "says nothing of https": (False, {"Host": "portal.example.org", "X-Forwarded-For": "203.0.113.9"}),
}
"""Whether each strips the path, and the headers that it passes on."""


def behind(app: Flask, headers: dict[str, str], *, strips: bool = False) -> Browser:
    """A browser before such a proxy."""

    def proxy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        environ |= {"wsgi.url_scheme": "http", "SCRIPT_NAME": ""}
        if strips:
            environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/ai")
        # Each request begins with nothing, as on a server.
        return [Context().run(lambda: b"".join(app.wsgi_app(environ, start_response)))]

    return Browser(proxy)


@pytest.fixture
def below(settings: Settings) -> Iterator[Flask]:
    """A portal with the cast at https://portal.example.org/ai, behind one proxy."""
    public = replace(settings, public_url="https://portal.example.org/ai", trusted_proxies=1)
    made = create_app(public, environment={})
    with made.app_context():
        seat_the_cast()
        hashed = passwords.hash_password(PASSWORD)
        with transaction() as session:
            session.get_one(UserRecord, Actors.cast["ada"].id).password_hash = hashed
        yield made
        db.engine.dispose()


def enter(browser: Browser, password: str = PASSWORD, **told: str) -> TestResponse:
    page = browser.get("/ai/sign-in", base_url=SITE).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    data = {"csrf_token": token[1], "email": "ada@example.org", "password": password}
    return browser.post("/ai/sign-in", data=data, headers=told, base_url=SITE)


@pytest.mark.parametrize("proxy", PROXIES)
def test_one_signs_in_and_everything_leads_below_the_path(below: Flask, proxy: str):
    strips, headers = PROXIES[proxy]
    browser = behind(below, headers, strips=strips)
    answer = enter(browser, Referer=f"{SITE}/ai/sign-in")

    assert (answer.status_code, answer.location) == (302, "/ai/")
    cookies = answer.headers.getlist("Set-Cookie")
    assert [re.search(r"Path=([^;]*)", cookie)[1] for cookie in cookies] == ["/ai", "/ai"]
    assert all("Secure" in cookie for cookie in cookies)
    page = browser.get("/ai/profile", base_url=SITE)
    led = re.findall(r'(?:href|src|action|formaction|data-[\w-]+)="(/[^"]*)"', page.text)
    assert page.status_code == 200
    assert len(led) > 20
    assert [address for address in led if not address.startswith("/ai/")] == []
    assert "203.0.113.9" in page.text
    assert "51234" not in page.text


@pytest.mark.parametrize("told", [{}, {"Referer": f"{SITE}:8443/ai/sign-in"}, {"Origin": "null"}])
def test_what_a_proxy_drops_or_changes_of_where_a_form_was_keeps_nobody_out(below: Flask, told: dict[str, str]):
    assert enter(behind(below, KEEPS), **told).status_code == 302


@pytest.mark.parametrize("header", ["Origin", "Referer"])
def test_a_form_of_another_site_is_refused(below: Flask, header: str):
    assert enter(behind(below, KEEPS), **{header: "https://evil.example/"}).status_code == 400


def test_a_stranger_is_led_back_below_the_path(below: Flask):
    sent = behind(below, KEEPS).get("/ai/models?q=x", headers=HTML)

    assert sent.location == "/ai/sign-in?next=/ai/models?q%3Dx"


def test_each_person_is_counted_for_themselves_whatever_port_they_come_from(below: Flask):
    def come_from(address: str, password: str = PASSWORD) -> int:
        return enter(behind(below, KEEPS | {"X-Forwarded-For": address}), password).status_code

    for number in range(PAIR.free):
        come_from(f"203.0.113.9:{50_000 + number}", "a wrong horse")

    assert come_from("203.0.113.9:50999") == 429
    assert come_from("[2001:db8::7]:443") == 302


def test_a_forged_name_is_still_refused(below: Flask):
    assert behind(below, {"Host": "evil.example"}).get("/ai/sign-in").status_code == 400
    assert behind(below, KEEPS | {"X-Forwarded-Host": "evil.example"}).get("/ai/sign-in").status_code == 400


def test_a_prefix_that_a_trusted_proxy_names_is_carried_without_a_public_url(settings: Settings):
    made = create_app(replace(settings, trusted_proxies=1), environment={})
    with made.app_context():
        sent = made.test_client().get("/models", headers=HTML | {"X-Forwarded-Prefix": "/tools"})
        assert sent.location == "/tools/sign-in?next=/tools/models"
        db.engine.dispose()


def test_nobody_names_a_prefix_where_no_proxy_is_trusted(nobody: Client):
    sent = nobody.get("/models", headers=HTML | {"X-Forwarded-Prefix": "/evil"})

    assert sent.location == "/sign-in?next=/models"
