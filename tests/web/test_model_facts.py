"""What pages say of where a model's facts came from, and what one press on the Models page does and takes back."""

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask

from portal.domain.language_models import Draft
from portal.domain.permissions import Permission
from portal.services.language_models import lifecycle, publishing
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.store import provider_listings
from portal.store.base import transaction
from portal.store.providers import lock_by_id
from tests.conftest import Actors, Client
from tests.services.published import connect


@pytest.fixture
def provider_id(app: Flask) -> UUID:
    return connect("acme", "openai")


@pytest.fixture
def ids(runtime: Runtime, actors: Actors, provider_id: UUID) -> list[UUID]:
    drafts = [Draft(f"m{number}", display_name=f"Model {number}") for number in range(4)]
    return [publishing.publish(actors.ada, runtime, "acme", draft).id for draft in drafts]


def default(runtime: Runtime, actors: Actors, ids: list[UUID]) -> list[int]:
    return [place for place, id in enumerate(ids) if publishing.read(actors.ada, runtime, id).is_default]


def order(page: str) -> list[str]:
    return re.findall(r'data-model="[^"]+">.*?<a class="title"[^>]*>([^<]+)<', page, re.DOTALL)


def test_a_form_says_beside_each_field_where_its_value_came_from(
    runtime: Runtime, actors: Actors, provider_id: UUID, ada: Client
) -> None:
    with transaction() as session:
        lock_by_id(session, provider_id)
        told = {"gpt-4o": {"context_limit": 99_000, "retires_on": "2027-05-01"}}
        provider_listings.keep(session, provider_id, ["gpt-4o"], runtime.now(), told)
    answer = ada.post_form("/models/new", {"provider": "acme", "wire_name": "gpt-4o", "context_limit": ""})
    assert answer.status_code == 302
    (model,) = re.findall(r"/models/([0-9a-f-]{36})/edit", ada.get("/models").text)[:1]
    page = ada.get(f"/models/{model}/edit").text
    for name, words in (
        ("context_limit", "from the provider’s listing"),
        ("retires_on", "from the provider’s listing"),
        ("output_limit", "from models.dev"),
        ("price_input", "from models.dev"),
        ("chats", "assumed"),
    ):
        said = re.search(rf'id="{name}-help">(.*?)</div>', page, re.DOTALL)
        assert said is not None
        assert words in said.group(1), name
    assert "from models.dev" in (re.search(r'id="capabilities-vision-help">(.*?)</div>', page, re.DOTALL) or [""])[0]


def test_what_is_typed_is_marked_as_typed_and_a_context_limit_that_nobody_knows_as_assumed(
    runtime: Runtime, actors: Actors, provider_id: UUID, ada: Client
) -> None:
    ada.post_form("/models/new", {"provider": "acme", "wire_name": "ours", "context_limit": "32 000"})
    ada.post_form("/models/new", {"provider": "acme", "wire_name": "theirs", "context_limit": ""})
    page = ada.get("/models").text
    assert page.count('<span class="sub">assumed</span>') == 1
    ours, theirs = re.findall(r'href="/models/([0-9a-f-]{36})/edit" data-sheet', page)
    help = r'id="context_limit-help">(.*?)</div>'
    for model, words in ((ours, "typed"), (theirs, "assumed")):
        found = re.search(help, ada.get(f"/models/{model}/edit").text, re.DOTALL)
        assert found is not None
        assert words in found.group(1)


def test_what_is_known_of_a_name_is_shown_while_it_is_typed(provider_id: UUID, ada: Client) -> None:
    part = ada.get("/models/known?provider=acme&wire_name=gpt-4o").text
    assert "128 k tokens" in part
    assert "from models.dev" in part
    assert "<html" not in part
    embedding = ada.get("/models/known?provider=acme&wire_name=text-embedding-3-small").text
    assert "never offered for chats" in embedding
    assert "assumed" in ada.get("/models/known?provider=acme&wire_name=nobodys").text
    for strange in ("", "?wire_name=..", "?provider=none&wire_name=x", "?provider=acme&wire_name=" + "x" * 400):
        assert ada.get(f"/models/known{strange}").status_code == 200


def test_a_new_default_can_be_taken_back_while_nobody_else_chose(
    runtime: Runtime, actors: Actors, ids: list[UUID], ada: Client, otto: Client
) -> None:
    page = ada.post_form(f"/models/{ids[1]}/default", {"back": "can=tools"}, follow_redirects=True)
    assert "Model 1 is the default now" in page.text
    assert f'action="/models/{ids[0]}/default"' in page.text
    assert f'name="instead_of" value="{ids[1]}"' in page.text
    back = ada.post_form(f"/models/{ids[0]}/default", {"instead_of": str(ids[1])}, follow_redirects=True)
    assert "Model 0 is the default again" in back.text
    assert "Undo" not in back.text
    ada.post_form(f"/models/{ids[1]}/default")
    otto.post_form(f"/models/{ids[2]}/default")
    late = ada.post_form(f"/models/{ids[0]}/default", {"instead_of": str(ids[1])}, follow_redirects=True)
    assert "Another model has become the default since" in late.text
    assert default(runtime, actors, ids) == [2]


