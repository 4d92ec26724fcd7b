"""A canary key is planted through the pages and looked for everywhere: answers, logs, errors, every cell, every file.

The upstream is no friend: it repeats the key in errors, in answers, in streams and in redirects.
"""

import base64
import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask

from portal import logs
from portal.services.audit import verification as audit_verification
from portal.services.runtime import Runtime
from portal.store import schema
from portal.store.base import db
from tests.conftest import CANARY, Client
from tests.upstream import Upstream, steps

SPELLINGS = sorted(
    {
        CANARY,
        CANARY[::-1],
        quote(CANARY, safe=""),
        json.dumps(CANARY)[1:-1],
        base64.b64encode(CANARY.encode()).decode().rstrip("="),
        base64.b64encode(f"Bearer {CANARY}".encode()).decode().rstrip("="),
        CANARY.encode().hex(),
    }
)
CHAT = "/v1/chat/completions"
CODED = "".join(rf"\u{ord(letter):04x}" for letter in CANARY)
"""As JSON may spell it: plain only once the JSON is read."""
SECOND = CANARY.replace("canary", "canary-two")
OWN = CANARY.replace("canary", "canary-own")
"""A person's own key."""


def found_in(text: str) -> list[str]:
    return [spelling for spelling in [*SPELLINGS, SECOND, OWN, OWN[::-1], quote(f"Bearer {OWN}")] if spelling in text]


def cells() -> Iterator[tuple[str, str]]:
    """Every cell of every table, as text."""
    with db.engine.connect() as connection:
        for table in schema.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for column, value in row.items():
                    yield f"{table.name}.{column}", str(value)


def unpacked(data: bytes) -> str:
    """What stands in an answer, and in each file of one that is an archive."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(f"{name}\n{archive.read(name).decode('utf-8', 'replace')}" for name in archive.namelist())


class Receiver:
    """Listens to every answer that a client gets."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: list[tuple[str, str]] = []

    def get(self, path: str, **options: object):
        return self._hear("GET", path, self.client.get(path, **options))

    def post(self, path: str, data: dict[str, object] | None = None, **options: object):
        return self._hear("POST", path, self.client.post_form(path, data, **options))

    def _hear(self, method: str, path: str, answer):
        told = f"{answer.headers}\n{unpacked(answer.get_data())}"
        self.heard.append((f"{method} {path} {answer.status_code}", told))
        return answer


def provider_form(base_url: str, key: str = CANARY, **changes: object) -> dict[str, object]:
    return {
        "type": "openai_compatible",
        "name": "acme",
        "label": "Acme",
        "base_url": base_url,
        "key": key,
        "connect_timeout": "5",
        "read_timeout": "10",
        "test_model": "gpt-5.2",
        "typed_models": "gpt-5.2",
        "extra_headers-0-name": "X-Gate",
        "extra_headers-0-value": SECOND,
        "extra_headers-0-secret": "y",
    } | changes


def unkind(upstream: Upstream) -> Iterator[None]:
    """One reply after the other, each repeating the key in another way."""
    cut = [CANARY[place : place + 5] for place in range(0, len(CANARY), 5)]
    frames = [{"model": "m", "choices": [{"index": 0, "delta": {"content": part}}]} for part in cut]
    coded = json.dumps({"error": {"message": "bad key @"}, "data": [{"id": "@"}]}).replace("@", CODED).encode()
    whole = json.dumps({"choices": [{"message": {"content": "@"}}], "model": "@"}).replace("@", CODED).encode()
    error = {"error": {"message": f"Incorrect API key provided: {CANARY}", "type": "x", "code": "invalid_api_key"}}
    for step in (
        steps.respond(401, json=error, headers={"X-Request-Id": CANARY}),
        steps.respond(500, text=f"crashed while handling Authorization: Bearer {CANARY}"),
        steps.respond(200, text=f"<!doctype html><p>{CANARY}</p>", headers={"Content-Type": "text/html"}),
        steps.redirect(f"https://elsewhere.example/?key={CANARY}"),
        steps.respond(400, json={"detail": [{"loc": ["header"], "msg": CANARY, "type": "v"}]}),
        steps.respond(200, json={"choices": [{"message": {"content": f"Your key is {CANARY}."}}], "model": CANARY}),
        steps.respond(400, body=coded, headers={"Content-Type": "application/json"}),
        steps.respond(200, body=whole, headers={"Content-Type": "application/json"}),
        steps.sse([*frames, "[DONE]"]),
        steps.echo(),
    ):
        upstream.forget()
        upstream.script(step, path=CHAT)
        upstream.script(steps.respond(200, body=coded, headers={"Content-Type": "application/json"}), path="/v1/models")
        yield


