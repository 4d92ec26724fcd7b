"""What a form that is refused costs: never more than its secrets, and those are asked for in words."""

import pytest

from portal.services.runtime import Runtime
from tests.conftest import Actors, Client
from tests.connecting import KEY, connect
from tests.upstream import Upstream
from tests.web.test_providers import edit_form, form, words

BADLY = "x" * 200
AGAIN = "What you typed here was not kept, as no page ever holds a secret. Type it again."
KEY_AGAIN = "Paste the key again before you go on"
HEADER = {
    "extra_headers-0-name": "X-Tenant",
    "extra_headers-0-value": "canary-of-tenants",
    "extra_headers-0-secret": "y",
}


@pytest.fixture
def acme(runtime: Runtime, upstream: Upstream) -> str:
    return connect(Actors.ada, runtime, upstream, label="Acme")


def test_a_refused_change_of_a_provider_asks_for_the_secrets_and_keeps_all_else(ada: Client, acme: str):
    sent = edit_form(ada, label=BADLY, key=KEY, default_model="kept-model", **HEADER)
    answer = ada.post_form(f"/providers/{acme}/edit", sent)
    assert answer.status_code == 422
    assert "kept-model" in answer.text
    assert KEY not in answer.text
    assert "canary-of-tenants" not in answer.text
    assert KEY_AGAIN in words(answer)
    assert words(answer).count(AGAIN) == 1, "beside the header: blank would mean that the stored value stays"


def test_a_script_keeps_the_secrets_and_is_led_on_once_it_is_saved(ada: Client, acme: str):
    live = {"X-Live": "save"}
    refused = ada.post_form(f"/providers/{acme}/edit", edit_form(ada, label=BADLY, key=KEY, **HEADER), headers=live)
    assert refused.status_code == 422
    assert KEY_AGAIN not in words(refused)
    assert AGAIN not in words(refused)
    saved = ada.post_form(f"/providers/{acme}/edit", edit_form(ada, label="Better", key=KEY), headers=live)
    assert (saved.status_code, saved.headers["X-Go"]) == (204, "/providers/acme")
    assert "Better is saved." in words(ada.get("/providers/acme"))


def test_a_script_that_saves_an_older_version_gets_the_newer_one_with_the_sentence(ada: Client, acme: str):
    older = edit_form(ada, label="Mine")
    ada.post_form(f"/providers/{acme}/edit", edit_form(ada, label="Theirs"))
    clash = ada.post_form(f"/providers/{acme}/edit", older, headers={"X-Live": "save"})
    assert clash.status_code == 409
    faults = clash.text.partition('data-part="faults"')[2].partition("</div>")[0]
    assert 'name="version"' in faults, "the script takes it from there, so that saving again is possible"


def test_a_name_is_looked_over_before_a_key_is_typed(ada: Client, acme: str):
    looked = words(ada.post_form("/providers/look", form("", name=acme, key="")))
    assert f"Another provider is called “{acme}” already. Choose another name." in looked
    assert "Another provider" not in words(ada.post_form("/providers/look", form("", name="free", key="")))
    assert "Another provider" not in words(ada.post_form("/providers/look", edit_form(ada, name=acme)))
    assert ada.post_form("/providers/look", edit_form(ada, label=BADLY)).status_code == 422


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        (
            "/settings",
            {"retention_days": "many", "fallback_reply": "Kept.", "webhook_secret": "a-long-secret"},
            "Kept.",
        ),
        (
            "/people/new",
            {"name": "Kept Person", "email": "no address", "password": "long enough, I hope"},
            "Kept Person",
        ),
    ],
)
def test_every_form_that_lost_a_secret_says_so_beside_it(ada: Client, path: str, sent: dict[str, str], field: str):
    answer = ada.post_form(path, sent)
    assert answer.status_code == 422
    assert field in answer.text
    assert AGAIN in words(answer)
    assert AGAIN not in words(ada.get(path))
    nothing = {name: "" if "secret" in name or name == "password" else value for name, value in sent.items()}
    assert AGAIN not in words(ada.post_form(path, nothing))
