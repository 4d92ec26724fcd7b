"""Overrides and Agents over HTTP: who sees them, what a form keeps, what is said beside its fields; AI switched off."""

import re
from html import unescape
from uuid import UUID

import pytest

from portal.domain.language_models import Draft as ModelDraft
from portal.domain.permissions import Permission
from portal.services.chat import chats
from portal.services.language_models import lifecycle, publishing
from portal.services.overrides import contexts, gates, own, pins
from portal.services.overrides.choices import Typed
from portal.services.overrides.contexts import Draft
from portal.services.people import roles
from portal.services.selection import choosing
from portal.store.base import transaction
from portal.store.people import UserRoleRecord
from tests.conftest import Actors
from tests.services.published import connect

AI_OFF = "AI is switched off for everybody. An administrator can switch it on again."


@pytest.fixture
def models(app, runtime) -> dict[str, UUID]:
    connect()
    made = {
        name: publishing.publish(Actors.ada, runtime, "local", ModelDraft(name, display_name=name.upper())).id
        for name in ("m1", "m2", "off")
    }
    lifecycle.turn(Actors.ada, runtime, made["off"], on=False)
    return made


def text_of(answer) -> str:
    """The page without its tags, as one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def field(answer, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.text)
    assert found, f"no field {name}"
    return found[1]


def test_who_may_see_overrides_who_may_change_them_and_who_has_their_own(ada, otto, uma, eve, models):
    assert [client.get("/overrides").status_code for client in (ada, otto, uma, eve)] == [200, 200, 403, 403]
    assert [client.get("/agents").status_code for client in (ada, otto, uma, eve)] == [200, 403, 200, 403]
    for client in (uma, eve):
        for path in ("/overrides/pins/general", "/overrides/gates/ai", "/overrides/new-context"):
            assert client.post_form(path, {"model": "local:m1", "turn": "off"}).status_code == 403
    assert eve.post_form("/agents/choices/general", {"model": "local:m1"}).status_code == 403


def test_who_may_only_look_gets_no_buttons(uma, app, runtime, models):
    role_id = roles.create(Actors.ada, runtime, "Looker", "", [Permission.PROVIDER_VIEW])
    with transaction() as session:
        session.add(UserRoleRecord(user_id=Actors.uma.id, role_id=role_id))
    page = uma.get("/overrides")
    assert page.status_code == 200
    assert "Personal overrides" in page.text
    for link in ("/overrides/pins/", "/overrides/gates/", "/overrides/new-context"):
        assert link not in page.text


def test_a_pin_is_set_changed_and_cleared(ada, runtime, models):
    form = ada.get("/overrides/pins/general")
    assert form.status_code == 200
    typed = {"model": "local:m2", "effort": "high", "version": field(form, "version")}
    page = ada.post_form("/overrides/pins/general", typed, follow_redirects=True)
    assert "M2 is pinned to General." in text_of(page)
    assert "local:m2 effort high Serves M1 local:m1 The default" in text_of(page)
    again = ada.get("/overrides/pins/general")
    assert 'value="local:m2"' in again.text
    assert re.search(r'<option selected value="high">', again.text)
    page = ada.post_form("/overrides/pins/general/clear", {"version": field(again, "version")}, follow_redirects=True)
    assert "Nothing is pinned to General any more." in text_of(page)


def test_a_model_that_cannot_be_used_is_pinned_with_a_warning_there_and_on_the_row(ada, models):
    page = ada.save_form("/overrides/pins/explore", {"model": "local:off"}, follow_redirects=True)
    assert (
        "OFF is pinned to Explore, but cannot be used now: the model is off. It is passed over until it can."
        in text_of(page)
    )
    assert 'data-flash="attention"' in page.text
    assert "Passed over the model is off" in text_of(page)


def test_what_cannot_be_pinned_is_said_beside_its_field_and_stays_typed(ada, models):
    answer = ada.post_form("/overrides/pins/general", {"model": "local:m3", "effort": "low", "version": ""})
    assert answer.status_code == 422
    assert re.search(r'id="model-fault">No model is called “local:m3”', answer.text)
    assert 'value="local:m3"' in answer.text
    assert '<option selected value="low">' in answer.text


def test_an_older_form_is_refused_with_what_is_pinned_now_and_saves_knowingly_afterwards(ada, runtime, models):
    pins.pin(Actors.otto, runtime, "general", Typed("local:m1"))
    answer = ada.post_form("/overrides/pins/general", {"model": "local:m2", "version": ""})
    assert answer.status_code == 409
    assert "Stored now: local:m1." in text_of(answer)
    assert 'value="local:m2"' in answer.text
    again = ada.post_form("/overrides/pins/general", {"model": "local:m2", "version": field(answer, "version")})
    assert again.status_code == 302
    assert ada.post_form("/overrides/pins/general/clear", {"version": ""}).status_code == 409


def test_unknown_contexts_and_gates_are_not_there(ada, uma, models):
    for path in ("/overrides/pins/astrology", "/overrides/contexts/general", "/overrides/gates/weather"):
        assert ada.get(path).status_code == 404
        assert ada.post_form(path, {"model": "local:m1", "turn": "off"}).status_code == 404
    assert uma.get("/agents/choices/astrology").status_code == 404
    assert uma.post_form("/agents/choices/astrology/clear", {}).status_code == 404
    assert ada.get("/overrides/models?context=astrology&q=m").status_code == 404
    assert ada.get("/overrides/pins/root").status_code == 409


def test_a_search_answers_with_addresses(ada, uma, models):
    found = ada.get("/overrides/models?context=general&q=o").get_json()["models"]
    assert {"value": "local:off", "label": "OFF", "note": "the model is off"} in found
    mine = uma.get("/agents/models?context=general&q=").get_json()["models"]
    assert [model["value"] for model in mine] == ["local:m1", "local:m2"]


def test_a_context_is_added_edited_and_removed_after_saying_what_is_lost(ada, runtime, models):
    typed = {"name": "code_review", "label": "Code review", "feature": "reviews", "personal": "y"}
    added = ada.post_form("/overrides/new-context", typed)
    assert added.location == "/overrides/pins/code_review"
    pins.pin(Actors.ada, runtime, "code_review", Typed("local:m2"))
    own.set_mine(Actors.uma, runtime, "code_review", Typed("local:m1"))
    form = ada.get("/overrides/contexts/code_review")
    assert "The pin M2 (local:m2) goes with it; 1 person loses a choice of their own." in text_of(form)
    changed = {"label": "Reviews", "feature": "reviews", "capabilities": ["tools"], "version": field(form, "version")}
    assert ada.post_form("/overrides/contexts/code_review", changed).status_code == 302
    assert contexts.find(Actors.ada, runtime, "code_review").draft.capabilities == ("tools",)
    assert ada.post_form("/overrides/contexts/code_review", changed).status_code == 409
    page = ada.post_form("/overrides/contexts/code_review/remove", follow_redirects=True)
    assert "The context Reviews is removed." in text_of(page)
    assert ada.get("/overrides/contexts/code_review").status_code == 404


def test_a_context_that_cannot_be_added_keeps_what_was_typed(ada):
    answer = ada.post_form(
        "/overrides/new-context",
        {"name": "Code Review", "label": "", "explanation": "For the bot.", "feature": "reviews"},
    )
    assert answer.status_code == 422
    assert 'id="name-fault"' in answer.text
    assert 'id="label-fault"' in answer.text
    assert "For the bot." in answer.text
    assert '<option selected value="reviews">' in answer.text


def test_a_gate_says_whom_it_changes_before_it_is_turned(ada, runtime, models):
    own.set_mine(Actors.uma, runtime, "general", Typed("local:m2"))
    page = ada.get("/overrides/gates/personal_overrides")
    assert "Turning this off changes 1 person with a choice of their own." in text_of(page)
    assert gates.is_on(runtime, "personal_overrides")
    turned = ada.post_form("/overrides/gates/personal_overrides", {"turn": "off"}, follow_redirects=True)
    assert "Personal overrides: now off, for everybody." in text_of(turned)
    assert not gates.is_on(runtime, "personal_overrides")
    assert "Turn on" in ada.get("/overrides/gates/personal_overrides").text
    again = ada.post_form("/overrides/gates/personal_overrides", {"turn": "off"}, follow_redirects=True)
    assert "already off" in text_of(again)
    ada.post_form("/overrides/gates/personal_overrides", {"turn": "sideways"})
    assert not gates.is_on(runtime, "personal_overrides")


def test_one_s_own_choice_is_set_shown_with_what_there_is_without_it_and_cleared(uma, ada, runtime, models):
    form = uma.get("/agents/choices/general")
    page = uma.post_form(
        "/agents/choices/general",
        {"model": "local:m2", "effort": "low", "version": field(form, "version")},
        follow_redirects=True,
    )
    assert "M2 answers for you in General." in text_of(page)
    assert "M2 local:m2 effort low Answers M1 local:m1 because it is the default" in text_of(page)
    assert "local:m2" not in ada.get("/agents").text
    again = uma.get("/agents/choices/general")
    assert uma.post_form("/agents/choices/general/clear", {"version": ""}).status_code == 409
    page = uma.post_form("/agents/choices/general/clear", {"version": field(again, "version")}, follow_redirects=True)
    assert "You have no choice of your own for General any more." in text_of(page)


def test_a_choice_that_one_cannot_use_is_refused_beside_its_field(uma, models):
    answer = uma.post_form("/agents/choices/general", {"model": "local:off", "version": ""})
    assert answer.status_code == 422
    assert re.search(r'id="model-fault">This model is turned off\.', answer.text)
    assert 'value="local:off"' in answer.text


def test_while_the_gate_is_off_the_page_is_for_reading(uma, runtime, models):
    own.set_mine(Actors.uma, runtime, "general", Typed("local:m2"))
    gates.turn(Actors.ada, runtime, "personal_overrides", on=False)
    page = uma.get("/agents")
    assert "Personal overrides are switched off for everybody." in text_of(page)
    assert "local:m2" in page.text
    assert "/agents/choices/" not in page.text
    for path, typed in (("/agents/choices/general", {"model": "local:m1"}), ("/agents/choices/general/clear", {})):
        answer = uma.post_form(path, typed)
        assert answer.status_code == 403
        assert "switched off for everybody" in text_of(answer)
    assert choosing.current_catalog(runtime).personal_overrides[Actors.uma.id]


def test_contexts_closed_to_people_are_denied(uma, runtime, models):
    contexts.add(Actors.ada, runtime, Draft("code_review", "Code review", personal=False))
    assert "Code review" not in uma.get("/agents").text
    assert uma.post_form("/agents/choices/code_review", {"model": "local:m1"}).status_code == 403


def test_the_trail_says_who_turned_and_pinned_what(ada, uma, runtime, models):
    ada.save_form("/overrides/pins/general", {"model": "local:m2"})
    uma.save_form("/agents/choices/general", {"model": "local:m1"})
    ada.post_form("/overrides/gates/ai", {"turn": "off"})
    said = text_of(ada.get("/audit"))
    for words in ("pinned a model to General", "chose a model of their own for General", "turned the gate AI"):
        assert words in said


def composer_of(client) -> tuple[str, dict[str, str]]:
    page = client.get("/chat")
    path = re.search(r'action="(/chat/[^"]+/turns)"', page.text)[1]
    return path, {"client_id": field(page, "client_id"), "new": "yes"}


def test_while_ai_is_off_the_chat_says_so_and_keeps_what_was_typed(uma, ada, runtime, models):
    gates.turn(Actors.ada, runtime, "ai", on=False)
    assert AI_OFF in text_of(uma.get("/chat"))
    assert "/overrides/gates/ai" not in uma.get("/chat").text
    assert "/overrides/gates/ai" in ada.get("/chat").text
    path, hidden = composer_of(uma)
    answer = uma.post_form(path, hidden | {"text": "Where is rounding done?", "system_prompt": "Be brief."})
    assert answer.status_code == 503
    assert AI_OFF in text_of(answer)
    assert "Where is rounding done?</textarea>" in answer.text
    assert "Be brief.</textarea>" in answer.text
    assert chats.list_for(Actors.uma, runtime).talks == ()


def test_while_ai_is_off_a_script_gets_503_with_the_reason_and_the_same_message_counts_once_later(uma, runtime, models):
    gates.turn(Actors.ada, runtime, "ai", on=False)
    path, hidden = composer_of(uma)
    message = hidden | {"text": "Where is rounding done?"}
    stream = {"Accept": "text/event-stream, application/json;q=0.5"}
    answer = uma.post_form(path, message, headers=stream)
    assert (answer.status_code, answer.get_json()["detail"]) == (503, AI_OFF)
    gates.turn(Actors.ada, runtime, "ai", on=True)
    assert uma.post_form(path, message).status_code == 303
    gates.turn(Actors.ada, runtime, "ai", on=False)
    assert uma.post_form(path, message).status_code == 303
    (talk,) = chats.list_for(Actors.uma, runtime).talks
    (turn,) = chats.show(Actors.uma, runtime, talk.id).turns
    assert len(turn.attempts) == 1
    again = uma.post_form(f"/chat/{talk.id}/turns/{turn.id}/attempts")
    assert again.status_code == 503
    assert AI_OFF in text_of(again)
