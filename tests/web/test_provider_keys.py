"""The keys of a provider on its page: each stands as it is, and is tested, moved, rotated and deleted alone."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.cooldown import Cooldown
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.shared_keys import SharedKeyRecord
from tests.conftest import CANARY, Actors, Client
from tests.connecting import KEY, add_key, connect, keys_of
from tests.upstream import Upstream, steps

HERE = "http://127.0.0.1:9/v1"
CHAT = "/v1/chat/completions"


def words(answer) -> str:
    """The page without its tags."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def path(key_id: object, verb: str = "") -> str:
    return f"/providers/acme/keys/{key_id}" + (f"/{verb}" if verb else "")


def change(key_id: object, **columns: object) -> None:
    with transaction() as session:
        record = session.get_one(SharedKeyRecord, key_id)
        for column, value in columns.items():
            setattr(record, column, value)


def put_to_rest(key_id: object, rest: Cooldown) -> None:
    change(
        key_id,
        rest_strikes=rest.failures,
        rest_until=rest.until,
        rest_category=rest.category,
        rest_told=rest.retry_at,
    )


@pytest.fixture
def vendor():
    with Upstream.openai() as up:
        yield up


@pytest.fixture
def two(runtime: Runtime, vendor: Upstream):
    """Acme with two keys; the first one serves."""
    connect(Actors.ada, runtime, vendor, label="Acme", default_model="gpt-5.2")
    add_key(Actors.otto, runtime, "acme", CANARY)
    return keys_of("acme")


class TestTheTable:
    def test_keys_stand_in_order_with_how_they_stand(self, ada: Client, two):
        page = ada.get("/providers/acme")
        said = words(page)
        assert "Never tested serves untested" in said
        assert "Never tested waits untested" in said
        assert said.index(two[0].fingerprint[:4]) < said.index(two[1].fingerprint[:4])
        assert "Otto Lind" in said
        assert CANARY not in page.text
        assert KEY not in page.text

    def test_a_key_that_rests_says_until_when_and_the_other_is_in_use(self, ada: Client, two):
        put_to_rest(two[0].id, Cooldown(1, datetime.now(UTC) + timedelta(minutes=8), "auth"))
        change(two[1].id, tested="ok", tested_at=datetime.now(UTC))
        said = words(ada.get("/providers/acme"))
        assert "Key refused paused until" in said
        assert re.search(r"In use tested (just now|\d+ s ago)", said)
        assert "one of 2 keys, 1 paused" in words(ada.get("/providers"))

    def test_an_old_key_asks_to_be_rotated_and_a_provider_may_say_after_how_long(
        self, ada: Client, runtime: Runtime, two
    ):
        change(two[0].id, created_at=datetime.now(UTC) - timedelta(days=40))
        assert "old, rotate it" not in words(ada.get("/providers/acme"))
        draft, seen = provider_registry.read_draft(Actors.ada, "acme")
        provider_registry.change(Actors.ada, runtime, "acme", Draft(**{**vars(draft), "rotate_after_days": 30}), seen)
        page = ada.get("/providers/acme")
        assert "40 days old, rotate it" in words(page)
        assert path(two[0].id, "rotation") in page.text
        assert "The key of Acme is 40 days old. Keys here are changed after 30 days." in words(ada.get("/overview"))

    def test_the_environments_variable_is_named_as_the_source(self, ada: Client, runtime: Runtime, environment):
        environment["OPENAI_API_KEY"] = CANARY
        connect(Actors.ada, runtime, "https://api.openai.com/v1", type="openai", key="")
        page = ada.get("/providers/acme")
        assert "The key comes from the server’s environment: OPENAI_API_KEY" in words(page)
        assert CANARY not in page.text
        add_key(Actors.ada, runtime, "acme", "sk-stored-9")
        assert "OPENAI_API_KEY serves only while no key is stored here." in words(ada.get("/providers/acme"))

    def test_a_key_for_another_address_is_to_be_entered_again_in_its_own_place(
        self, ada: Client, runtime: Runtime, two
    ):
        change(two[0].id, destination="https://elsewhere.example:443")
        page = ada.get("/providers/acme")
        assert "Enter it again" in words(page)
        assert path(two[0].id, "again") in page.text
        assert path(two[0].id, "test") not in page.text
        assert ada.get(path(two[0].id, "again")).status_code == 200
        said = words(ada.post_form(path(two[0].id, "again"), {"key": "sk-entered-again-1"}, follow_redirects=True))
        assert "is saved. Test it now." in said
        now = keys_of("acme")
        assert [key.position for key in now] == [0, 1]
        assert now[1].id == two[1].id
        assert "Enter it again" not in said


