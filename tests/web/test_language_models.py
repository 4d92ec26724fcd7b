"""The Models pages over HTTP: what each person may do, and what a form says when it is refused."""

import json
import re
from collections.abc import Callable
from html import unescape
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from portal.dialects.secret import Secret
from portal.domain.language_models import Draft
from portal.services.keys import shared_keys
from portal.services.language_models import publishing
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.chats import ChatRecord
from portal.store.people import RoleRecord, UserRecord, UserRoleRecord
from portal.store.providers import ProviderRecord
from tests.conftest import CANARY, Actors, Client
from tests.connecting import KEY
from tests.connecting import connect as connect_provider
from tests.services.published import connect
from tests.upstream import Upstream


@pytest.fixture
def model_id(app: Flask, runtime: Runtime, actors: Actors) -> UUID:
    connect("acme", "openai")
    return publishing.publish(actors.ada, runtime, "acme", Draft("m1", display_name="Model One")).id


def read(runtime: Runtime, actors: Actors, model_id: UUID) -> publishing.LanguageModelView:
    return publishing.read(actors.ada, runtime, model_id)


def form_of(runtime: Runtime, actors: Actors, model_id: UUID, **changes: object) -> dict[str, object]:
    """What the edit form would send as it stands, with these fields changed."""
    model = read(runtime, actors, model_id)
    return {
        "version": model.version,
        "wire_name": model.wire_name,
        "display_name": model.display_name,
        "context_limit": str(model.context_limit),
        "features": list(model.features),
        "capabilities": list(model.capabilities),
        "chats": ["y"] if model.chats else [],
    } | changes


def test_who_may_only_look_sees_the_list_and_no_buttons(
    app: Flask, model_id: UUID, sign_in: Callable[[UUID], Client], runtime: Runtime
) -> None:
    with transaction() as session:
        role = session.scalars(select(RoleRecord).where(RoleRecord.built_in == "auditor")).one()
        person = UserRecord(email="audrey@example.org", name="Audrey", password_hash="-", created_at=runtime.now())
        session.add(person)
        session.flush()
        session.add(UserRoleRecord(user_id=person.id, role_id=role.id))
    audrey = sign_in(person.id)
    page = audrey.get("/models").text
    assert "Model One" in page
    for button in ("Discover models", "Type a name", "Turn off", f"/models/{model_id}/"):
        assert button not in page
    assert audrey.get(f"/models/{model_id}/edit").status_code == 403
    assert audrey.post_form(f"/models/{model_id}/default").status_code == 403


def test_a_developer_has_no_way_in(app: Flask, model_id: UUID, uma: Client) -> None:
    answer = uma.get("/models")
    assert answer.status_code == 403
    assert "Model One" not in answer.text


def test_eve_reaches_nothing(app: Flask, model_id: UUID, eve: Client) -> None:
    for path in ("/models", "/models/new", "/models/discover", f"/models/{model_id}/edit"):
        assert eve.get(path).status_code == 403
    for path in ("default", "enable", "disable", "move", "delete", "edit", "preview"):
        assert eve.post_form(f"/models/{model_id}/{path}").status_code == 403
    for path in ("new", "discover", "publish"):
        assert eve.post_form(f"/models/{path}").status_code == 403


def test_an_operator_changes_models_and_does_not_delete_them(
    app: Flask, model_id: UUID, otto: Client, runtime: Runtime, actors: Actors
) -> None:
    assert otto.post_form(f"/models/{model_id}/disable").status_code == 302
    assert not read(runtime, actors, model_id).enabled
    assert b"Delete model" not in otto.get(f"/models/{model_id}/edit").data
    assert otto.post_form(f"/models/{model_id}/delete").status_code == 403


def test_the_list_says_why_a_model_cannot_be_used(app: Flask, model_id: UUID, ada: Client) -> None:
    page = ada.get("/models").text
    assert "Model One" in page
    assert "its provider has no key" in page
    assert "needs a key" in page
    assert "Model One is the default" in page


def test_filters_are_kept_in_the_address(app: Flask, model_id: UUID, ada: Client) -> None:
    assert "No model passes these filters." in ada.get("/models?usable=yes").text
    assert "Model One" in ada.get("/models?q=one&usable=no&provider=acme&page=999").text
    assert ada.get("/models?page=x&can=flight&usable=perhaps&feature=poetry").status_code == 200


def test_an_empty_portal_says_what_to_do_next(app: Flask, ada: Client) -> None:
    assert "No model is published yet." in ada.get("/models").text
    assert "No provider is connected yet." in ada.get("/models/new").text
    assert "No provider is connected yet." in ada.get("/models/discover").text


