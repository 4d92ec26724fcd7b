"""The secret of an application is planted by making one, used in every way, and looked for everywhere.

It stands in the one answer that hands it out, and in no other answer, log line, row or file; no more do the tokens that
are signed with it.
"""

import base64
import io
import logging
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from portal import logs
from portal.services import last_used
from portal.services.applications import keys, registry
from portal.services.applications.purpose import purpose_of
from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.base import reading
from portal.vault import Purpose, Undecryptable
from tests.chatting import connect
from tests.conftest import Actors, Client
from tests.house.test_canary import Receiver, cells, links_of
from tests.signing import Editor
from tests.upstream import Upstream
from tests.web.asking import field
from tests.web.gateway.callers import Tool

ADA = Actors.ada


def spellings(value: str) -> list[str]:
    coded = (base64.b64encode(text.encode()).decode().rstrip("=") for text in (value, f"Bearer {value}"))
    return [value, value[::-1], value.encode().hex(), quote(value, safe=""), value[len("llms_") :], *coded]


def found_in(text: str, values: list[str]) -> list[str]:
    return [spelling for value in values for spelling in spellings(value) if spelling in text]


def handed_out(answer) -> str:
    (value,) = re.findall(r"llms_[0-9A-Za-z]{43}", answer.get_data(as_text=True))
    return value


def editor_of(runtime: Runtime, secret: str) -> Editor:
    (found,) = registry.list_all(ADA, runtime)
    made = keys.Made(found.id, found.name, found.current.kid, "HS256", None)
    return Editor(made, secret, int(runtime.now().timestamp()))


def test_the_secret_of_an_application_is_found_nowhere(
    app: Flask, runtime: Runtime, ada: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["TESTING"] = False
    heard = Receiver(ada)
    logged = io.StringIO()
    caplog.set_level(logging.DEBUG)
    with Upstream() as up, redirect_stderr(logged), redirect_stdout(logged):
        up.respond(json={"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
        logs.configure("json")
        connect(runtime, ADA, up.base_url, "gpt-5.2")
        form = {"name": "intranet-editor", "environments": "production: editor-prod", "public_key": ""}
        first = handed_out(heard.post("/applications/new", form))
        heard.heard.pop()  # the answer that hands it out
        editor = editor_of(runtime, first)
        path = f"/applications/{editor.made.id}"
        typed = {"hours": "24", "public_key": "", "instead_of": field(heard.get(f"{path}/key").text, "instead_of")}
        second = handed_out(heard.post(f"{path}/key", typed))
        heard.heard.pop()
        tokens = [editor.sign(), editor.sign(exp=1), editor_of(runtime, second).sign()]
        assert [Tool(app, token).chat().status_code for token in tokens] == [200, 401, 200]
        values = [first, second, *(token.rpartition(".")[2] for token in tokens)]
        last_used.here().write()
        for value in (first, second):  # typed where it does not belong
            for name in form:
                assert heard.post("/applications/new", form | {name: value}).status_code == 422
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and not rule.arguments:
                heard.get(rule.rule)
        for link in links_of(heard):
            heard.get(link)
        heard.get("/usage/export.csv?by=request")
        sent = [str(request.headers) + request.body.decode() for request in up.requests]
        rows = dict(cells())
        heard.post(f"{path}/delete")
    assert not [(where, found_in(text, values)) for where, text in heard.heard if found_in(text, values)]
    assert not [one for one in sent if found_in(one, values)], "and no provider hears of it"
    assert "application_token_refused" in logged.getvalue()
    assert not found_in(logged.getvalue() + caplog.text, values)
    assert not [cell for cell, text in [*rows.items(), *cells()] if found_in(text, values)]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert not found_in(file.read_bytes().decode("latin-1"), values), file.name


def test_a_stored_secret_opens_for_its_own_key_and_application_alone(runtime: Runtime, actors):
    made = registry.register(ADA, runtime, "intranet-editor", "production: editor-prod")
    with reading() as session:
        (key,) = store.keys_of(session, [made.id], runtime.now())[made.id]
    assert key.encrypted.startswith("v1.")
    own = purpose_of(made.id, key.id)
    assert runtime.vault.decrypt(key.encrypted, own) == made.secret
    for other in (purpose_of(key.id, key.id), purpose_of(made.id, made.id), Purpose(key.id, made.id, "shared", "")):
        with pytest.raises(Undecryptable):
            runtime.vault.decrypt(key.encrypted, other)


def test_the_search_would_find_it():
    value = "llms_" + "a1B2" * 10
    assert found_in(f"…{value}…", [value])
    assert not found_in("llms_", [value])
