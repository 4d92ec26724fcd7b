"""The settings page, over HTTP."""

from tests.conftest import CANARY, Client
from tests.upstream import Upstream, steps
from tests.web.test_providers import words

FORM = {"fallback_reply": "", "retention_days": "", "webhook_url": "", "webhook_secret": ""}


def test_each_setting_stands_with_its_value_and_where_it_comes_from(ada: Client):
    page = words(ada.get("/settings"))
    assert "PORTAL_THREADS" in page
    assert "64" in page
    assert "set, and not shown" in page
    assert "default" in page


def test_what_is_saved_is_shown_and_the_secret_is_not(ada: Client):
    form = FORM | {"fallback_reply": "Ask Otto.", "retention_days": "30", "webhook_secret": CANARY}
    assert ada.save_form("/settings", form | {"webhook_url": "https://chat.example.org/hook"}).status_code == 302
    page = ada.get("/settings").text
    for fact in ("Ask Otto.", 'value="30"', "https://chat.example.org/…", "Leave blank to keep the stored one"):
        assert fact in page
    assert CANARY not in page
    assert 'chat.example.org/hook"' not in page


def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_typed_is_lost(ada: Client):
    typed = FORM | {"fallback_reply": "Kept.", "retention_days": "many", "webhook_url": "chat.example.org"}
    answer = ada.post_form("/settings", typed)
    assert answer.status_code == 422
    assert "Write a whole number of days" in words(answer)
    assert "Kept." in answer.text
    answer = ada.post_form("/settings", typed | {"retention_days": "5000"})
    assert answer.status_code == 422
    assert "Use 1 to 3,650 days" in words(answer)
    assert "Enter an address like" in words(answer)


def test_a_test_message_is_sent_and_listed(ada: Client, upstream: Upstream):
    upstream.script(steps.respond(204), path="/hook")
    ada.save_form("/settings", FORM | {"webhook_url": f"{upstream.url}/hook"})
    page = words(ada.post_form("/settings/webhook/test", follow_redirects=True))
    assert "The webhook answered 204." in page
    upstream.script(steps.respond(500), path="/hook")
    told = words(ada.post_form("/settings/webhook/test", follow_redirects=True))
    assert "The webhook answered 500. It has to answer with 200 to 299." in told


def test_without_a_webhook_a_test_message_says_so(ada: Client):
    answer = ada.post_form("/settings/webhook/test")
    assert answer.status_code == 409
    assert "There is no webhook yet." in words(answer)


def test_only_ada_gets_there(otto: Client, uma: Client, eve: Client):
    for client in (otto, uma, eve):
        assert client.get("/settings").status_code == 403
        assert client.post_form("/settings", FORM).status_code == 403
        assert client.post_form("/settings/webhook/test").status_code == 403
        assert "/settings" not in client.get("/profile").text
