"""With a public URL the portal answers to its own name and to this machine's; the probes answer to any."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app
from portal.settings import Settings
from portal.store.base import db


@pytest.fixture
def public_app(settings: Settings) -> Iterator[Flask]:
    made = create_app(replace(settings, public_url="https://portal.example.org"), environment={})
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def stranger(public_app: Flask) -> FlaskClient:
    return public_app.test_client()


@pytest.mark.parametrize(
    "host", ["portal.example.org", "Portal.Example.ORG:443", "localhost:8000", "127.0.0.1", "[::1]:8000"]
)
def test_its_own_names_are_answered(stranger: FlaskClient, host: str):
    assert stranger.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "10.1.2.3:8000", "portal.example.org.evil.example", "[::1", "a b", ""]
)
@pytest.mark.parametrize("path", ["/sign-in", "/no-such-page", "/static/css/tokens.css", "/"])
def test_another_name_gets_a_sentence_and_no_link_to_it(stranger: FlaskClient, host: str, path: str):
    answer = stranger.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert answer.text == "This portal is not called that. Open it at https://portal.example.org\n"
    assert "Location" not in answer.headers


def test_the_probes_answer_whatever_they_call_the_portal(stranger: FlaskClient):
    for path in ("/healthz", "/readyz"):
        assert stranger.get(path, headers={"Host": "10.1.2.3:8000"}).status_code in (200, 503)


def test_a_form_that_came_from_elsewhere_is_refused_and_one_from_nowhere_breaks_nothing(stranger: FlaskClient):
    for origin in ("https://evil.example/", "http://[::1", ""):
        answer = stranger.post("/sign-in", base_url="https://portal.example.org", headers={"Referer": origin})
        assert answer.status_code == 400