class TestAdding:
    def test_a_further_key_waits_behind_the_others(self, otto: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, label="Acme")
        answer = otto.post_form("/providers/acme/keys", {"key": CANARY}, follow_redirects=True)
        assert "of Acme is saved. Test it now." in words(answer)
        assert CANARY not in answer.text
        assert [key.created_by for key in keys_of("acme")] == ["Ada Marsh", "Otto Lind"]

    def test_what_cannot_be_a_key_is_refused_beside_its_field_and_not_repeated(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        for typed in ("", f" {CANARY}\n", f'"{CANARY}"', "x" * 10_241):
            answer = ada.post_form("/providers/acme/keys", {"key": typed})
            assert answer.status_code == 422
            assert "Check this field" in words(answer) or "field-error" in answer.text
            assert CANARY not in answer.text
        assert len(keys_of("acme")) == 1

    def test_the_same_key_is_not_taken_twice(self, ada: Client, two):
        answer = ada.post_form("/providers/acme/keys", {"key": CANARY})
        assert answer.status_code == 422
        assert "This very key is stored already, entered on" in words(answer)
        assert "Otto Lind" in words(answer)
        assert len(keys_of("acme")) == 2

    def test_a_credential_of_several_parts_is_sealed_as_one(self, ada: Client, runtime: Runtime, environment):
        environment["AWS_BEARER_TOKEN_BEDROCK"] = "sk-from-the-environment"
        draft = {"type": "bedrock", "name": "acme", "base_url": "", "key": "", "settings": {"region": "us-east-1"}}
        provider_registry.register(Actors.ada, runtime, Draft(**draft))
        secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        page = ada.get("/providers/acme").text
        assert 'name="aws_access_key_id"' in page
        assert 'name="aws_secret_access_key"' in page
        typed = {"key_kind": "aws", "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}
        refused = ada.post_form("/providers/acme/keys", typed | {"aws_session_token": secret})
        assert refused.status_code == 422
        assert secret not in refused.text
        answer = ada.post_form("/providers/acme/keys", typed | {"aws_secret_access_key": secret}, follow_redirects=True)
        assert "is saved" in words(answer)
        assert secret not in answer.text
        assert "Access key" in words(answer)
        assert keys_of("acme")[0].kind == "aws"

    def test_a_type_without_keys_takes_none(self, ada: Client, runtime: Runtime):
        provider_registry.register(Actors.ada, runtime, Draft("demo", name="acme", base_url="demo:"))
        assert ada.post_form("/providers/acme/keys", {"key": "sk-1"}).status_code == 422


class TestTestingOneAlone:
    def test_only_that_key_is_sent_and_its_status_is_its_own(
        self, ada: Client, runtime: Runtime, two, vendor: Upstream
    ):
        vendor.script(steps.respond(401, json={"error": {"code": "invalid_api_key"}}), path=CHAT, times=1)
        answer = ada.post_form(path(two[1].id, "test"), follow_redirects=True)
        assert [request.headers["authorization"] for request in vendor.requests] == [f"Bearer {CANARY}"]
        said = words(answer)
        assert re.search(r"Acme refuses the key [0-9a-f]{4} [0-9a-f]{4}\.", said)
        assert "Key refused paused until" in said
        assert "Acme has not been tested" in said, "a waiting key does not speak for the provider"
        assert keys_of("acme")[1].tested == "auth"

    def test_the_first_keys_status_is_the_providers(self, ada: Client, two, vendor: Upstream):
        said = words(ada.post_form(path(two[0].id, "test"), follow_redirects=True))
        assert "Acme answers." in said
        assert re.search(r"In use tested (just now|\d+ s ago)", said)

    def test_a_tested_key_that_is_made_first_brings_its_status(self, ada: Client, two, vendor: Upstream):
        ada.post_form(path(two[1].id, "test"))
        said = words(ada.post_form(path(two[1].id, "first"), follow_redirects=True))
        assert "is first now." in said
        assert "Acme answers." in said
        assert [key.id for key in keys_of("acme")] == [two[1].id, two[0].id]

    def test_a_test_of_the_provider_goes_through_the_pool(self, ada: Client, two, vendor: Upstream):
        vendor.script(steps.respond(401, json={"error": {"code": "invalid_api_key"}}), path=CHAT, times=1)
        said = words(ada.post_form("/providers/acme/test", follow_redirects=True))
        first, second = [request.headers["authorization"] for request in vendor.requests[:2]]
        assert first != second
        assert "1 of the 2 keys of Acme is refused." in said
        assert re.search(r"Its last check was .*: Acme answered\.", said), "with the other one"
        assert "paused until" in said


class TestDeleting:
    def test_a_deleted_key_is_gone_and_its_fingerprint_stays_on_record(self, otto: Client, two):
        page = otto.get("/providers/acme")
        assert f"The key {two[1].fingerprint[:4]}" in words(page)
        assert "it was never tested" in words(page)
        said = words(otto.post_form(path(two[0].id, "delete-spare"), follow_redirects=True))
        assert "is deleted." in said
        assert "Deleted:" in said
        assert [key.id for key in keys_of("acme")] == [two[1].id]
        with transaction() as session:
            gone = session.get_one(SharedKeyRecord, two[0].id)
            assert (gone.encrypted, gone.master_key_id) == ("", "")

    def test_the_only_key_is_deleted_by_whom_it_is_allowed(self, ada: Client, otto: Client, runtime):
        connect(Actors.ada, runtime, HERE, label="Acme")
        (key,) = keys_of("acme")
        assert "Delete key" not in otto.get("/providers/acme").text
        assert otto.post_form(path(key.id, "delete-spare")).status_code == 409
        assert otto.post_form(path(key.id, "delete")).status_code == 403
        assert "is deleted." in words(ada.post_form(path(key.id, "delete"), follow_redirects=True))
        assert keys_of("acme") == ()
        assert ada.post_form(path(key.id, "delete")).status_code == 404

    def test_another_providers_key_is_not_found(self, ada: Client, runtime: Runtime, two):
        connect(Actors.ada, runtime, HERE, name="other")
        foreign = keys_of("other")[0].id
        for verb in ("test", "first", "again", "delete", "delete-spare", "rotation", "rotation/place"):
            assert ada.post_form(path(foreign, verb), {"key": "sk-x1"}).status_code == 404, verb
        for verb in ("again", "rotation"):
            assert ada.get(path(foreign, verb)).status_code == 404, verb


class TestRotation:
    def test_each_step_follows_from_how_the_keys_stand(self, ada: Client, runtime: Runtime, vendor: Upstream):
        connect(Actors.ada, runtime, vendor, label="Acme", default_model="gpt-5.2")
        (old,) = keys_of("acme")
        page = path(old.id, "rotation")
        assert "Save the new key" in words(ada.get(page))
        refused = ada.post_form(page, {"key": ""})
        assert refused.status_code == 422
        said = words(ada.post_form(page, {"key": CANARY}, follow_redirects=True))
        assert "Test the new key" in said
        assert "Comes after a good test." in said
        new = keys_of("acme")[1]
        vendor.script(steps.respond(401, json={"error": {"code": "invalid_api_key"}}), path=CHAT, times=1)
        failed = words(ada.post_form(path(new.id, "test"), {"rotation": str(old.id)}, follow_redirects=True))
        assert re.search(r"Acme refuses the key [0-9a-f]{4} [0-9a-f]{4}\.", failed)
        assert "begin again with another" in failed
        put_to_rest(new.id, Cooldown())
        tested = words(ada.post_form(path(new.id, "test"), {"rotation": str(old.id)}, follow_redirects=True))
        assert "Make it first" in tested
        placed = words(ada.post_form(path(old.id, "rotation/place"), follow_redirects=True))
        assert "serves now" in placed
        assert [key.id for key in keys_of("acme")] == [new.id, old.id]
        assert "being replaced by" in words(ada.get("/providers/acme"))
        assert "Go on" in words(ada.get("/providers/acme"))
        done = words(ada.post_form(path(old.id, "delete-spare"), follow_redirects=True))
        assert "is deleted." in done
        assert [key.id for key in keys_of("acme")] == [new.id]
        assert "Acme answers." in done
        assert ada.get(page).status_code == 404

    def test_it_goes_on_where_somebody_else_left_it(self, ada: Client, otto: Client, two):
        ada.post_form(path(two[0].id, "rotation"), {"key": "sk-successor-1"})
        assert "Test the new key" in words(otto.get(path(two[0].id, "rotation")))


class TestWhoMay:
    def test_uma_and_eve_touch_no_key(self, uma: Client, eve: Client, two):
        for client in (uma, eve):
            for verb in ("test", "first", "again", "delete", "delete-spare", "rotation", "rotation/place"):
                assert client.post_form(path(two[0].id, verb), {"key": "sk-x1"}).status_code == 403
            assert client.post_form("/providers/acme/keys", {"key": "sk-x1"}).status_code == 403
        assert [key.id for key in keys_of("acme")] == [key.id for key in two]


class TestHeaders:
    def form(self, upstream: Upstream, **more: object) -> dict[str, object]:
        return {
            "type": "openai_compatible",
            "name": "acme",
            "base_url": upstream.base_url,
            "key": KEY,
            "test_model": "gpt-5.2",
            "extra_headers-0-name": "X-Tenant",
            "extra_headers-0-value": "acme",
            "extra_headers-3-name": "X-Gate",
            "extra_headers-3-value": CANARY,
            "extra_headers-3-secret": "y",
            "extra_headers-5-name": "",
            "extra_headers-5-value": "",
        } | more

    def test_rows_are_saved_sent_and_shown_without_their_secret(self, ada: Client, vendor: Upstream):
        answer = ada.post_form("/providers/connect", self.form(vendor), follow_redirects=True)
        assert "acme is connected" in words(answer) or "is connected" in words(answer)
        assert "X-Tenant acme" in words(answer)
        assert "X-Gate" in words(answer)
        edit = ada.get("/providers/acme/edit").text
        assert 'value="X-Tenant"' in edit
        assert "Leave blank to keep it" in edit
        assert CANARY not in answer.text + edit

    def test_a_tested_form_comes_back_with_its_rows_and_without_the_secret(self, ada: Client, vendor: Upstream):
        page = ada.post_form("/providers/test", self.form(vendor))
        assert vendor.requests[-1].headers["x-gate"] == CANARY
        assert 'value="X-Gate"' in page.text
        assert 'value="acme"' in page.text
        assert CANARY not in page.text

    def test_a_row_that_cannot_be_sent_has_its_sentence(self, ada: Client, vendor: Upstream):
        typed = self.form(vendor) | {"extra_headers-0-name": "Authorization", "extra_headers-0-value": CANARY}
        page = ada.post_form("/providers/connect", typed)
        assert page.status_code == 422
        assert "Enter it as the key above" in words(page)
        assert CANARY not in page.text

    def test_one_more_row_without_a_script(self, ada: Client, vendor: Upstream):
        before = ada.post_form("/providers/test", self.form(vendor)).text.count("data-header-row>")
        page = ada.post_form("/providers/connect", self.form(vendor) | {"do": "header"})
        assert page.status_code == 200
        assert page.text.count("data-header-row>") == before + 1
        assert keys_of("acme") == (), "nothing is saved"

    def test_other_types_have_no_rows(self, ada: Client):
        assert "data-header-rows" not in ada.get("/providers/connect?type=openai").text
        assert "data-header-rows" in ada.get("/providers/connect?type=openai_compatible").text