def test_a_model_is_published_by_typing_its_name(app: Flask, ada: Client) -> None:
    connect()
    answer = ada.post_form(
        "/models/new", {"provider": "local", "wire_name": "qwen3:30b", "context_limit": "32,768"}, follow_redirects=True
    )
    assert answer.status_code == 200
    assert "qwen3:30b is published. It is the default." in answer.text
    assert "32.8 k" in answer.text


def test_everything_that_is_wrong_is_said_at_once(app: Flask, model_id: UUID, ada: Client) -> None:
    answer = ada.post_form("/models/new", {"provider": "acme", "wire_name": "", "name": "m 2", "context_limit": "many"})
    assert answer.status_code == 422
    assert answer.text.count("Type what the provider calls the model, like gpt-5.2.") == 1
    assert "The name holds a space or a line break. Take it out." in answer.text
    assert "The context limit is a whole number of tokens above 0, like 128000." in answer.text


def test_a_refused_name_comes_back_with_its_sentence_and_what_was_typed(
    app: Flask, model_id: UUID, ada: Client
) -> None:
    answer = ada.post_form(
        "/models/new", {"provider": "acme", "wire_name": "m1", "display_name": "Kept <b>", "context_limit": "8000"}
    )
    assert answer.status_code == 422
    assert "Acme already has a model named m1" in answer.text
    assert "Kept &lt;b&gt;" in answer.text
    answer = ada.post_form("/models/new", {"provider": "acme", "wire_name": "m 2", "context_limit": "many"})
    assert "holds a space" in answer.text
    assert "whole number of tokens above 0" in answer.text


def test_options_are_saved_and_shown_as_they_go_upstream(
    app: Flask, model_id: UUID, ada: Client, runtime: Runtime, actors: Actors
) -> None:
    form = form_of(runtime, actors, model_id, temperature="0.3", max_output_tokens="4096", price_input="1.75")
    assert ada.post_form(f"/models/{model_id}/edit", form).status_code == 302
    saved = read(runtime, actors, model_id)
    assert saved.options == {"temperature": 0.3, "max_output_tokens": 4096}
    assert saved.prices == {"input": "1.75"}
    page = ada.get(f"/models/{model_id}/edit").text
    assert "&#34;temperature&#34;: 0.3" in page
    assert "[ … ]" in page


def test_an_option_with_two_answers_is_a_list_and_can_be_unset_again(
    app: Flask, model_id: UUID, ada: Client, runtime: Runtime, actors: Actors
) -> None:
    form = form_of(runtime, actors, model_id, parallel_tool_calls="no")
    assert ada.post_form(f"/models/{model_id}/edit", form).status_code == 302
    assert read(runtime, actors, model_id).options == {"parallel_tool_calls": False}
    assert '<option selected value="no">' in ada.get(f"/models/{model_id}/edit").text
    form = form_of(runtime, actors, model_id, parallel_tool_calls="")
    assert ada.post_form(f"/models/{model_id}/edit", form).status_code == 302
    assert read(runtime, actors, model_id).options == {}


