"""What is done to many models at once, over HTTP."""

from uuid import UUID, uuid4

import pytest

from portal.domain.language_models import Draft
from portal.services.language_models import publishing
from tests.services.published import connect


@pytest.fixture
def ids(app, runtime, actors) -> list[UUID]:
    connect("acme", "openai")
    return [publishing.publish(actors.ada, runtime, "acme", Draft(f"m{number}")).id for number in (1, 2, 3)]


def test_ticked_models_are_turned_off_and_the_list_stays_filtered(ada, runtime, actors, ids):
    page = ada.get("/models?provider=acme").text
    assert page.count('name="pick"') == 3
    answer = ada.post_form("/models/many/turn", {"pick": ids[:2], "on": "no", "back": "provider=acme"})
    assert answer.location == "/models?provider=acme"
    page = ada.get("/models?off=yes").text
    assert "2 models are turned off." in page
    assert page.count('name="pick"') == 2


def test_deleting_many_asks_once(ada, runtime, actors, ids):
    page = ada.post_form("/models/many/delete", {"pick": ids[:2]})
    assert page.status_code == 200
    assert "Delete 2 models" in page.text
    assert publishing.read(actors.ada, runtime, ids[0]).name == "m1"
    ada.post_form("/models/many/delete", {"pick": ids[:2], "sure": "yes"})
    assert ada.get("/models").text.count('name="pick"') == 1


def test_nothing_ticked_is_said(ada, ids):
    ada.post_form("/models/many/turn", {"on": "no"})
    assert "No model is ticked." in ada.get("/models").text
    ada.post_form("/models/many/delete", {"pick": str(uuid4())})


def test_who_may_not_edit_changes_nothing(otto, uma, eve, runtime, actors, ids):
    for person in (uma, eve):
        assert person.post_form("/models/many/turn", {"pick": ids, "on": "no"}).status_code == 403
        assert person.post_form("/models/many/delete", {"pick": ids, "sure": "yes"}).status_code == 403
    assert otto.post_form("/models/many/delete", {"pick": ids, "sure": "yes"}).status_code == 403
    assert publishing.read(actors.ada, runtime, ids[0]).enabled