@pytest.fixture
def listened(
    app: Flask, runtime: Runtime, ada: Client, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> tuple[list[tuple[str, str]], str]:
    """Plants the canary, uses it in every way, and returns all that was answered and all that was logged."""
    receiver = Receiver(ada)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["TESTING"] = False
    base = f"{upstream.url}/v1"
    logged = io.StringIO()
    caplog.set_level(logging.DEBUG)
    with redirect_stderr(logged), redirect_stdout(logged):
        logs.configure("json")
        for _ in unkind(upstream):
            receiver.post("/providers/test", provider_form(base))
            receiver.post("/providers/discover", provider_form(base))
        receiver.post("/providers/connect", provider_form(base, name="NOT A NAME"))
        receiver.post("/providers/connect", provider_form(base, key=f" {CANARY}\n"))
        assert receiver.post("/providers/connect", provider_form(base)).status_code == 302
        for _ in unkind(upstream):
            receiver.post("/providers/acme/test")
            talk(receiver)
        receiver.post("/providers/acme/keys", {"key": SECOND})
        receiver.post("/providers/acme/keys", {"key": f"“{SECOND}”"})
        use_own_key(receiver, upstream)
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and not rule.arguments:
                receiver.get(rule.rule)
        for path in links_of(receiver):
            receiver.get(path)
        audit_verification.verify(runtime)
    return receiver.heard, logged.getvalue() + caplog.text


def use_own_key(receiver: Receiver, upstream: Upstream) -> None:
    """Plants a key of one's own, with faults first, and lets the upstream repeat it in tests and in answers."""
    for wrong in (f" {OWN}", f"{OWN}\n", f"Bearer {OWN}", f"“{OWN}”"):
        assert receiver.post("/api-keys/acme", {"key": wrong}).status_code == 422
    assert receiver.post("/api-keys/acme", {"key": OWN}).status_code == 302
    error = {"error": {"message": f"Incorrect API key provided: {OWN}", "code": "invalid_api_key"}}
    for step in (
        steps.respond(401, json=error, headers={"X-Request-Id": OWN}),
        steps.respond(500, text=f"crashed while handling Authorization: Bearer {OWN}"),
        steps.respond(200, json={"choices": [{"message": {"content": f"Your key is {OWN}."}}], "model": OWN}),
        steps.echo(),
    ):
        upstream.forget()
        upstream.script(step, path=CHAT)
        tested = receiver.post("/api-keys/acme/test")
        receiver.get(tested.location)
        talk(receiver)
    assert any(OWN in request.headers.get("authorization", "") for request in upstream.requests)
    receiver.get("/api-keys/acme")


def talk(receiver: Receiver) -> None:
    page = receiver.get("/chat").get_data(as_text=True)
    action = re.search(r'action="(/chat/[^"]+/turns)"', page)
    client_id = re.search(r'name="client_id" value="([^"]+)"', page)
    assert action
    assert client_id
    receiver.post(action[1], {"text": "What is my key?", "client_id": client_id[1], "new": "yes"})
    receiver.get(action[1].removesuffix("/turns"))


def links_of(receiver: Receiver) -> list[str]:
    """Every address of the portal that an answer so far links to."""
    found = {
        link.replace("&amp;", "&")
        for _, told in receiver.heard
        for link in re.findall(r'href="(/[^"#]*)"', told)
        if not link.startswith(("/static", "/bootstrap"))
    }
    return sorted(found)[:200]


def test_the_canary_is_found_nowhere(listened: tuple[list[tuple[str, str]], str], tmp_path: Path, runtime: Runtime):
    heard, logged = listened
    assert len(heard) > 60
    assert not [(where, found_in(told)) for where, told in heard if found_in(told)]
    assert "answered" in logged
    assert not found_in(logged)
    looked_at = list(cells())
    assert any(cell.startswith("shared_keys.sealed") for cell, _ in looked_at)
    assert any(cell.startswith("personal_keys.sealed") for cell, _ in looked_at)
    assert any(cell == "checks.key_source" and text == "personal" for cell, text in looked_at)
    assert any(cell == "attempts.key_source" and text == "personal" for cell, text in looked_at)
    assert any(cell.startswith("checks.detail") and text for cell, text in looked_at)
    assert not [cell for cell, text in looked_at if found_in(text)]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert not found_in(file.read_bytes().decode("latin-1")), file.name


def test_the_search_would_find_it(runtime: Runtime):
    """The test above is worth something only if a key that leaks is found."""
    assert found_in(f"…{CANARY}…")
    assert found_in(base64.b64encode(f"Bearer {CANARY}".encode()).decode())
