"""What every answer tells the browser."""

import re

import pytest

from tests.counting import queries


@pytest.mark.parametrize("path", ["/sign-in", "/components", "/no-such-page", "/healthz", "/static/css/tokens.css"])
def test_every_answer_carries_the_strict_policy(app, uma, path):
    answer = uma.get(path)
    headers = answer.headers
    answer.close()

    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/components", "/sign-in", "/no-such-page"])
def test_pages_are_not_kept(app, uma, path):
    assert uma.get(path).headers["Cache-Control"] == "no-store"


def test_assets_carry_their_hash_and_are_kept_for_good(app, nobody):
    page = nobody.get("/sign-in").get_data(as_text=True)
    addresses = re.findall(r'(?:href|src)="((?:/static|/bootstrap/static)/[^"]+)"', page)

    assert len(addresses) > 8
    for address in addresses:
        answer = nobody.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"], address
        answer.close()


def test_an_asset_without_its_hash_is_asked_for_each_time(app, nobody):
    answer = nobody.get("/static/css/tokens.css")

    assert answer.headers["Cache-Control"] == "no-cache"
    answer.close()


def test_nobody_is_looked_up_for_an_asset(app, ada):
    with queries() as asked:
        ada.get("/static/css/tokens.css").close()

    assert not asked


def test_a_missing_asset_is_not_kept(app, nobody):
    answer = nobody.get("/static/css/none.css?v=12345678")

    assert answer.status_code == 404
    assert "immutable" not in answer.headers["Cache-Control"]


def test_only_https_promises_https(app, nobody):
    assert "Strict-Transport-Security" not in nobody.get("/sign-in").headers
