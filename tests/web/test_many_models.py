"""What is done to many models at once, over HTTP."""

from uuid import UUID, uuid4

import pytest

from portal.domain.language_models import Draft
from portal.domain.permissions import Permission
from portal.services.language_models import publishing
from portal.services.people import roles
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


def test_ticked_models_are_offered_for_a_use_and_no_longer(ada, runtime, actors, ids):
    page = ada.post_form("/models/many/features", {"pick": ids[:2], "on": "", "back": "provider=acme"})
    assert "Offer 2 models" in page.text
    assert "Reviews" in page.text
    sent = {"pick": ids[:2], "feature": "reviews", "back": "provider=acme"}
    answer = ada.post_form("/models/many/features", sent | {"on": "no"})
    assert answer.headers["Location"].endswith("/models?provider=acme")
    features = [publishing.read(actors.ada, runtime, id).features for id in ids]
    assert ["reviews" in held for held in features] == [False, False, True]
    assert (
        "They were that already."
        in ada.post_form("/models/many/features", sent | {"on": "no"}, follow_redirects=True).text
    )
    ada.post_form("/models/many/features", sent | {"on": "yes"})
    assert "reviews" in publishing.read(actors.ada, runtime, ids[0]).features


def test_a_model_that_would_be_offered_for_nothing_stays_as_it_is(ada, runtime, actors, ids):
    for feature in ("reviews", "actions"):
        ada.post_form("/models/many/features", {"pick": ids[:1], "feature": feature, "on": "no"})
    last = {"pick": ids, "feature": "conversations", "on": "no"}
    page = ada.post_form("/models/many/features", last, follow_redirects=True)
    assert "m1 would be offered for nothing" in page.text
    assert all("conversations" in publishing.read(actors.ada, runtime, id).features for id in ids), "all or nothing"


def test_a_role_reaches_the_ticked_models_and_no_longer(ada, runtime, actors, ids):
    role_id = roles.create(actors.ada, runtime, "Writers", "", [Permission.CHAT], "acme:m3")
    page = ada.post_form("/models/many/access", {"pick": ids[:2], "do": "choose"})
    assert "Role access of 2 models" in page.text
    assert "Writers" in page.text
    sent = {"pick": ids[:2], "role": str(role_id)}
    page = ada.post_form("/models/many/access", sent | {"on": "yes"}, follow_redirects=True)
    assert "2 models are reached by Writers." in page.text
    assert roles.find(actors.ada, runtime, role_id).patterns == ("acme:m3", "acme:m1", "acme:m2")
    ada.post_form("/models/many/access", sent | {"on": "no"})
    assert roles.find(actors.ada, runtime, role_id).patterns == ("acme:m3",)
    page = ada.post_form(
        "/models/many/access", {"pick": ids[2:], "role": str(role_id), "on": "no"}, follow_redirects=True
    )
    assert "would have no pattern left" in page.text
    assert roles.find(actors.ada, runtime, role_id).patterns == ("acme:m3",)


def test_what_a_wider_pattern_lets_through_is_told(ada, runtime, actors, ids):
    role_id = roles.create(actors.ada, runtime, "Writers", "", [Permission.CHAT], "acme:*")
    sent = {"pick": ids[:2], "role": str(role_id)}
    assert (
        "That was so already." in ada.post_form("/models/many/access", sent | {"on": "yes"}, follow_redirects=True).text
    )
    page = ada.post_form("/models/many/access", sent | {"on": "no"}, follow_redirects=True).text
    assert "Writers still reaches acme:m1 and 1 more, by a wider pattern." in page


def test_a_role_without_patterns_reaches_everything_and_is_left_alone(ada, runtime, actors, ids):
    role_id = roles.create(actors.ada, runtime, "Everything", "", [Permission.CHAT])
    page = ada.post_form("/models/many/access", {"pick": ids, "role": str(role_id), "on": "yes"}, follow_redirects=True)
    assert "it reaches every model" in page.text
    assert roles.find(actors.ada, runtime, role_id).patterns == ()


def test_who_may_not_change_roles_changes_no_access(otto, uma, eve, ids):
    for person in (otto, uma, eve):
        assert person.post_form("/models/many/access", {"pick": ids, "on": "yes"}).status_code == 403
    for person in (uma, eve):
        assert person.post_form("/models/many/features", {"pick": ids, "on": "yes"}).status_code == 403
