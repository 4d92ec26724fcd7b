"""The pages of providers, over HTTP: what each person sees and may send, and that nothing typed is lost but the key."""

import json
import re
from html import unescape

import pytest
from sqlalchemy import select

from portal.domain import language_models as models_domain
from portal.domain.faults import SENTENCES, Category
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.store.base import reading
from portal.store.health import CheckRecord
from portal.store.providers import ProviderRecord
from tests.conftest import CANARY, Actors, Client
from tests.connecting import KEY, connect, draft
from tests.counting import queries
from tests.upstream import Upstream, steps

HERE = "http://127.0.0.1:9/v1"
CHAT = "/v1/chat/completions"


def words(response) -> str:
    """The page as people read it: no tags, single spaces."""
    text = re.sub(r"<(script|style|template|svg).*?</\1>", " ", response.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def form(upstream: Upstream | str, **changes: object) -> dict[str, object]:
    address = upstream if isinstance(upstream, str) else f"{upstream.url}/v1"
    told = {
        "type": "openai_compatible",
        "name": "acme",
        "label": "Acme",
        "base_url": address,
        "key": KEY,
        "connect_timeout": "5",
        "read_timeout": "180",
        "test_model": "gpt-5.2",
    }
    return told | changes


def edit_form(client: Client, **changes: object) -> dict[str, object]:
    """The edit form as the page holds it, with changes."""
    page = client.get("/providers/acme/edit").text
    seen = re.search(r'name="version"[^>]*value="([^"]+)"', page)
    url = re.search(r'name="base_url"[^>]*value="([^"]+)"', page)
    assert seen
    assert url
    told = {
        "type": "openai_compatible",
        "label": "Acme",
        "base_url": url[1],
        "key": "",
        "connect_timeout": "5",
        "read_timeout": "180",
        "saved_name": "acme",
        "version": unescape(seen[1]),
    }
    return told | changes


def saved(name: str = "acme") -> ProviderRecord | None:
    with reading() as session:
        return session.scalars(
            select(ProviderRecord).where(ProviderRecord.name == name, ProviderRecord.deleted_at.is_(None))
        ).one_or_none()


class TestTheList:
    def test_an_empty_one_says_what_to_do(self, ada: Client):
        page = ada.get("/providers")
        assert "Nothing is connected yet." in words(page)
        assert "/providers/connect?type=demo" in page.text

    def test_each_row_says_name_type_status_key_and_models(self, ada: Client, runtime: Runtime, upstream: Upstream):
        upstream.script(steps.respond(401, json={"error": {"message": "no", "code": "invalid_api_key"}}), path=CHAT)
        models = [models_domain.Draft("a"), models_domain.Draft("b")]
        provider_registry.register(Actors.ada, runtime, draft(upstream, label="Acme"), models)
        ada.post_form("/providers/acme/test", {"test_model": "a"})
        page = words(ada.get("/providers"))
        for fact in ("Acme", "acme · OpenAI-compatible", "Key refused", "refused; enter it again", "1 provider"):
            assert fact in page
        assert re.search(r"just now|\d+ s ago", page)

    def test_tabs_and_search_are_in_the_address(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, name="first", label="First")
        connect(Actors.ada, runtime, HERE, name="second", label="Second")
        provider_registry.turn(Actors.ada, runtime, "second", on=False)
        off = words(ada.get("/providers?show=off"))
        assert "Second" in off
        assert "First" not in off
        assert "Second" not in words(ada.get("/providers?q=first"))
        assert "No provider matches “zebra”." in words(ada.get("/providers?q=zebra"))
        assert ada.get("/providers?show=nonsense&sort=nonsense&after=nobody").status_code == 200

    def test_the_number_of_queries_does_not_grow(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, name="p0")
        ada.get("/providers")
        with queries() as few:
            ada.get("/providers")
        for number in range(1, 5):
            connect(Actors.ada, runtime, HERE, name=f"p{number}")
        with queries() as many:
            ada.get("/providers")
        assert len(many) == len(few)


class TestConnecting:
    def test_each_type_brings_its_own_fields_prefilled(self, otto: Client):
        page = otto.get("/providers/connect?type=ollama").text
        assert 'value="http://localhost:11434/v1"' in page
        assert 'value="ollama"' in page
        assert "Organization" not in page
        assert "Organization" in otto.get("/providers/connect?type=openai").text
        demo = otto.get("/providers/connect?type=demo").text
        assert 'name="key"' not in demo
        assert 'name="base_url"' not in demo
        assert otto.get("/providers/connect?type=nonsense").status_code == 200

    def test_the_suggested_name_is_free(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, name="vllm")
        assert 'value="vllm-2"' in ada.get("/providers/connect?type=vllm").text

    def test_from_form_to_saved_provider(self, otto: Client, upstream: Upstream):
        ticked = json.dumps(["gpt-5.2", "GPT 5.2", 400000])
        answer = otto.post_form("/providers/connect", form(upstream, models=[ticked], typed_models="other\n"))
        assert answer.status_code == 302
        assert answer.location == "/providers/acme"
        page = otto.get(answer.location)
        assert "Acme is connected, with 2 models." in words(page)
        assert "gpt-5.2" in words(page)
        assert "other" in words(page)
        assert KEY not in page.text

    def test_the_demo_takes_one_click(self, ada: Client):
        answer = ada.post_form("/providers/connect", {"type": "demo", "name": "demo"})
        assert answer.status_code == 302
        assert "demo-small" in words(ada.get("/providers/demo"))

    def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost_but_the_key(self, ada: Client):
        answer = ada.post_form(
            "/providers/connect",
            form("localhost", name="Bad Name", key=CANARY, read_timeout="soon", typed_models="one\ntwo"),
        )
        assert answer.status_code == 422
        page = answer.text
        assert "Write a number of seconds" in page
        answer = ada.post_form(
            "/providers/connect", form("localhost", name="Bad Name", key=CANARY, typed_models="one\ntwo")
        )
        page = answer.text
        assert "Begin the address with https://" in page
        assert "Use small letters" in page
        assert 'value="Bad Name"' in page
        assert 'value="localhost"' in page
        assert "one\ntwo" in page.replace("\r", "")
        assert CANARY not in page
        assert saved() is None

    def test_a_forged_tick_is_ignored_or_told_and_never_a_fault_of_the_portal(self, ada: Client, upstream: Upstream):
        for forged in ("x", "[1]", '["a","b"]', '["a","b","many"]', "{}", '["","",1]', '["a","b",-1]', "null"):
            answer = ada.post_form("/providers/connect", form(upstream, name="forged", models=[forged]))
            assert answer.status_code in (302, 422)
            if answer.status_code == 302:
                ada.post_form("/providers/forged/delete")

    def test_without_a_script_another_card_keeps_all_that_was_typed(self, ada: Client):
        typed = {"connect_timeout": "7", "default_model": "d", "name": "ours", "label": "Mine", "key": KEY}
        answer = ada.post_form("/providers/connect", form(HERE, do="type", type="vllm", shown_type="openai", **typed))
        assert answer.status_code == 200
        for kept in ("ours", "Mine", HERE, "gpt-5.2", "d", "7"):
            assert f'value="{kept}"' in answer.text, kept
        assert 'name="shown_type" value="vllm"' in answer.text
        assert KEY not in answer.text

    def test_another_card_brings_its_own_name_and_address_in_place_of_those_that_were_only_filled_in(self, ada: Client):
        was = form("https://api.openai.com/v1/", do="type", type="mistral", shown_type="openai", name="openai")
        answer = ada.post_form("/providers/connect", was)
        assert 'value="mistral"' in answer.text
        assert 'value="https://api.mistral.ai/v1"' in answer.text
        derived = "https://bedrock-runtime.eu-west-1.amazonaws.com"
        was = form(derived, do="type", type="openai", shown_type="bedrock", setting_region="eu-west-1")
        assert 'value="https://api.openai.com/v1"' in ada.post_form("/providers/connect", was).text

    def test_all_that_is_wrong_is_said_at_once(self, ada: Client):
        answer = ada.post_form("/providers/connect", form("ftp://x", name="No Name", read_timeout="soon"))
        assert answer.status_code == 422
        for said in ("Write a number of seconds", "Begin the address with", "small letters"):
            assert said in words(answer)


class TestTestingAForm:
    def test_the_page_comes_back_with_the_result_and_all_that_was_typed(self, otto: Client):
        with Upstream.openai(key=CANARY, models=["gpt-5.2"]) as up:
            typed = form(f"{up.url}/v1/chat/completions", key=CANARY, typed_models="other", default_model="d")
            answer = otto.post_form("/providers/test", typed)
        assert answer.status_code == 200
        assert SENTENCES[Category.OK].format(provider="Acme") in words(answer)
        assert f'value="{up.url}/v1"' in answer.text
        assert "Cut off /chat/completions" in answer.text
        for kept in ('value="acme"', 'value="Acme"', 'value="d"', "other"):
            assert kept in answer.text
        assert CANARY not in answer.text
        assert saved() is None

    TOLD = (
        (Category.AUTH, steps.respond(401, json={"error": {"message": "no", "code": "invalid_api_key"}})),
        (Category.ENDPOINT, steps.respond(404, text="404 page not found")),
        (Category.ENDPOINT, steps.redirect("https://elsewhere.test/")),
        (Category.HTML, steps.html()),
        (Category.SHAPE, steps.respond(json={"models": []})),
        (Category.BILLING, steps.respond(402, json={"error": {"message": "no"}})),
        (Category.RATE_LIMIT, steps.respond(429, json={"error": {"message": "slow down"}})),
        (Category.SERVER, steps.respond(503, json={"error": {"message": "loading"}})),
        (
            Category.MODEL_NOT_FOUND,
            steps.respond(404, json={"error": {"message": "The model does not exist", "code": "model_not_found"}}),
        ),
        (Category.REJECTED, steps.respond(400, json={"error": {"message": "no"}})),
        (Category.CONNECT, steps.reset()),
    )

    @pytest.mark.parametrize(("category", "step"), TOLD)
    def test_every_fault_is_said_in_our_words(self, ada: Client, upstream: Upstream, category: Category, step):
        upstream.script(step, path=CHAT)
        answer = ada.post_form("/providers/test", form(upstream))
        said = SENTENCES[category].format(provider="Acme").replace("this key", "the key that was typed")
        assert said in words(answer)

    def test_what_the_provider_said_is_shown_as_text(self, ada: Client, upstream: Upstream):
        upstream.script(steps.respond(400, json={"error": {"message": "<script>alert(1)</script>"}}), path=CHAT)
        answer = ada.post_form("/providers/test", form(upstream))
        assert "<script>alert" not in answer.text
        assert "alert(1)" in answer.text

    def test_a_missing_part_has_its_own_sentence(self, ada: Client):
        for changes, category in (
            ({"type": "openai", "key": "", "base_url": "https://api.openai.com/v1"}, Category.NEED_KEY),
            ({"base_url": ""}, Category.NEED_URL),
            ({"test_model": ""}, Category.NEED_MODEL),
        ):
            answer = ada.post_form("/providers/test", form(HERE, **changes))
            assert SENTENCES[category].format(provider="Acme") in words(answer)

    def test_a_key_of_another_make_is_doubted_not_refused(self, ada: Client, upstream: Upstream):
        answer = ada.post_form("/providers/test", form(upstream, type="openai", key="0123456789abcdef"))
        assert "OpenAI keys begin with sk-, and this one does not." in words(answer)

    def test_models_are_discovered_in_the_form_and_stay_ticked(self, otto: Client):
        with Upstream.openai(key=KEY, models=["gpt-5.2", "text-embedding-3-large"]) as up:
            found = otto.post_form("/providers/discover", form(up))
            assert "Acme lists 2 models." in words(found)
            assert "probably not for chats" in words(found)
            value = unescape(re.search(r'name="models"[^>]*value="([^"]+)" checked', found.text)[1])
            tested = otto.post_form("/providers/test", form(up, models=[value]))
            assert re.search(r'name="models"[^>]*checked', tested.text)
            refused = otto.post_form("/providers/discover", form(up, key="sk-no"))
            assert SENTENCES[Category.AUTH].format(provider="Acme") in words(refused)


class TestAProvidersPage:
    def test_it_tells_how_the_provider_stands(self, ada: Client, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
            provider_registry.register(Actors.ada, runtime, draft(up, label="Acme"), [models_domain.Draft("gpt-5.2")])
            before = words(ada.get("/providers/acme"))
            assert "Acme has not been tested since its key and address were saved." in before
            answer = ada.post_form("/providers/acme/test", follow_redirects=True)
        page = words(answer)
        assert "Acme answers." in page
        assert "The default is gpt-5.2" in page
        assert "connect 5 s, answer 180 s" in page
        assert "It takes 1 model and one key with it. Checks and audit stay." in page

    def test_a_moved_provider_says_that_it_needs_its_key_again(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, label="Acme")
        form = edit_form(ada, base_url="http://127.0.0.2:9/v1")
        answer = ada.post_form("/providers/acme/edit", form, follow_redirects=True)
        page = words(answer)
        assert "Acme has a new address and needs its key again." in page
        assert "Acme needs its key again." in page
        assert "needs its key again" in words(ada.get("/providers"))
        back = words(ada.post_form("/providers/acme/edit", edit_form(ada, base_url=HERE), follow_redirects=True))
        assert "needs its key again" not in back, "its key is encrypted for just this address"

    def test_what_is_not_the_keys_fault_does_not_ask_for_the_key(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, "http://127.0.0.1:9/v1", label="Acme")
        page = ada.post_form("/providers/acme/test", follow_redirects=True).text
        assert "Enter its key again" not in page
        assert "Change its settings" in page

    def test_an_unknown_name_is_404(self, ada: Client):
        assert ada.get("/providers/nobody").status_code == 404
        assert ada.get("/providers/nobody/edit").status_code == 404
        for action in ("test", "keys", "enable", "disable", "delete", "edit"):
            assert ada.post_form(f"/providers/nobody/{action}", {"key": "sk-1"}).status_code == 404

    def test_a_check_of_another_provider_is_not_shown(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, name="a", label="First")
        connect(Actors.ada, runtime, HERE, name="b", label="Second")
        ada.post_form("/providers/b/test", {"test_model": "m"})
        with reading() as session:
            check_id = session.scalars(select(CheckRecord.id)).one()
        assert "There is no connection to Second." in words(ada.get(f"/providers/b?check={check_id}"))
        assert "There is no connection" not in words(ada.get(f"/providers/a?check={check_id}"))
        assert ada.get("/providers/a?check=nonsense").status_code == 200


class TestChanging:
    def test_a_second_administrators_change_is_shown_and_nothing_typed_is_lost(
        self, ada: Client, otto: Client, runtime
    ):
        connect(Actors.ada, runtime, HERE, label="Acme")
        mine = edit_form(ada, label="Mine")
        assert otto.post_form("/providers/acme/edit", edit_form(otto, label="Theirs")).status_code == 302
        answer = ada.post_form("/providers/acme/edit", mine)
        assert answer.status_code == 409
        page = words(answer)
        assert "While you had this open, Theirs changed." in page
        assert "Stored now: “Theirs”." in page
        assert 'value="Mine"' in answer.text
        assert saved().label == "Theirs"
        mine["version"] = unescape(re.search(r'name="version"[^>]*value="([^"]+)"', answer.text)[1])
        assert ada.post_form("/providers/acme/edit", mine).status_code == 302
        assert saved().label == "Mine"

    def test_the_edit_form_never_holds_the_key(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, key=CANARY)
        page = ada.get("/providers/acme/edit").text
        assert CANARY not in page
        assert "Leave blank to keep the stored one" in page

    def test_a_saved_form_can_be_tested_before_it_is_saved(self, otto: Client, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
            connect(Actors.ada, runtime, up, label="Acme")
            answer = otto.post_form("/providers/test", edit_form(otto, test_model="gpt-5.2", label="Unsaved"))
        assert SENTENCES[Category.OK].format(provider="Unsaved") in words(answer)
        assert "Change Acme" in words(answer)
        assert saved().label == "Acme"

    def test_off_and_on_and_gone(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, label="Acme")
        assert "Acme is turned off." in words(ada.post_form("/providers/acme/disable", follow_redirects=True))
        assert "Acme serves again." in words(ada.post_form("/providers/acme/enable", follow_redirects=True))
        assert "Acme is deleted." in words(ada.post_form("/providers/acme/delete", follow_redirects=True))
        assert ada.get("/providers/acme").status_code == 404


GETS = ("/providers", "/providers/connect", "/providers/acme", "/providers/acme/edit")
POSTS = (
    "/providers/connect",
    "/providers/test",
    "/providers/discover",
    "/providers/acme/edit",
    "/providers/acme/test",
    "/providers/acme/keys",
    "/providers/acme/enable",
    "/providers/acme/disable",
    "/providers/acme/delete",
)


class TestWhoMay:
    def test_uma_and_eve_see_nothing_and_send_nothing(self, uma: Client, eve: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        for client in (uma, eve):
            for path in GETS:
                assert client.get(path).status_code == 403
            for path in POSTS:
                assert client.post_form(path, form(HERE, name="other")).status_code == 403
        assert saved("other") is None
        assert saved() is not None

    def test_an_operator_is_not_offered_what_only_an_administrator_may(
        self, otto: Client, ada: Client, runtime: Runtime
    ):
        connect(Actors.ada, runtime, HERE, label="Acme")
        page = otto.get("/providers/acme").text
        assert "/providers/acme/disable" in page
        assert "/providers/acme/delete" not in page
        assert "Delete key" not in page
        assert otto.post_form("/providers/acme/delete").status_code == 403
        assert "/providers/acme/delete" in ada.get("/providers/acme").text

    def test_without_a_token_nothing_is_changed(self, ada: Client, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        for path in POSTS:
            assert ada.post(path, data=form(HERE, name="other")).status_code == 400
        assert saved() is not None

    def test_a_draft_is_what_its_name_says(self):
        assert CANARY not in repr(Draft("openai", key=CANARY))