def test_a_model_is_put_before_another_or_behind_all(ids: list[UUID], ada: Client, uma: Client) -> None:
    place = {"way": "place", "before": str(ids[0])}
    answer = ada.post_form(f"/models/{ids[2]}/move", place, headers={"X-Part": "order"})
    assert (answer.status_code, answer.text) == (204, "")
    assert order(ada.get("/models").text) == ["Model 2", "Model 0", "Model 1", "Model 3"]
    assert ada.post_form(f"/models/{ids[0]}/move", {"way": "place", "before": ""}).status_code == 302
    assert order(ada.get("/models").text) == ["Model 2", "Model 1", "Model 3", "Model 0"]
    for before in (str(uuid4()), "nonsense"):
        assert ada.post_form(f"/models/{ids[0]}/move", {"way": "place", "before": before}).status_code == 404
    assert uma.post_form(f"/models/{ids[0]}/move", place).status_code == 403


def test_a_row_behind_the_last_that_is_shown_is_known_to_a_script(
    runtime: Runtime, actors: Actors, ids: list[UUID], ada: Client
) -> None:
    assert '<tbody data-order="" data-of="acme">' in ada.get("/models").text
    shown = ada.get("/models?q=Model+1").text
    assert f'<tbody data-order="{ids[2]}" data-of="acme">' in shown


def test_deleting_stands_in_the_menu_and_leads_back(ids: list[UUID], ada: Client, otto: Client) -> None:
    link = f"/explain/impact/models/{ids[1]}/delete"
    assert link in ada.get("/models?q=Model").text
    assert link not in otto.get("/models").text
    answer = ada.post_form(f"/models/{ids[1]}/delete", {"back": "q=Model"})
    assert answer.headers["Location"].endswith("/models?q=Model")


def test_models_are_filtered_by_the_role_that_reaches_them(
    runtime: Runtime, actors: Actors, ids: list[UUID], ada: Client
) -> None:
    role_id = roles.create(actors.ada, runtime, "Writers", "", [Permission.CHAT], "acme:m1\nacme:m2")
    page = ada.get(f"/models?role={role_id}").text
    assert order(page) == ["Model 1", "Model 2"]
    assert "Writers" in page
    assert len(order(ada.get("/models?role=nonsense").text)) == 4


def test_what_cannot_chat_is_neither_the_default_nor_offered(
    runtime: Runtime, actors: Actors, provider_id: UUID, ada: Client
) -> None:
    ada.post_form("/models/new", {"provider": "acme", "wire_name": "text-embedding-3-small"})
    page = ada.get("/models").text
    assert "not for chats" in page
    assert "is the default" not in page
    assert "/default" not in page
    (model,) = re.findall(r'data-model="([^"]+)"', page)
    assert ada.post_form(f"/models/{model}/default").status_code == 409
    chats = publishing.publish(actors.ada, runtime, "acme", Draft("m"))
    assert chats.is_default
    lifecycle.delete(actors.ada, runtime, chats.id)
    assert "is the default" not in ada.get("/models").text


def test_a_model_of_which_nothing_is_known_is_not_said_to_write_text_alone(
    runtime: Runtime, actors: Actors, provider_id: UUID, ada: Client, otto: Client
) -> None:
    def can(page: str) -> list[str]:
        return [re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r'data-label="Can">(.*?)</td>', page)]

    unknown = publishing.publish(actors.ada, runtime, "acme", Draft("house-model"), typed=())
    assert can(ada.get("/models").text) == ["not known"]
    assert "<dt>Can</dt><dd>not known</dd>" in ada.get(f"/models/{unknown.id}").text
    assert re.search(r"128,000 tokens <span[^>]*>assumed</span>", ada.get(f"/models/{unknown.id}").text)

    with transaction() as session:
        lock_by_id(session, provider_id)
        told = {"plain": {"can_tools": False, "can_vision": False}, "able": {"can_tools": True}}
        provider_listings.keep(session, provider_id, list(told), runtime.now(), told)
    for name in told:
        publishing.publish(actors.ada, runtime, "acme", Draft(name), typed=())
    assert can(ada.get("/models").text) == ["not known", "text", "tools"]


def test_a_model_that_works_with_tools_alone_is_not_published_as_one_that_chats(
    runtime: Runtime, actors: Actors, provider_id: UUID, ada: Client
) -> None:
    known = ada.get("/models/known?provider=acme&wire_name=o3-deep-research").text
    assert "no: it works with tools that chats do not have, so it is never offered for chats" in known
    answer = ada.post_form(
        "/models/new", {"provider": "acme", "wire_name": "o3-deep-research", "context_limit": ""}, follow_redirects=True
    )
    assert "is published. It is offered for no chat" in answer.text
    assert "not for chats" in answer.text
    connect("house", "openai_compatible", base_url="http://127.0.0.1:9/v1")
    told = ada.get("/models/known?provider=house&wire_name=o3-deep-research").text
    assert "not have" not in told, "a proxy may carry chats over to the API that it answers to"
