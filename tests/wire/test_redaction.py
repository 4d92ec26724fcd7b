"""A key never comes back, however it is spelled and wherever it is cut."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.wire import redact
from portal.wire.redaction import DOTS, MOST_REMEMBERED, Redactor

KEY = 'sk-7f3b/d51+c2=e8"4a <06>&\\é'
PLAIN = "sk-canary-7f3b9d51c2e84a06"

SPELLED = {
    "plain": KEY,
    "url": quote(KEY, safe=""),
    "url path": quote(KEY),
    "form": quote_plus(KEY),
    "url in small letters": "".join(quote(char, safe="").lower() if char.lower() == char else char for char in KEY),
    "json": json.dumps(KEY),
    "json in its own script": json.dumps(KEY, ensure_ascii=False),
    "json in json": json.dumps(json.dumps({"key": KEY})),
    "html": html.escape(KEY),
}


@pytest.mark.parametrize("how", SPELLED)
def test_a_secret_is_found_in_every_spelling(how: str):
    assert redact(f"before {SPELLED[how]} after", [KEY]).count(DOTS) == 1


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("after", ["", ":", "@@"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_found_inside_base64(before: str, after: str, encode):
    echoed = encode(f"{before}{KEY}{after}".encode()).decode()
    hidden = redact(f"Basic {echoed}", [KEY])
    assert DOTS in hidden
    assert len(hidden) < 30


CODED = "".join(rf"\u{ord(character):04x}" for character in PLAIN)


@pytest.mark.parametrize("echoed", [CODED, CODED.upper().replace(r"\U", r"\u"), PLAIN[:9] + CODED[54:], rf"\\{CODED}"])
def test_a_secret_in_json_codes_is_found_however_it_is_cut(echoed: str):
    body = json.dumps({"error": "@"}).replace("@", f"bad key {echoed}, see there").encode()
    for cut in range(len(body)):
        stream_redactor = Redactor([PLAIN]).stream_redactor(400)
        shown = stream_redactor.feed(body[:cut]) + stream_redactor.feed(body[cut:]) + stream_redactor.end()
        assert PLAIN not in json.loads(shown)["error"]
        assert DOTS in json.loads(shown)["error"]


def test_codes_that_spell_no_secret_read_the_same():
    echoed = {"text": 'a "quote", a \\ and \\u0041, <b>, é, 中, \x07'}
    body = json.dumps(echoed).replace("<", r"\u003c").replace("a", r"\u0061").encode()
    stream_redactor = Redactor([PLAIN]).stream_redactor(200)
    shown = (
        b"".join(stream_redactor.feed(body[position : position + 1]) for position in range(len(body)))
        + stream_redactor.end()
    )
    assert json.loads(shown) == json.loads(body)


@pytest.mark.parametrize("spell", [str.upper, lambda key: key.encode().hex(), lambda key: quote(quote(key, safe=""))])
def test_a_secret_in_another_spelling_that_can_be_read_back_is_found(spell):
    assert redact(f"key {spell(PLAIN)}!", [PLAIN]) == f"key {DOTS}!"


def test_what_holds_no_secret_is_left_alone():
    assert redact("nothing here", [KEY, PLAIN, ""]) == "nothing here"
    assert redact("an x is no secret", ["x"]) == "an x is no secret"


def test_what_held_no_secret_before_is_known_and_still_hidden_from_whoever_has_that_secret():
    texts = [f"req_{number:03} text/event-stream" for number in range(MOST_REMEMBERED + 10)]
    for _ in range(2):
        assert [Redactor([KEY]).text(text) for text in texts] == texts
    assert Redactor(["text/event-stream"]).text(texts[-1]) == f"req_{MOST_REMEMBERED + 9:03} {DOTS}"
    for _ in range(2):
        assert Redactor([KEY]).text(f"{texts[-1]} {KEY}") == f"{texts[-1]} {DOTS}"


def test_the_longer_of_two_secrets_is_hidden_whole():
    assert redact("abcdefgh", ["abcd", "abcdefgh"]) == DOTS


def parts(body: bytes, cuts: list[int]) -> list[bytes]:
    positions = sorted({cut % (len(body) + 1) for cut in cuts})
    return [body[start:end] for start, end in zip([0, *positions], [*positions, len(body)], strict=True)]


@given(st.lists(st.integers(0, 500), max_size=8), st.text(max_size=30), st.text(max_size=30))
def test_a_secret_that_is_cut_across_chunks_is_hidden(cuts, before, after):
    body = f"{before}{PLAIN}{after} {base64.b64encode(PLAIN.encode()).decode()} {PLAIN}".encode()
    stream_redactor = Redactor([PLAIN]).stream_redactor(200)
    out = b"".join([*map(stream_redactor.feed, parts(body, cuts)), stream_redactor.end()])
    assert PLAIN.encode() not in out
    assert out.count(DOTS.encode()) >= 3


@given(st.lists(st.integers(0, 500), max_size=8), st.binary(max_size=200))
def test_chunks_without_a_secret_come_out_as_they_went_in(cuts, body):
    stream_redactor = Redactor([PLAIN]).stream_redactor(200)
    assert b"".join([*map(stream_redactor.feed, parts(body, cuts)), stream_redactor.end()]) == body


def test_only_the_beginning_of_a_secret_is_held_back():
    stream_redactor = Redactor([PLAIN]).stream_redactor(200)
    assert stream_redactor.feed(b"data: hello\n\n") == b"data: hello\n\n"
    assert stream_redactor.feed(b"data: the key is sk-canary") == b"data: the key is "
    assert stream_redactor.feed(b" and no more") == b"sk-canary and no more"


def test_the_beginning_of_a_secret_at_the_end_of_a_body_is_not_shown():
    stream_redactor = Redactor([PLAIN]).stream_redactor(200)
    assert stream_redactor.feed(b"the key is " + PLAIN[:-1].encode()) == b"the key is "
    assert stream_redactor.end() == DOTS.encode()


def test_a_placeholder_is_no_secret_in_an_answer():
    stream_redactor = Redactor(["ollama"]).stream_redactor(200)
    assert stream_redactor.feed(b'{"owned_by":"ollama"}') == b'{"owned_by":"ollama"}'
    assert DOTS.encode() in Redactor(["ollama"]).stream_redactor(401).feed(b'{"error":"bad key ollama"}')
