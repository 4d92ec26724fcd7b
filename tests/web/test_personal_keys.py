"""The API keys page: one's own key saved, tested, removed; what chats do with it, and what administrators see."""

import html
import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.domain.chats import State
from portal.services import last_used
from portal.services.providers import registry as provider_registry
from portal.services.runtime import Runtime
from portal.store import settings as stored_settings
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.catalog import GATE_SETTINGS, lock_catalog
from portal.store.health import CheckRecord
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.chatting import KEY, collect_events, connect, send_message
from tests.conftest import CANARY, Actors, Client
from tests.counting import queries
from tests.upstream import Upstream, steps

UMA = Actors.uma
CHAT = "/v1/chat/completions"
HELLO = [{"choices": [{"index": 0, "delta": {"content": "Hello."}}]}, "[DONE]"]
ANSWER = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "model": "gpt-5.2"}
REFUSED = steps.respond(401, json={"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
HERE = "http://127.0.0.1:9/v1"


def words(answer) -> str:
    """The page without its tags."""
    text = re.sub(r"<(script|style|template).*?</\1>|<[^>]+>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def card(answer, name: str) -> str:
    """What the page says of one provider."""
    part = answer.get_data(as_text=True).split(f'<li id="key-{name}"')[1].split('<li id="key-')[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


def save(client: Client, key: str = CANARY, name: str = "acme"):
    return client.post_form(f"/api-keys/{name}", {"key": key})


def rows() -> list[PersonalKeyRecord]:
    with reading() as session:
        return list(session.scalars(select(PersonalKeyRecord)))


def newest(record):
    with reading() as session:
        at = record.at if record is CheckRecord else record.created_at
        return session.scalars(select(record).order_by(at.desc())).first()


def switch_off(runtime: Runtime) -> None:
    with transaction() as session:
        lock_catalog(session)
        stored_settings.put(session, GATE_SETTINGS["personal_keys"], False, runtime.now())


def sent(upstream: Upstream) -> list[str]:
    return [request.headers.get("authorization", "").removeprefix("Bearer ") for request in upstream.requests]


@pytest.fixture
def acme(runtime: Runtime, upstream: Upstream) -> Upstream:
    """Acme at the scripted upstream, with a shared key."""
    connect(runtime, Actors.ada, upstream.base_url)
    return upstream


@pytest.fixture
def keyless(runtime: Runtime) -> None:
    """A provider without any key, which needs one."""
    connect(runtime, Actors.ada, HERE, type="openai", key=None)


class TestThePage:
    def test_each_provider_says_which_key_serves(self, uma: Client, runtime: Runtime, acme: Upstream):
        connect(runtime, Actors.ada, HERE, "m1", "m2", name="bare", type="openai", key=None)
        connect(runtime, Actors.ada, HERE, name="local", type="ollama", key=None)
        page = uma.get("/api-keys")
        assert page.status_code == 200
        assert "Using shared key entered by your administrator" in card(page, "acme")
        assert "No key 2 models wait for yours" in card(page, "bare")
        assert "No key needed" in card(page, "local")
        save(uma)
        said = card(uma.get("/api-keys"), "acme")
        assert "Key saved never tested" in said
        assert re.search(r"saved (just now|\d+ s ago) · never used", said)
        assert f"{rows()[0].fingerprint[:4]}\u2009{rows()[0].fingerprint[4:]}".replace("\u2009", " ") in said

    def test_it_is_in_the_menu_of_those_who_may(self, uma: Client, otto: Client, eve: Client, acme: Upstream):
        assert 'href="/api-keys"' in uma.get("/profile").text
        assert 'href="/api-keys"' not in otto.get("/profile").text
        for client in (otto, eve):
            assert client.get("/api-keys").status_code == 403
            assert save(client).status_code == 403
            assert client.post_form("/api-keys/acme/test").status_code == 403
            assert client.post_form("/api-keys/acme/remove").status_code == 403
        assert rows() == []

    def test_an_empty_portal_says_what_to_do(self, uma: Client):
        assert "There is nothing to save a key for." in words(uma.get("/api-keys"))

    def test_a_search_that_finds_nothing_says_so(self, uma: Client, acme: Upstream):
        assert "No provider matches “zzz”." in words(uma.get("/api-keys?q=zzz"))
        assert "acme" in uma.get("/api-keys?q=ACM").text

    def test_its_queries_do_not_grow(self, uma: Client, runtime: Runtime, acme: Upstream):
        uma.get("/api-keys")
        with queries() as few:
            uma.get("/api-keys")
        for number in range(5):
            connect(runtime, Actors.ada, HERE, name=f"p{number}")
            save(uma, name=f"p{number}", key=f"sk-number-{number}")
        uma.get("/api-keys")
        with queries() as many:
            uma.get("/api-keys")
        assert len(many) == len(few)


class TestSaving:
    @pytest.mark.parametrize(
        ("typed", "fault"),
        [
            ("", "Enter the key. It cannot be blank."),
            ("   ", "Enter the key. It cannot be blank."),
            (" sk-spaced", "begins or ends with a space"),
            ("sk-spaced ", "begins or ends with a space"),
            ("sk-one\nsk-two", "has a line break in it"),
            ("sk-clé", "has a character that no key has"),
            ("k" * 10_241, "10,241 characters. A key has at most 10,240."),
        ],
    )
    def test_what_cannot_be_a_key_is_said_beside_the_field(self, uma: Client, acme: Upstream, typed: str, fault: str):
        answer = save(uma, typed)
        assert answer.status_code == 422
        assert fault in html.unescape(answer.text)
        assert 'id="key-fault"' in answer.text
        assert rows() == []
        if typed.strip():
            assert typed.strip() not in answer.text

    def test_the_longest_key_fits(self, uma: Client, acme: Upstream):
        assert save(uma, "k" * 10_240).status_code == 302
        assert len(rows()) == 1

    def test_a_saved_key_is_never_shown_and_blank_keeps_it(self, uma: Client, acme: Upstream):
        assert save(uma).status_code == 302
        for path in ("/api-keys", "/api-keys/acme"):
            assert CANARY not in uma.get(path).text
        assert "Leave blank to keep the stored one" in uma.get("/api-keys/acme").text
        assert "stays as it is" in words(uma.post_form("/api-keys/acme", {"key": ""}, follow_redirects=True))
        assert len(rows()) == 1

    def test_a_credential_of_several_parts_is_read_together(self, uma: Client, runtime: Runtime):
        address = "https://bedrock-runtime.eu-west-1.amazonaws.com"
        connect(runtime, Actors.ada, address, name="rock", type="bedrock", key=None)
        parts = {"key_kind": "aws", "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}
        answer = uma.post_form("/api-keys/rock", parts)
        assert answer.status_code == 422
        assert "Enter the secret access key too." in answer.text
        assert "AKIAIOSFODNN7EXAMPLE" in answer.text
        secret = {"aws_secret_access_key": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12"}
        assert uma.post_form("/api-keys/rock", parts | secret).status_code == 302
        assert [row.kind for row in rows()] == ["aws"]

    def test_two_providers_of_one_type_keep_two_keys_apart(self, uma: Client, runtime: Runtime, acme: Upstream):
        with Upstream() as second:
            connect(runtime, Actors.ada, second.base_url, name="other")
            save(uma, "sk-mine-for-acme")
            save(uma, "sk-mine-for-other", name="other")
            for up in (acme, second):
                up.script(steps.respond(json=ANSWER), path=CHAT)
            uma.post_form("/api-keys/acme/test")
            uma.post_form("/api-keys/other/test")
            assert set(sent(acme)) == {"sk-mine-for-acme", ""}, "with this key, and once without any"
            assert set(sent(second)) == {"sk-mine-for-other", ""}


class TestTesting:
    def test_it_asks_with_this_key_and_colours_only_it(self, uma: Client, ada: Client, acme: Upstream):
        save(uma)
        acme.script(steps.respond(json=ANSWER), path=CHAT)
        before = words(ada.get("/providers/acme"))
        answer = uma.post_form("/api-keys/acme/test", follow_redirects=True)
        assert set(sent(acme)) == {CANARY, ""}, "with this key, and once without any"
        assert "personal key" in card(answer, "acme")
        assert "Key saved" in card(uma.get("/api-keys"), "acme")
        last_used.here().write()
        (row,) = rows()
        assert row.tested == "ok"
        assert row.tested_at is not None
        assert row.last_used_at is not None
        check = newest(CheckRecord)
        assert (check.about, check.key_source, check.key_id, check.counts) == (
            "personal key",
            "personal",
            row.id,
            False,
        )
        after = words(ada.get("/providers/acme"))
        assert "has not been tested" in before
        assert "has not been tested" in after
        assert "tested a personal key" in words(ada.get("/health-checks"))

    def test_a_refused_key_says_so_and_pauses_no_shared_one(self, uma: Client, acme: Upstream):
        save(uma)
        acme.script(REFUSED, path=CHAT)
        answer = uma.post_form("/api-keys/acme/test", follow_redirects=True)
        assert "Key refused" in card(answer, "acme")
        said = card(uma.get("/api-keys"), "acme")
        assert re.search(r"Last tried (just now|\d+ s ago) : Key refused \. .*Acme", said), (
            "however long a slow machine took"
        )
        assert rows()[0].tested == "auth"
        assert newest(SharedKeyRecord).rest_strikes == 0

    def test_the_result_of_somebody_elses_test_is_not_shown(self, uma: Client, ada: Client, acme: Upstream):
        for client in (uma, ada):
            save(client)
        acme.script(steps.respond(json=ANSWER), path=CHAT)
        uma.post_form("/api-keys/acme/test")
        assert "What was tested" in uma.get(f"/api-keys?check={newest(CheckRecord).id}").text
        assert "What was tested" not in ada.get(f"/api-keys?check={newest(CheckRecord).id}").text


class TestRemoving:
    def test_it_asks_once_and_says_what_happens_then(self, uma: Client, runtime: Runtime, acme: Upstream):
        connect(runtime, Actors.ada, HERE, name="bare", type="openai", key=None)
        save(uma)
        save(uma, name="bare")
        page = uma.get("/api-keys")
        assert "The shared key serves you from then on." in card(page, "acme")
        assert "has no other key, so you cannot use its model" in card(page, "bare")
        assert uma.post_form("/api-keys/acme/remove").status_code == 302
        assert "Using shared key" in card(uma.get("/api-keys"), "acme")

    def test_where_no_shared_key_is_nothing_answers_any_more_and_the_way_out_is_named(
        self, uma: Client, runtime: Runtime, keyless: None
    ):
        save(uma)
        assert "GPT-5.2" in uma.get("/chat").text
        uma.post_form("/api-keys/acme/remove")
        sent = send_message(UMA, runtime, "Hello?")
        page = uma.get(f"/chat/{sent.chat_id}").text
        assert "Save a key of your own" in page
        assert "Save a key of your own , or ask an administrator" in words(uma.get("/chat"))
        switch_off(runtime)  # then a key of one's own would not help, and nobody says so
        assert "Save a key of your own" not in uma.get(f"/chat/{sent.chat_id}").text
        assert "No key" in card(uma.get("/api-keys"), "acme")

    def test_somebody_elses_key_is_not_there(self, uma: Client, ada: Client, acme: Upstream):
        save(uma)
        for deed in ("test", "remove"):
            assert ada.post_form(f"/api-keys/acme/{deed}").status_code == 404
            assert ada.post_form(f"/api-keys/nothing/{deed}").status_code == 404
        assert len(rows()) == 1
        assert acme.requests == []


class TestTheGate:
    def test_off_it_keeps_and_ignores_what_is_saved(self, uma: Client, runtime: Runtime, acme: Upstream):
        save(uma)
        switch_off(runtime)
        page = uma.get("/api-keys")
        assert "Personal keys are switched off for everybody." in words(page)
        assert "not used while personal keys are off" in card(page, "acme")
        assert "Replace" not in card(page, "acme")
        for answer in (save(uma, "sk-another-9f2c"), uma.post_form("/api-keys/acme/test"), uma.get("/api-keys/acme")):
            assert answer.status_code == 403
            assert "Personal keys are switched off for everybody." in words(answer)
        acme.stream_sse(HELLO)
        collect_events(UMA, runtime, send_message(UMA, runtime, "Hello?"))
        assert sent(acme) == [KEY]
        assert uma.post_form("/api-keys/acme/remove").status_code == 302
        assert rows() == []


class TestChats:
    def test_an_answer_says_that_it_came_with_your_key(self, uma: Client, runtime: Runtime, acme: Upstream):
        save(uma)
        acme.stream_sse(HELLO)
        message = send_message(UMA, runtime, "Hello?")
        collect_events(UMA, runtime, message)
        attempt = newest(AttemptRecord)
        assert (attempt.state, attempt.key_source, attempt.key_id) == ("complete", "personal", rows()[0].id)
        assert sent(acme) == [CANARY]
        last_used.here().write()
        assert rows()[0].last_used_at is not None
        assert "<span>your key</span>" in uma.get(f"/chat/{message.chat_id}").text

    def test_a_refused_key_is_named_with_the_way_to_mend_it(self, uma: Client, runtime: Runtime, acme: Upstream):
        save(uma)
        acme.script(REFUSED, path=CHAT)
        message = send_message(UMA, runtime, "Hello?")
        assert collect_events(UMA, runtime, message)[-1].state is State.FALLBACK
        assert sent(acme) == [CANARY]
        assert newest(SharedKeyRecord).rest_strikes == 0
        page = uma.get(f"/chat/{message.chat_id}")
        assert "Your key for Acme is refused there." in words(page)
        assert "An administrator can mend this." not in words(page)
        assert 'href="/api-keys?about=acme"' in page.text
        assert uma.get("/api-keys?about=acme").status_code == 200


class TestAdministrators:
    def test_they_see_who_has_a_key_and_never_the_key(self, uma: Client, otto: Client, ada: Client, acme: Upstream):
        assert "Personal keys" not in words(otto.get("/providers/acme"))
        save(uma)
        page = otto.get("/providers/acme")
        assert "Uma Ortiz uma@example.org" in words(page)
        assert CANARY not in page.text
        assert "personal-keys" not in page.text  # Otto may not remove it
        assert "1 model, one key and one personal key" in words(ada.get("/providers/acme"))
        assert "Nobody with a key of their own is called like that." in words(otto.get("/providers/acme?person=zzz"))

    def test_who_may_delete_may_remove_one(self, uma: Client, otto: Client, ada: Client, acme: Upstream):
        save(uma)
        path = f"/providers/acme/personal-keys/{UMA.id}/remove"
        assert path in ada.get("/providers/acme").text
        assert otto.post_form(path).status_code == 403
        assert uma.post_form(path).status_code == 403
        assert ada.post_form(f"/providers/acme/personal-keys/{uuid4()}/remove").status_code == 404
        assert ada.post_form(path).status_code == 302
        assert rows() == []
        assert ada.post_form(path).status_code == 404
        assert "revoked personal key" in words(ada.get("/audit"))

    def test_a_deleted_provider_leaves_no_key_behind(self, uma: Client, runtime: Runtime, acme: Upstream):
        save(uma)
        provider_registry.delete(Actors.ada, runtime, "acme")
        assert rows() == []
        assert "acme" not in uma.get("/api-keys").text
        assert save(uma).status_code == 404


class TestAKeyRemovedBySomebodyElse:
    TOLD = "Ada Marsh removed your key for Acme"

    def test_its_owner_is_told_until_they_have_read_it(self, ada: Client, uma: Client, otto: Client, acme: Upstream):
        save(uma)
        assert self.TOLD not in words(uma.get("/api-keys"))
        assert ada.post_form(f"/providers/acme/personal-keys/{UMA.id}/remove").status_code == 302
        page = uma.get("/api-keys")
        assert self.TOLD in words(page)
        assert CANARY not in page.text
        path = re.search(r'action="(/api-keys/removed/[^"]+)"', page.text)[1]
        assert otto.post_form(path).status_code == 403
        assert ada.post_form(path).status_code == 404
        assert self.TOLD in words(uma.get("/api-keys"))
        assert uma.post_form(path).status_code == 302
        assert self.TOLD not in words(uma.get("/api-keys"))
        assert uma.post_form(path).status_code == 404

    def test_a_new_key_ends_it_as_well(self, ada: Client, uma: Client, acme: Upstream):
        for _ in range(2):
            save(uma)
            ada.post_form(f"/providers/acme/personal-keys/{UMA.id}/remove")
        assert words(uma.get("/api-keys")).count(self.TOLD) == 1
        save(uma)
        assert self.TOLD not in words(uma.get("/api-keys"))

    def test_whoever_removes_their_own_is_told_nothing(self, ada: Client, uma: Client, acme: Upstream):
        save(uma)
        uma.post_form("/api-keys/acme/remove")
        save(ada)
        ada.post_form(f"/providers/acme/personal-keys/{Actors.ada.id}/remove")
        for client in (uma, ada):
            assert "removed your key" not in words(client.get("/api-keys"))

    def test_what_it_changes_is_said_before(self, ada: Client, uma: Client, runtime: Runtime, acme: Upstream):
        connect(runtime, Actors.ada, HERE, "m1", name="bare", type="openai", key=None)
        save(uma, name="acme")
        save(uma, "sk-own", name="bare")
        path = f"/explain/impact/providers/acme/personal-keys/{UMA.id}"
        assert path in ada.get("/providers/acme").text
        page = words(ada.get(path))
        assert "Remove a person’s own key?" in page
        assert "1 person keeps the model and uses another key." in page
        assert len(rows()) == 2
        assert uma.get(path).status_code == 403
        assert ada.get(f"/explain/impact/providers/gone/personal-keys/{UMA.id}").status_code == 404
