"""Why this model, as a page: for anybody and for oneself, and what an act changes before it is done."""

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask

from portal.domain.permissions import Permission
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.store import people as stored_people
from portal.store.base import transaction
from portal.store.chats import ChatRecord
from portal.store.language_models import LanguageModelRecord
from portal.web.explain.links import PLACES
from tests.conftest import Actors, Client
from tests.counting import queries
from tests.services.explain.setting import crowd, pin, publish, role, team
from tests.services.published import connect

UMA, EVE = Actors.uma.id, Actors.eve.id


@pytest.fixture
def models(app: Flask, runtime: Runtime) -> dict[str, UUID]:
    connect()
    connect("acme", "openai")
    found = {name: publish(runtime, "local", name) for name in ("m1", "m2")}
    return found | {"gpt": publish(runtime, "acme", "gpt")}


@pytest.fixture
def chat(models: dict[str, UUID], runtime: Runtime) -> UUID:
    with transaction() as session:
        now = runtime.now()
        record = ChatRecord(
            user_id=UMA, title="Refactor plan", language_model_id=models["m2"], created_at=now, changed_at=now
        )
        session.add(record)
    return record.id


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_a_person_is_found_by_name_or_e_mail_and_explained(models, runtime, otto: Client) -> None:
    pin(runtime, "explore", models["gpt"], UMA)
    for typed in ("uma@example.org", "Ortiz"):
        page = otto.get(f"/explain?who={typed}&context=explore")
        said = text_of(page)
        assert page.status_code == 200
        assert "For Uma Ortiz" in said
        assert "m1, because it is the default." in said
        assert "acme / gpt" in said
        assert "No key" in said
        assert "Give Acme a shared key" in said
        assert "not reached" in said
        assert f'name="person" type="hidden" value="{UMA}"' in page.text
        assert 'href="/providers/acme"' in page.text


def test_whoever_could_be_meant_is_listed_and_nobody_is_said_beside_the_field(models, runtime, ada: Client) -> None:
    page = ada.get("/explain?who=example.org&context=explore")
    assert "Whom do you mean?" in page.text
    assert f"/explain?person={UMA}&amp;context=explore" in page.text
    page = ada.get("/explain?who=zebra")
    assert page.status_code == 422
    assert "Nobody is called “zebra”" in page.text
    assert 'value="zebra"' in page.text
    other = ada.get(f"/explain?person={UMA}&who=Eve Stone")
    assert "For <strong>Eve Stone</strong>" in other.text, "the name that was typed goes before the one kept"


def test_a_model_that_the_request_names_is_refused_with_its_reason(models, ada: Client) -> None:
    said = text_of(ada.get(f"/explain?person={UMA}&model=acme:gpt"))
    assert "No model: acme:gpt cannot be used, and no other takes its place." in said
    page = ada.get(f"/explain?person={UMA}&model=gtp&chosen=local:m2")
    assert page.status_code == 422
    assert 'id="model-fault"' in page.text
    assert 'value="gtp"' in page.text
    assert 'value="local:m2"' in page.text
    chosen = text_of(ada.get(f"/explain?person={UMA}&chosen=local:m2"))
    assert "m2, because the chat is set to it." in chosen


def test_a_context_that_nobody_made_is_a_fault_of_its_field(models, ada: Client) -> None:
    page = ada.get("/explain?context=astrology")
    assert page.status_code == 422
    assert 'id="context-fault"' in page.text


def test_chats_of_others_are_neither_listed_nor_read(models, chat: UUID, ada: Client, uma: Client, eve: Client) -> None:
    own = uma.get(f"/explain/me?chat={chat}")
    assert "Refactor plan" in own.text
    assert "m2, because the chat is set to it." in text_of(own)
    for client in (ada, eve):
        assert client.get(f"/explain/me?chat={chat}").status_code == 404
        assert client.get(f"/explain/me?chat={uuid4()}").status_code == 404
    page = ada.get(f"/explain?person={UMA}&chat={chat}")
    assert "Refactor plan" not in page.text
    assert "m1, because it is the default." in text_of(page)


def test_everybody_asks_for_themselves_and_not_for_others(models, uma: Client, eve: Client) -> None:
    for client in (uma, eve):
        assert client.get("/explain/me").status_code == 200
        assert client.get("/explain/me/models").status_code == 200
        assert client.get("/explain").status_code == 403
        assert client.get(f"/explain/people/{Actors.ada.id}/models").status_code == 403
        assert client.get(f"/explain/impact/models/{models['m1']}/off").status_code == 403
    assert "may not chat" in text_of(eve.get("/explain/me"))


def test_what_one_may_not_open_is_told_and_not_linked(models, runtime, uma: Client) -> None:
    pin(runtime, "root", models["gpt"], UMA)
    page = uma.get("/explain/me")
    assert "An administrator can give it a shared key." in page.text
    assert "/providers/acme" not in page.text
    assert "Give Acme a shared key" not in page.text


def test_the_chats_foot_leads_to_the_explanation_of_this_chat(app: Flask, models, uma: Client) -> None:
    told = {"text": "Hello", "client_id": str(uuid4()), "new": "yes", "model": str(models["m2"])}
    sent = uma.post_form(re.search(r'action="(/chat/[^"]+/turns)"', uma.get("/chat").text)[1], told)
    page = uma.get(sent.location)
    link = re.search(r'href="(/explain/me\?chat=[^"]+)"', page.text)
    assert link
    assert "m2, because the chat is set to it." in text_of(uma.get(link[1]))