def test_the_preview_follows_what_is_typed_and_saves_nothing(
    app: Flask, model_id: UUID, ada: Client, runtime: Runtime, actors: Actors
) -> None:
    answer = ada.post_form(f"/models/{model_id}/preview", form_of(runtime, actors, model_id, temperature="0.5"))
    assert '"temperature": 0.5' in answer.text
    assert '"model": "m1"' in answer.text
    assert read(runtime, actors, model_id).options == {}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("temperature", "9", "Choose 0 to 2"),
        ("max_output_tokens", "lots", "whole number"),
        ("context_limit", "0", "whole number of tokens above 0"),
        ("features", [], "Tick at least one use"),
        ("price_output", "cheap", "US dollars per 1M tokens"),
        ("max_files", "-3", "whole number from 1"),
        ("wire_name", "", "required"),
    ],
)
def test_each_fault_stands_beside_its_field_and_nothing_is_saved(
    app: Flask,
    model_id: UUID,
    ada: Client,
    runtime: Runtime,
    actors: Actors,
    field: str,
    value: object,
    sentence: str,
) -> None:
    before = read(runtime, actors, model_id)
    form = form_of(runtime, actors, model_id, description="kept words") | {field: value}
    answer = ada.post_form(f"/models/{model_id}/edit", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "kept words" in answer.text
    assert read(runtime, actors, model_id) == before


def test_somebody_elses_change_is_not_overwritten_and_nothing_typed_is_lost(
    app: Flask, model_id: UUID, ada: Client, otto: Client, runtime: Runtime, actors: Actors
) -> None:
    adas = form_of(runtime, actors, model_id, description="Ada’s words")
    assert (
        otto.post_form(
            f"/models/{model_id}/edit", form_of(runtime, actors, model_id, display_name="Otto’s")
        ).status_code
        == 302
    )
    answer = ada.post_form(f"/models/{model_id}/edit", adas)
    assert answer.status_code == 409
    assert "Stored now: “Otto’s”." in answer.text
    assert "Ada’s words" in answer.text
    assert read(runtime, actors, model_id).display_name == "Otto’s"


def test_the_sheet_is_a_part_of_the_page_and_is_told_where_to_go(
    app: Flask, model_id: UUID, ada: Client, runtime: Runtime, actors: Actors
) -> None:
    part = ada.get(f"/models/{model_id}/edit", headers={"X-Part": "sheet"}).text
    assert "<html" not in part
    assert 'id="sheet-title"' in part
    answer = ada.post_form(
        f"/models/{model_id}/edit", form_of(runtime, actors, model_id, display_name="New"), headers={"X-Part": "sheet"}
    )
    assert (answer.status_code, answer.headers["X-Go"]) == (204, "/models")


def test_the_star_moves_and_deleting_names_the_heir(
    app: Flask, model_id: UUID, ada: Client, runtime: Runtime, actors: Actors
) -> None:
    other = publishing.publish(actors.ada, runtime, "acme", Draft("m2", display_name="Model Two")).id
    ada.post_form(f"/models/{other}/default")
    assert read(runtime, actors, other).is_default
    assert "<strong>Model One</strong> becomes the default" in ada.get(f"/explain/impact/models/{other}/delete").text
    answer = ada.post_form(f"/models/{other}/delete", follow_redirects=True)
    assert "Model Two is deleted." in answer.text
    assert read(runtime, actors, model_id).is_default


def test_deleting_names_how_many_chats_are_set_to_it(
    app: Flask, model_id: UUID, ada: Client, runtime: Runtime, actors: Actors
) -> None:
    path = f"/explain/impact/models/{model_id}/delete"
    assert "set to it" not in ada.get(path).text
    with transaction() as session:
        for _ in range(2):
            now = runtime.now()
            session.add(ChatRecord(user_id=actors.uma.id, language_model_id=model_id, created_at=now, changed_at=now))
    assert "2 chats are set to it and go on with what answers otherwise." in ada.get(path).text


def test_a_model_that_is_not_there_is_not_found(app: Flask, ada: Client) -> None:
    assert ada.get(f"/models/{uuid4()}/edit").status_code == 404
    assert ada.post_form(f"/models/{uuid4()}/delete").status_code == 404
    assert ada.get("/models/nonsense/edit").status_code == 404


def test_going_back_stays_on_the_list(app: Flask, model_id: UUID, ada: Client) -> None:
    answer = ada.post_form(f"/models/{model_id}/disable", {"back": "provider=acme&q=one"})
    assert answer.headers["Location"] == "/models?provider=acme&q=one"
    answer = ada.post_form(f"/models/{model_id}/enable", {"back": "//evil.example.org\r\nX: y"})
    assert answer.headers["Location"] == "/models"


def test_discovered_models_are_ticked_and_published_together(
    app: Flask, otto: Client, runtime: Runtime, actors: Actors
) -> None:
    with Upstream.openai(key=CANARY, models=["m1", "m2", "m3"]) as up:
        provider_id = connect("acme", "openai_compatible", base_url=f"{up.url}/v1")
        with transaction() as session:
            shared_keys.add(session, runtime, actors.ada, session.get_one(ProviderRecord, provider_id), Secret(CANARY))
        assert len(up.requests) == 0
        assert otto.get("/models/discover?provider=acme").status_code == 200
        assert len(up.requests) == 0, "drawing a page asks nobody"
        page = otto.post_form("/models/discover", {"provider": "acme"}).text
    assert "Acme lists 3 models: 3 new, 0 published already" in page
    assert CANARY not in page
    rows = [unescape(value) for value in re.findall(r'name="row" value="([^"]+)"', page)]
    assert len(rows) == 3
    ticks = {
        "provider": "acme",
        "row": rows,
        "pick": ["m1", "m3"],
        "context_limit:m1": "64,000",
        "price_input:m1": "1.75",
        "price_output:m1": "14",
        "context_limit:m2": "not looked at",
        "context_limit:m3": "8000",
    }
    answer = otto.post_form("/models/publish", ticks, follow_redirects=True)
    assert "2 models are published." in answer.text
    assert "64 k" in answer.text
    assert "$1.75" in answer.text
    refused = otto.post_form("/models/publish", ticks)
    assert refused.status_code == 422
    assert "Acme already has a model named m1" in refused.text
    assert 'value="64,000"' in refused.text
    assert 'value="not looked at"' in refused.text


def test_asking_again_keeps_what_was_ticked_and_typed(app: Flask, otto: Client) -> None:
    connect("acme", "demo")
    page = otto.post_form("/models/discover", {"provider": "acme"}).text
    rows = [unescape(value) for value in re.findall(r'name="row" value="([^"]+)"', page)]
    typed = {"context_limit:demo-small": "7777", "price_input:demo-large": "3.25", "context_limit:demo-large": "32000"}
    sent = {"provider": "acme", "listed_of": "acme", "row": rows, "pick": ["demo-large"], **typed}
    page = otto.post_form("/models/discover", sent).text
    assert 'name="context_limit:demo-small" value="7777"' in page
    assert 'name="price_input:demo-large" value="3.25"' in page
    assert re.search(r'value="demo-large" checked', page)
    assert not re.search(r'value="demo-small" checked', page)


def test_a_script_publishes_in_parts_and_is_told_where_to_go_at_the_end(app: Flask, otto: Client) -> None:
    connect("acme", "demo")
    head = {"X-Part": "batch"}
    rows = [json.dumps([f"m{number}", f"M {number}", 8000]) for number in range(4)]
    first = {"provider": "acme", "row": rows[:2], "pick": ["m0", "m1"], "done": "0"}
    assert otto.post_form("/models/publish", first, headers=head).get_json() == {"published": 2}
    again = otto.post_form("/models/publish", first, headers=head)
    assert again.status_code == 409 or again.status_code == 422
    assert "Acme already has a model named m0" in again.text
    rest = {"provider": "acme", "row": rows[2:], "pick": ["m2", "m3"], "done": "2", "last": "1"}
    told = otto.post_form("/models/publish", rest, headers=head).get_json()
    assert told == {"published": 2, "go": "/models?provider=acme"}
    assert "4 models are published." in otto.get(told["go"]).text


def test_models_that_are_gone_are_turned_off_from_the_listing(app: Flask, otto: Client, runtime, actors) -> None:
    connect("acme", "demo")
    for name in ("demo-small", "old-1", "old-2"):
        publishing.publish(actors.ada, runtime, "acme", Draft(name))
    page = otto.post_form("/models/discover", {"provider": "acme"}).text
    assert "2 published models are no longer listed." in page
    assert "Asked for the first time." in page
    gone = re.findall(r'name="gone" value="([^"]+)"', page)
    answer = otto.post_form("/models/turn-off-gone", {"provider": "acme", "gone": gone}, follow_redirects=True)
    assert "2 models that Acme no longer lists: turned off." in answer.text
    page = otto.post_form("/models/discover", {"provider": "acme"}).text
    assert "no longer listed." not in page
    assert "Asked before:" in page


def test_a_forged_listing_publishes_nothing_and_breaks_nothing(app: Flask, ada: Client) -> None:
    connect()
    for row in ("x", "[]", "[1]", "null", '["a"]', '["a","b","c"]', '["a","b",1,["x"]]', '["a","b",1,{"input":[]}]'):
        answer = ada.post_form("/models/publish", {"provider": "local", "row": row, "pick": ["a", "1"]})
        assert answer.status_code in (302, 422)


def test_publishing_nothing_says_so(app: Flask, ada: Client) -> None:
    connect()
    answer = ada.post_form("/models/publish", {"provider": "local", "row": '["m1","m1",8000]'})
    assert answer.status_code == 422
    assert "No model is ticked." in answer.text


def test_a_failed_discovery_is_told_in_words(app: Flask, ada: Client) -> None:
    connect("acme", "openai")
    page = ada.post_form("/models/discover", {"provider": "acme"}).text
    assert "Enter a key for this provider" in page
    assert ada.post_form("/models/discover", {"provider": "nobody"}).status_code == 302


def test_one_model_is_tested_from_its_page(app: Flask, ada: Client, runtime: Runtime, actors: Actors) -> None:
    with Upstream.openai(key=KEY, models=["m1", "m2"]) as up:
        connect_provider(actors.ada, runtime, up, test_model="m1")
        model = publishing.publish(actors.ada, runtime, "acme", Draft("m2"))
        assert f'action="/models/{model.id}/test"' in ada.get(f"/models/{model.id}/edit").text
        page = ada.post_form(f"/models/{model.id}/test", follow_redirects=True).text
        assert {request.json["model"] for request in up.requests if request.method == "POST"} == {"m2"}
    assert "answered. The address, the key and the model work." in page
    assert "connected in" in page
    assert "tested a model" in ada.get("/health-checks").text
