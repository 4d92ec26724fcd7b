"""The value of an access token is planted by making one, used in every way, and looked for everywhere.

It stands in the one answer that hands it out, and in no other answer, log line, row or file.
"""

import base64
import io
import json
import logging
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from portal import logs
from portal.dialects.secret import Secret
from portal.services import last_used
from portal.services.access_tokens import identity
from portal.services.runtime import Runtime
from tests.conftest import Actors, Client
from tests.house.test_canary import Receiver, cells, links_of
from tests.services.access_tokens.setting import HERE
from tests.web.asking import field


def spellings(value: str) -> list[str]:
    """The value, what of it nobody is shown, and what stands for it."""
    hidden = value[len("llmp_") + 4 :]
    coded = (base64.b64encode(text.encode()).decode().rstrip("=") for text in (value, f"Bearer {value}"))
    return [value, hidden, hidden[:-6], value[::-1], value.encode().hex(), quote(value, safe=""), *coded]


def found_in(text: str, values: list[str]) -> list[str]:
    return [spelling for value in values for spelling in spellings(value) if spelling in text]


def handed_out(answer) -> str:
    (value,) = re.findall(r"llmp_[0-9A-Za-z]{40}", answer.get_data(as_text=True))
    return value


def test_the_value_of_a_token_is_found_nowhere(
    app: Flask, runtime: Runtime, uma: Client, ada: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["TESTING"] = False
    hers, administrators = Receiver(uma), Receiver(ada)
    logged = io.StringIO()
    caplog.set_level(logging.DEBUG)
    with redirect_stderr(logged), redirect_stdout(logged):
        logs.configure("json")
        form = {"name": "CI", "scopes": ["chat.use", "personal_key.use"], "lifetime": "90"}
        first = handed_out(hers.post("/access-tokens/new", form))
        hers.heard.pop()  # the answer that hands it out
        path = re.search(r'href="(/access-tokens/[^"]+/replace)"', hers.get("/access-tokens").text)[1]
        typed = {"hours": "24", "lifetime": "never", "instead_of": field(hers.get(path).text, "instead_of")}
        second = handed_out(hers.post(path, typed))
        hers.heard.pop()
        values = [first, second]
        for value in values:
            assert identity.identify(runtime, Secret(value), HERE)
            assert identity.identify(runtime, Secret(value[:-1] + "!"), HERE) is None
        last_used.here().write()
        for value in values:  # typed where it does not belong
            assert hers.post("/access-tokens/new", form | {"name": value}).status_code == 422
        for receiver in (hers, administrators):
            for rule in app.url_map.iter_rules():
                if "GET" in (rule.methods or ()) and not rule.arguments:
                    receiver.get(rule.rule)
            for link in links_of(receiver):
                receiver.get(link)
        administrators.get(f"/people/{Actors.uma.id}")
        hers.post(path.replace("replace", "revoke"))
        assert [identity.identify(runtime, Secret(value), HERE) for value in values] == [None, None]
    told = hers.heard + administrators.heard
    assert len(told) > 60
    assert any("llmp_" in text for _, text in told), "the lists show how it begins"
    assert not [(where, found_in(text, values)) for where, text in told if found_in(text, values)]
    assert "access_token_refused" in logged.getvalue()
    assert not found_in(logged.getvalue() + caplog.text, values)
    looked_at = list(cells())
    assert {Secret(value).digest() for value in values} <= {text for _, text in looked_at}
    assert not [cell for cell, text in looked_at if found_in(text, values)]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert not found_in(file.read_bytes().decode("latin-1"), values), file.name


def test_the_search_would_find_it():
    value = "llmp_" + "a1B2" * 10
    assert found_in(f"…{value}…", [value])
    assert found_in(json.dumps({"token": f"…{value[9:]}"}), [value])
    assert not found_in(f"{value[:9]}…", [value]), "how it begins may be shown"
