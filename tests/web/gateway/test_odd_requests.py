"""Odd requests to the gateway: each is answered in JSON of the caller's API, with a sentence, and nothing breaks."""

import gzip
import json
from itertools import product

import pytest
from werkzeug.test import Client

from portal.web.gateway.application import MOST_BODY
from tests.chatting import connect
from tests.upstream import Upstream
from tests.web.gateway.callers import ASKED, Tool, token

POSTS = ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens", "/v1/embeddings"]
ANTHROPIC = ["/v1/messages", "/v1/messages/count_tokens"]
WHOLE = {"choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}


@pytest.fixture
def value(actors, runtime):
    return token(actors.uma, runtime)


@pytest.fixture
def tool(app, value):
    return Tool(app, value)


@pytest.fixture
def up():
    with Upstream() as up:
        up.respond(json=WHOLE)
        yield up


@pytest.fixture
def raw(app, value):
    """A client that sends what it is told to, with this token."""
    client = Client(app)

    def ask(method, path, data=b"", headers=(), **more):
        named = {"Authorization": f"Bearer {value}", "Content-Type": "application/json", **dict(headers)}
        return client.open(path, method=method, data=data, headers=named, **more)

    return ask


def refused(answer, status, path="/v1/chat/completions"):
    """Whether this is a refusal in the words of the path's API, and says something."""
    assert answer.status_code == status, answer.text[:300]
    assert answer.mimetype == "application/json"
    assert "<html" not in answer.text.lower()
    assert (answer.json.get("type") == "error") == (path in ANTHROPIC)
    assert answer.json["error"]["message"]
    return answer.json["error"]["message"]


NO_JSON = [
    *(b"", b"   ", b"[]", b"{", b"null", b'"a"', b"{}{}", b'{"model":"m",}', b"\x00", b"\xff\xfe{\x00}\x00"),
    '{"model":"gpt-5.2","messages":[]}'.encode("utf-16"),
    b'{"model":"\xff"}',
    b"[" * 10_000,
    b'{"model":"m","messages":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"model":"m","messages":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    b'{"model":"m","n":' + b"9" * 5_000 + b"}",
]
NO_MODELS = ["\ud800", "a\0b", "x" * 100_000, "../../etc", "<script>", "a/b/c", "%2F", "auto:nothing", "/", ":"]


@pytest.mark.parametrize("path", POSTS)
class TestBodies:
    def test_one_byte_more_than_the_most_is_a_413(self, raw, path):
        assert "32 MB" in refused(raw("POST", path, b" " * (MOST_BODY + 1)), 413, path)

    def test_what_is_no_json_is_a_400_that_says_so(self, raw, path):
        for body in NO_JSON:
            assert "JSON" in refused(raw("POST", path, body), 400, path), body[:40]

    def test_a_compressed_one_is_a_400_that_says_so(self, raw, path):
        for coding in ("gzip", "br", "zstd"):
            body = gzip.compress(json.dumps(ASKED).encode())
            answer = raw("POST", path, body, {"Content-Encoding": coding})
            assert f"compressed ({coding})" in refused(answer, 400, path)

    def test_without_a_model_it_is_a_400_that_names_the_field(self, raw, path):
        for model in ("", None, 7, [], {}, True):
            said = refused(raw("POST", path, json.dumps({"model": model}).encode()), 400, path)
            assert said == "model: Field required"

    def test_a_model_that_cannot_be_is_a_404(self, raw, path):
        for model in NO_MODELS:
            refused(raw("POST", path, json.dumps({"model": model}).encode()), 404, path)


class TestBodiesThatPass:
    """What is odd and still JSON goes on to the provider as it came."""

    @pytest.fixture(autouse=True)
    def _connected(self, actors, runtime, up):
        connect(runtime, actors.ada, up.base_url, "gpt-5.2", "gpt-4o")

    def test_as_many_bytes_as_fit_pass(self, raw, up):
        bare = b'{"model":"gpt-5.2","messages":[],"x":""}'
        body = bare[:-2] + b"a" * (MOST_BODY - len(bare)) + bare[-2:]
        assert len(body) == MOST_BODY
        assert raw("POST", "/v1/chat/completions", body).status_code == 200
        assert up.requests[-1].body == body

    def test_every_other_byte_stays(self, raw, up):
        for sent, passed in (
            (b'\xef\xbb\xbf{"model":"gpt-5.2"}', b'{"model":"gpt-5.2"}'),
            (b'{"model":"gpt-5.2","n":NaN}', b'{"model":"gpt-5.2","n":NaN}'),
            (b'{"model":"gpt-5.2","n":1e999}', b'{"model":"gpt-5.2","n":1e999}'),
            (b'{"model":"gpt-5.2","s":"\\ud800"}', b'{"model":"gpt-5.2","s":"\\ud800"}'),
            (b'{"n":1,"n":2,"model":"gpt-5.2"}', b'{"n":1,"n":2,"model":"gpt-5.2"}'),
            (b'{"mod\\u0065l":"gpt-5.2"}', b'{"mod\\u0065l":"gpt-5.2"}'),
        ):
            assert raw("POST", "/v1/chat/completions", sent).status_code == 200
            assert up.requests[-1].body == passed

    def test_a_model_that_is_named_twice_is_one_at_the_provider(self, raw, up):
        sent = b'{"model":"gpt-5.2","messages":[],"model":"acme/gpt-4o"}'
        answer = raw("POST", "/v1/chat/completions", sent)
        assert answer.headers["Portal-Model"] == "acme/gpt-4o"
        assert up.requests[-1].body == b'{"model":"gpt-4o","messages":[],"model":"gpt-4o"}'

    def test_whatever_its_type_a_body_is_read_as_json(self, raw, up):
        body = json.dumps(ASKED).encode()
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "é"):
            assert raw("POST", "/v1/chat/completions", body, {"Content-Type": kind}).status_code == 200
            assert up.requests[-1].headers["content-type"] == "application/json"
            assert up.requests[-1].json == ASKED


ODD_VALUES = [
    ("a lone surrogate", '"\\ud800"'),
    ("a NUL", '"a\\u0000b"'),
    ("not a number", "NaN"),
    ("infinity", "-Infinity"),
    ("a number without end", "1e999"),
    ("a long number", "9" * 400),
    ("deep", "[" * 200 + "]" * 200),
]
QUOTED = '"Hi"'
PLACES = {
    "/v1/chat/completions": '{"model":"m-1","temperature":1,"messages":[{"role":"user","content":%s}]}',
    "/v1/responses": '{"model":"m-1","store":false,"input":[{"role":"user","content":%s}]}',
    "/v1/messages": '{"model":"m-1","max_tokens":9,"messages":[{"role":"user","content":%s}]}',
}
OPTIONS = {
    "/v1/chat/completions": '{"model":"m-1","temperature":%s,"messages":[{"role":"user","content":"Hi"}]}',
    "/v1/responses": '{"model":"m-1","store":false,"temperature":%s,"input":"Hi"}',
    "/v1/messages": '{"model":"m-1","max_tokens":9,"temperature":%s,"messages":[{"role":"user","content":"Hi"}]}',
}
TOOLS = {
    "/v1/chat/completions": '"tools":[{"type":"function","function":{"name":"f","parameters":{"x":%s}}}]',
    "/v1/responses": '"tools":[{"type":"function","name":"f","parameters":{"x":%s}}]',
    "/v1/messages": '"tools":[{"name":"f","input_schema":{"x":%s}}]',
}


@pytest.mark.parametrize(
    ("type", "path"),
    [
        *(("bedrock", path) for path in PLACES),
        *(("google", path) for path in ("/v1/responses", "/v1/messages")),
        *(("anthropic", path) for path in ("/v1/chat/completions", "/v1/responses")),
        ("openai", "/v1/messages"),
    ],
)
def test_odd_values_are_translated_or_refused_in_words(app, actors, runtime, raw, type, path):
    """Whatever stands in a message, an option or a tool, the provider gets JSON that everybody reads, or nothing."""
    with Upstream() as up:
        up.respond(400, json={"error": {"message": "no", "type": "invalid_request_error"}, "message": "no"})
        connect(runtime, actors.ada, up.base_url, "m-1", type=type, key="sk-a0b1c2d3e4f5")
        tools = f"{PLACES[path][:-1] % QUOTED},{TOOLS[path]}}}"
        for (name, odd), template in product(ODD_VALUES, (PLACES[path], OPTIONS[path], tools)):
            body = template % odd
            answer = raw("POST", path, body.encode())
            assert answer.status_code == 400, (name, body[:120], answer.text[:300])
            assert answer.mimetype == "application/json"
    assert up.requests
    for request in up.requests:
        json.loads(request.body.decode(), parse_constant=pytest.fail)


class TestAddresses:
    def test_one_that_is_nearly_right_is_no_redirect(self, raw):
        for path, method in product(("/v1/chat/completions/", "/v1//models"), ("GET", "POST")):
            answer = raw(method, path)
            assert answer.status_code == 404, (method, path, answer.status_code)
            assert "Location" not in answer.headers

    def test_one_that_is_not_there_says_so_in_json(self, raw):
        paths = ["/v1", "/v1/", "/v1/v1/messages", "/v1/v1/", "/v1/messages/messages", "/api/hello"]
        for path, method in product(paths, ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")):
            answer = raw(method, path, headers={"Accept": "text/html"})
            assert answer.status_code == 404, (method, path)
            assert answer.mimetype == "application/json"
            assert "base URL" in answer.json["error"]["message"]

    def test_head_has_no_body_and_no_page(self, raw):
        for path in [*POSTS, "/v1/models", "/v1/models/gpt-5.2", "/api/hello", "/v1/nothing"]:
            answer = raw("HEAD", path, headers={"Accept": "text/html"})
            assert answer.data == b""
            assert answer.mimetype == "application/json"

    def test_options_of_another_site_are_given_nothing(self, app):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        for path in [*POSTS, "/v1/models"]:
            answer = Client(app).open(path, method="OPTIONS", headers=asked)
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]
            assert answer.status_code in (401, 405)
            assert answer.mimetype == "application/json"

    def test_a_models_id_may_be_percent_encoded(self, actors, runtime, tool):
        connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "team/name")
        for spelt in ("team%2Fname", "team/name", "acme%2Fteam%2Fname", "acme:team%2Fname", "acme%3Ateam/name"):
            answer = tool.get(f"/v1/models/{spelt}")
            assert answer.status_code == 200, spelt

    def test_an_odd_id_is_a_404(self, tool):
        for spelt in ("%00", "%FF", "%ED%A0%80", "%0d%0aX-Evil:1", "..%2f..", "a" * 20_000, "%"):
            refused(tool.get(f"/v1/models/{spelt}"), 404)
