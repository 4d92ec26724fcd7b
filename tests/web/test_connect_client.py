"""Connect a client in the browser: lines for this address and this person's models, and a token that is looked at."""

import html
import logging
import re
from dataclasses import replace

import pytest
from flask import Flask

from portal.dialects.secret import Secret
from portal.domain import access_tokens as tokens
from portal.domain.client_recipes import RECIPES
from portal.domain.gates import AI, GATES
from portal.domain.recipe_blocks import Values, fill
from portal.services.access_tokens import own_tokens
from portal.services.gateway import connecting
from portal.services.overrides import gates
from portal.services.runtime import Runtime
from portal.web.context import EXTENSION
from portal.web.typed_secrets import without_secrets
from tests.chatting import connect
from tests.conftest import Actors, Client
from tests.services.access_tokens.setting import make
from tests.web.asking import words

UMA = Actors.uma
PAGE = "/connect-a-client"
LOCAL = "http://localhost"


@pytest.fixture
def models(runtime: Runtime, actors: Actors) -> None:
    connect(runtime, Actors.ada, "http://127.0.0.1:9/v1", "gpt-5.2", 'it\'s "odd" $(id)')


def blocks(answer) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'<code id="paste-\d">(.*?)</code>', answer.text, re.DOTALL)]


def lines(client: str, model: str, base: str = LOCAL) -> list[str]:
    return [block.text for block in fill(RECIPES[client], Values(base, model))]


def picked(answer) -> str:
    return html.unescape(re.search(r'<option value="([^"]+)" selected>', answer.text)[1])


@pytest.mark.parametrize("client", RECIPES)
def test_every_client_gets_its_lines(uma: Client, models, client: str):
    page = uma.get(PAGE, query_string={"client": client})
    assert page.status_code == 200
    assert blocks(page) == lines(client, "acme/gpt-5.2")
    current = re.findall(r'<a class="type" href="[^"]*client=([a-z-]+)[^"]*" aria-current="true"', page.text)
    assert current == [client]


def test_it_begins_with_claude_code_and_the_model_that_answers_anyway(uma: Client, models):
    page = uma.get(PAGE)
    assert blocks(page) == lines("claude-code", "acme/gpt-5.2")
    assert picked(page) == "acme/gpt-5.2"
    assert 'href="/access-tokens/new"' in page.text
    assert "Connect a client" in words(uma.get("/profile")), "the menu leads there"


@pytest.mark.parametrize("model", ['acme/it\'s "odd" $(id)', "auto", "auto:general", "gpt-5.2"])
def test_another_model_is_picked_by_whatever_the_gateway_takes(uma: Client, models, model: str):
    page = uma.get(PAGE, query_string={"client": "codex", "model": model})
    assert blocks(page) == lines("codex", model)
    assert "model-fault" not in page.text


@pytest.mark.parametrize("model", ["nothing", "auto:nothing", "acme:", "x" * 9000, "ü" * 300])
def test_a_name_that_is_none_of_theirs_is_said_and_the_lines_stay_good(uma: Client, models, model: str):
    page = uma.get(PAGE, query_string={"model": model})
    assert page.status_code == 200
    assert 'id="model-fault"' in page.text
    assert blocks(page) == lines("claude-code", "acme/gpt-5.2")


def test_without_a_model_it_says_so(uma: Client):
    page = uma.get(PAGE)
    assert "No model may be used by you right now" in words(page)
    assert blocks(page) == lines("claude-code", "auto")


def test_of_very_many_models_the_name_is_typed(uma: Client, models, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connecting, "MOST_OFFERED", 1)
    page = uma.get(PAGE, query_string={"model": 'acme/it\'s "odd" $(id)'})
    assert re.search(r'<input class="form-control mono" id="model" name="model"', page.text)
    assert page.text.count("<option") == 1
    assert blocks(page) == lines("claude-code", 'acme/it\'s "odd" $(id)')


def at(client: Client, host: str):
    """The page as a browser gets it that calls the portal by this name."""
    client.set_cookie("portal", client.get_cookie("portal").value, domain=host.partition(":")[0])
    return client.get(PAGE, headers={"Host": host})


def test_the_address_is_the_one_that_this_browser_used(uma: Client, models):
    page = at(uma, "portal.lan:8080")
    assert blocks(page) == lines("claude-code", "acme/gpt-5.2", "http://portal.lan:8080")


def test_a_public_address_goes_before_it(app: Flask, uma: Client, runtime: Runtime, models, monkeypatch):
    public = replace(runtime.settings, public_url="https://portal.example.org/ai")
    monkeypatch.setitem(app.extensions, EXTENSION, replace(runtime, settings=public))
    page = uma.get(PAGE, query_string={"client": "openai"})
    assert blocks(page) == lines("openai", "acme/gpt-5.2", "https://portal.example.org/ai")


def test_a_token_that_works_is_told_and_never_shown(
    uma: Client, runtime: Runtime, models, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    value = make(UMA, runtime, "laptop").value.bare()
    answer = uma.post_form(f"{PAGE}/check", {"access_token": f"Bearer {value}", "client": "codex", "model": "auto"})
    told = words(answer)
    for said in ("This token works, and it is yours.", "laptop", "Uma Ortiz (uma@example.org)", "it is revoked"):
        assert said in told
    assert blocks(answer) == lines("codex", "auto"), "what was chosen stays chosen"
    assert value[5:] not in answer.text
    assert value[5:] not in caplog.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_one_that_does_not_work_is_told_why(uma: Client, runtime: Runtime):
    made = make(UMA, runtime)
    own_tokens.revoke(UMA, runtime, made.id)
    answer = uma.post_form(f"{PAGE}/check", {"access_token": made.value.bare()})
    assert answer.status_code == 200
    assert "This token was revoked." in words(answer)
    assert made.value.bare()[5:] not in answer.text


def test_nothing_pasted_is_said_beside_the_field(uma: Client):
    answer = uma.post_form(f"{PAGE}/check", {"access_token": ""})
    assert answer.status_code == 422
    assert "Paste the token first." in words(answer)


def test_a_mistyped_token_is_not_kept_while_one_signs_in():
    """Not even what looks like no key: the field itself is secret."""
    assert without_secrets([("access_token", "llmp short"), ("model", "auto")]) == (
        (("model", "auto"),),
        ("access_token",),
    )


def test_a_gate_that_is_off_is_said(uma: Client, runtime: Runtime, models):
    gates.turn(Actors.ada, runtime, "ai", on=False)
    assert GATES[AI].off in words(uma.get(PAGE))


def test_a_new_token_leads_here(uma: Client, runtime: Runtime):
    answer = uma.post_form("/access-tokens/new", {"name": "laptop", "scopes": "chat.use", "lifetime": "90"})
    assert f'href="{PAGE}"' in answer.text
    value = Secret(re.search(r"llmp_[0-9A-Za-z]{40}", answer.text)[0])
    assert value.judged_by(tokens.fault) is None
