"""What is compressed, for whom, and what never is."""

import gzip
import re
import time
from itertools import count

import pytest
from flask import Flask, Response
from itsdangerous import TimestampSigner

from portal.web import compression

GZIP = {"Accept-Encoding": "gzip, br"}
OURS = {"Sec-Fetch-Site": "same-origin"}
CSS = "/static/css/tokens.css"


def taken(client, path: str, **headers: str):
    """The answer, with its file closed."""
    answer = client.get(path, headers=GZIP | headers)
    answer.get_data()
    answer.close()
    return answer


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/components", {}),
        ("/components", {"Sec-Fetch-Site": "none"}),
        ("/components", OURS),
        ("/models?q=m", OURS),
    ],
)
def test_a_page_is_compressed_for_its_own_reader(ada, path, headers):
    plain = ada.get(path, headers=headers)
    packed = ada.get(path, headers=GZIP | headers)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content_length == len(packed.get_data()) < plain.content_length / 2
    assert gzip.decompress(packed.get_data()).startswith(b"<!doctype html>")
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.vary
    assert "Accept-Encoding" in packed.vary


@pytest.mark.parametrize(
    ("path", "site"),
    [
        ("/models?q=m", "cross-site"),  # a guess in the address, sent here by somebody else
        ("/models?q=m", "same-site"),
        ("/models?q=m", "none"),
        ("/models?q=m", ""),
        ("/models", "cross-site"),
        ("/models", "same-site"),
    ],
)
def test_a_page_that_a_stranger_may_have_asked_for_is_not(ada, path, site):
    answer = ada.get(path, headers=GZIP | ({"Sec-Fetch-Site": site} if site else {}))
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


def test_what_repeats_a_form_is_not(ada):
    answer = ada.post_form("/providers/connect", {"name": "NOT A NAME"}, headers=GZIP | OURS)
    assert b"csrf_token" in answer.get_data()
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0"])
def test_nor_is_anything_for_whoever_does_not_take_it(ada, accepted):
    for path in ("/components", CSS):
        answer = ada.get(path, headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in answer.headers
        assert "Accept-Encoding" in answer.vary
        answer.close()


def test_an_asset_is_compressed_once_and_has_an_etag_of_its_own(nobody, monkeypatch):
    packed = []
    compress = gzip.compress
    monkeypatch.setattr(gzip, "compress", lambda *given, **how: packed.append(given) or compress(*given, **how))
    plain = nobody.get(CSS)
    first, second = taken(nobody, CSS), taken(nobody, CSS)
    assert gzip.decompress(first.get_data()) == plain.get_data()
    plain.close()
    assert second.get_data() == first.get_data()
    assert len(packed) == 1
    assert first.headers["ETag"] == second.headers["ETag"] != plain.headers["ETag"]
    assert first.headers["Cache-Control"] == plain.headers["Cache-Control"]


def test_whoever_has_an_asset_is_told_that_it_is_the_same(nobody):
    plain = nobody.get(CSS)
    plain.close()
    packed = taken(nobody, CSS)
    for tag in (plain.headers["ETag"], packed.headers["ETag"]):
        again = taken(nobody, CSS, **{"If-None-Match": tag})
        assert again.status_code == 304
        assert again.headers["ETag"] == tag
        assert "Accept-Encoding" in again.vary
        assert not again.get_data()
    other = taken(nobody, CSS, **{"If-None-Match": '"of another file"'})
    assert other.status_code == 200


def test_a_part_of_an_asset_is_of_the_plain_one(nobody):
    plain = nobody.get(CSS)
    part = taken(nobody, CSS, Range="bytes=0-9")
    assert part.status_code == 206
    assert part.get_data() == plain.get_data()[:10]
    assert part.headers["ETag"] == plain.headers["ETag"]
    plain.close()


@pytest.mark.parametrize("path", ["/healthz", "/bootstrap/static/bootstrap5/icons/fonts/bootstrap-icons.woff2"])
def test_what_gains_nothing_is_left_alone(nobody, path):
    assert "Content-Encoding" not in taken(nobody, path).headers


@pytest.mark.parametrize("mimetype", ["text/event-stream", "text/html"])
def test_what_is_sent_piece_by_piece_leaves_piece_by_piece(mimetype):
    app = Flask("streaming")
    compression.install(app)
    app.add_url_rule("/", view_func=lambda: Response((f"piece {n}" * 400 for n in range(3)), mimetype=mimetype))
    answer = app.test_client().get("/", headers=GZIP | OURS, buffered=False)
    assert "Content-Encoding" not in answer.headers
    assert next(answer.iter_encoded()) == b"piece 0" * 400
    answer.close()


def test_the_token_of_a_form_is_signed_anew_each_second(ada, monkeypatch):
    """What a stranger would have to guess letter by letter does not stand still."""
    clock = count(int(time.time()))
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: next(clock))
    pages = [ada.get("/components").text for _ in range(3)]
    tokens = {re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0] for page in pages}
    assert len({token.rpartition(".")[2] for token in tokens}) == 3


def test_no_more_assets_are_remembered_than_fit(nobody, monkeypatch):
    monkeypatch.setattr(compression, "MOST", 3_000)
    for path in ("/static/css/base.css", CSS) * 2:
        assert gzip.decompress(taken(nobody, path).get_data())