def test_the_models_of_a_person_with_what_stands_in_the_way(models, runtime, ada: Client, uma: Client) -> None:
    role(runtime, "Guest", "local:m1", holder=UMA)
    said = text_of(ada.get(f"/explain/people/{UMA}/models"))
    assert "1 of 3 models can be used for Chat" in said
    assert "Not allowed for your role" in said or "Not allowed for their role" in said
    assert text_of(uma.get("/explain/me/models")).count("m1") >= 1
    assert "1 of 1 model" in text_of(ada.get(f"/explain/people/{UMA}/models?q=m1"))
    assert ada.get(f"/explain/people/{UMA}/models?context=astrology").status_code == 404
    assert ada.get(f"/explain/people/{uuid4()}/models").status_code == 404
    assert ada.get(f"/explain/people/{Actors.ada.id}/models").location == "/explain/me/models?context=root"
    assert f"/explain/people/{UMA}/models" in ada.get(f"/people/{UMA}").text


def test_a_models_page_says_who_reaches_it_and_why(models, runtime, ada: Client) -> None:
    role(runtime, "Guest", "*:m1", holder=UMA)
    said = text_of(ada.get(f"/models/{models['m1']}/edit"))
    assert "2 of 2 people who may chat reach it." in said
    assert "by its pattern *:m1" in said
    assert "1 of 2 people who may chat reaches it." in text_of(ada.get(f"/models/{models['m2']}/edit"))


def test_before_an_act_the_page_says_whose_model_changes_and_then_does_it(models, ada: Client, otto: Client) -> None:
    path = f"/explain/impact/models/{models['m1']}/off"
    page = otto.get(f"{path}?back=provider=local")
    said = text_of(page)
    assert "Turn m1 off?" in said
    assert "2 people get another model." in said.replace("Two", "2")
    assert "m1 → to m2" in said
    assert 'name="back" value="provider=local"' in page.text
    part = otto.get(path, headers={"X-Part": "impact"})
    assert "<html" not in part.text
    assert "m2" in part.text
    done = otto.post_form(f"/models/{models['m1']}/disable", {"back": "provider=local"})
    assert done.location.endswith("/models?provider=local")
    delete = ada.get(f"/explain/impact/models/{models['m2']}/delete")
    assert "Delete model" in delete.text
    assert "Delete model" not in otto.get(f"/explain/impact/models/{models['m2']}/delete").text
    assert ada.get("/explain/impact/providers/local/delete").status_code == 200
    assert ada.get("/explain/impact/providers/nowhere/off").status_code == 404
    assert ada.get(f"/explain/impact/models/{uuid4()}/off").status_code == 404


def test_every_dialog_that_takes_something_away_asks_what_it_changes(models, ada: Client, otto: Client) -> None:
    page = ada.get(f"/models/{models['m1']}/edit").text
    for act in ("off", "delete"):
        assert f'data-impact="/explain/impact/models/{models["m1"]}/{act}"' in page
        assert f'data-impact="/explain/impact/providers/local/{act}"' in ada.get("/providers/local").text
    assert f"/explain/impact/models/{models['m1']}/off" in otto.get("/models").text


def test_a_gate_says_what_people_get_instead_before_it_is_turned(models, runtime, ada: Client) -> None:
    pin(runtime, "root", models["m2"], UMA)
    said = text_of(ada.get("/overrides/gates/personal_overrides"))
    assert "1 person gets another model." in said
    assert "m2 → to m1" in said
    assert 'href="/explain"' in ada.get("/overrides").text


def test_a_team_says_what_withdrawing_its_entitlement_changes(models, runtime, ada: Client, otto: Client) -> None:
    blue = team(runtime, "Blue", UMA, entitled=True, default_id=models["m2"])
    assert f'data-impact="/explain/impact/teams/{blue}/withdraw"' in ada.get(f"/people/teams/{blue}").text
    page = ada.get(f"/explain/impact/teams/{blue}/withdraw")
    assert "Withdraw the entitlement of Blue?" in text_of(page)
    assert "m2 → to m1" in text_of(page)
    assert ada.get(f"/explain/impact/teams/{uuid4()}/withdraw").status_code == 404
    assert otto.get(f"/explain/impact/teams/{blue}/withdraw").status_code == 403


def test_every_place_that_a_remedy_names_leads_somewhere(app: Flask) -> None:
    for pages in PLACES.values():
        assert all(endpoint in app.view_functions for endpoint, _ in pages)


def test_whoever_may_edit_and_not_see_still_opens_a_models_page(models, runtime, sign_in) -> None:
    role_id = roles.create(Actors.ada, runtime, "Blind editor", "", [Permission.PROVIDER_EDIT])
    with transaction() as session:
        stored_people.set_roles(session, EVE, [role_id])
    page = sign_in(EVE).get(f"/models/{models['m1']}/edit")
    assert page.status_code == 200
    assert "Who may use this" not in page.text
    assert 'data-impact="' not in page.text


def test_the_number_of_queries_does_not_grow(models, runtime, ada: Client) -> None:
    guest = role(runtime, "Guest", "local:*", holder=UMA)
    paths = (
        f"/explain?person={UMA}",
        "/explain?who=p",
        f"/explain/people/{UMA}/models",
        f"/explain/impact/models/{models['m1']}/delete",
        f"/models/{models['m1']}/edit",
    )

    def asked() -> list[int]:
        numbers = []
        for path in paths:
            ada.get(path)
            with queries() as statements:
                assert ada.get(path).status_code == 200
            numbers.append(len(statements))
        return numbers

    few = asked()
    crowd(runtime, 50, guest)
    with transaction() as session:
        first = session.get_one(LanguageModelRecord, models["m1"])
        for number in range(60):
            session.add(
                LanguageModelRecord(
                    provider_id=first.provider_id,
                    name=f"x{number}",
                    wire_name="x",
                    display_name=f"X{number}",
                    position=50,
                    context_limit=1000,
                    created_at=runtime.now(),
                    changed_at=runtime.now(),
                )
            )
    assert asked() == few
