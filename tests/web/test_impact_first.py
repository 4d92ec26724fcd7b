"""Before an act that changes who answers somebody, the page says whom and to what: every such act, each on its page."""

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.reasons import Reason
from portal.services.providers import owners
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.teams import members
from portal.store.base import reading
from portal.store.people import UserRoleRecord
from tests.conftest import CANARY, Actors, Client
from tests.counting import queries
from tests.services.explain.setting import crowd, pin, publish, role, team
from tests.services.published import connect
from tests.web.asking import field, words

UMA, EVE = Actors.uma.id, Actors.eve.id
PART = {"X-Part": "impact"}
NOBODY = "Nobody’s model changes."


@pytest.fixture
def models(app: Flask, runtime: Runtime) -> dict[str, UUID]:
    """`m1` is the default, `m2` stands behind it, `far` is of another provider."""
    connect()
    connect("other")
    found = {name: publish(runtime, "local", name) for name in ("m1", "m2")}
    return found | {"far": publish(runtime, "other", "far")}


def part(client: Client, path: str) -> str:
    answer = client.get(path, headers=PART)
    assert answer.status_code == 200, path
    assert "<html" not in answer.text
    return words(answer)


def default_id(runtime: Runtime) -> UUID | None:
    return choosing.current_catalog(runtime).default_id


def test_the_default_moves_only_after_the_page_said_whom_that_changes(models, runtime, otto: Client):
    link = re.search(
        r'href="(/explain/impact/models/[^"]+/default[^"]*)" aria-label="Make m2', otto.get("/models?q=m").text
    )
    assert link
    page = otto.get(link[1].replace("&amp;", "&"))
    said = words(page)
    assert "Make m2 the default?" in said
    assert "2 people get another model." in said
    assert "m1 → to m2" in said
    assert "in its place" not in said, "that it becomes the default was the question"
    assert default_id(runtime) == models["m1"], "nothing is done by looking"
    action = re.search(r'action="(/models/[^"]+/default)"', page.text)
    done = otto.post_form(action[1], {"back": field(page.text, "back")})
    assert done.location == "/models?q=m"
    assert default_id(runtime) == models["m2"]


def test_a_default_that_some_cannot_use_says_who_stays_with_what_they_had(models, runtime, ada: Client):
    role(runtime, "Guest", "local:m1", holder=UMA)
    assert "1 person gets another model." in words(ada.get(f"/explain/impact/models/{models['m2']}/default"))
    assert ada.get(f"/explain/impact/models/{uuid4()}/default").status_code == 404


def test_a_pin_says_whom_it_changes_while_it_is_typed_and_before_it_is_cleared(models, runtime, otto: Client):
    path = "/explain/typed/pins/general"
    assert 'data-impact-typed="/explain/typed/pins/general"' in otto.get("/overrides/pins/general").text
    assert "2 people get another model. Asked for everybody who may chat: 2 people. 2 m1 → to m2 General" in part(
        otto, f"{path}?model=local:m2"
    )
    for unfinished in ("", "local:", "local:m3", "\0", "x" * 3000):
        assert otto.get(path, query_string={"model": unfinished}, headers=PART).text == ""
    assert otto.get("/explain/typed/pins/astrology?model=local:m2").status_code == 404

    preview = otto.post_form("/overrides/pins/general", {"model": "local:m2", "version": "", "do": "preview"})
    assert "2 people get another model." in words(preview)
    assert 'value="local:m2"' in preview.text
    assert choosing.current_catalog(runtime).admin_overrides == {}

    pin(runtime, "general", models["m2"])
    page = otto.get("/overrides/pins/general")
    assert 'data-impact="/explain/impact/pins/general/clear"' in page.text
    asks = otto.get("/explain/impact/pins/general/clear")
    assert "m2 → to m1" in words(asks)
    cleared = otto.post_form("/overrides/pins/general/clear", {"version": field(asks.text, "version")})
    assert cleared.status_code == 302
    assert choosing.current_catalog(runtime).admin_overrides == {}


def test_a_roles_patterns_say_whom_they_change_and_who_is_left_with_none(models, runtime, ada: Client):
    guest = role(runtime, "Guest", "local:*", holder=UMA)
    page = ada.get(f"/people/roles/{guest}")
    assert f'data-reach-of="/people/roles/reach?role={guest}"' in page.text
    assert "impact-said" not in page.text, "as long as nothing is changed"
    path = f"/people/roles/reach?role={guest}"
    assert "1 person gets another model." in part(ada, f"{path}&patterns=local:m2")
    none = part(ada, f"{path}&patterns=nowhere:*")
    assert "1 person gets another model, and nobody answers." in none
    assert "m1 → to no model" in none
    assert "people get" not in part(ada, f"{path}&patterns=local:*")
    assert "impact-said" not in ada.get(f"{path}&patterns=local:").text
    preview = ada.post_form(
        f"/people/roles/{guest}", {"name": "Guest", "models": "local:m2", "permissions": ["chat.use"], "do": "preview"}
    )
    assert "1 person gets another model." in words(preview)
    assert 'data-reach-of="/people/roles/reach"' in ada.get("/people/roles/new").text, "nobody holds a new one"


def test_a_persons_roles_say_what_they_change_for_them(models, runtime, ada: Client):
    guest = role(runtime, "Guest", "local:m2")
    path = f"/explain/typed/people/{UMA}"
    assert f'data-impact-typed="{path}"' in ada.get(f"/people/{UMA}").text
    assert "1 person gets another model." in part(ada, f"{path}?roles={guest}")
    with reading() as session:
        held = session.scalar(select(UserRoleRecord.role_id).where(UserRoleRecord.user_id == UMA))
    assert NOBODY in part(ada, f"{path}?roles={held}&roles={guest}"), "a role without patterns reaches all"
    assert part(ada, f"{path}?roles=odd")


def test_a_team_says_what_its_form_its_members_and_its_entitlement_change(models, runtime, ada: Client):
    provider_id = choosing.current_catalog(runtime).models[models["far"]].provider_id
    blue = team(runtime, "Blue", UMA, provider_id=provider_id, entitled=True, default_id=models["far"])
    page = ada.get(f"/people/teams/{blue}").text
    for path in (f"typed/teams/{blue}", f"typed/teams/{blue}/members"):
        assert f'data-impact-typed="/explain/{path}"' in page
    assert f'data-impact="/explain/impact/teams/{blue}/members/{UMA}"' in page

    out = ada.get(f"/explain/impact/teams/{blue}/members/{UMA}")
    assert "Take Uma Ortiz out of the team?" in words(out)
    assert "far → to m1" in words(out)
    assert ada.get(f"/explain/impact/teams/{blue}/members/{EVE}").status_code == 404
    assert part(ada, f"/explain/typed/teams/{blue}?exclusive=y")
    assert NOBODY in part(ada, f"/explain/typed/teams/{blue}")

    role(runtime, "Chats", holder=EVE)
    joins = part(ada, f"/explain/typed/teams/{blue}/members?email=EVE@example.org")
    assert "m1 → to far" in joins
    assert "Eve" not in joins
    for email in ("", "uma@example.org", "nobody@example.org", "\0"):
        path = f"/explain/typed/teams/{blue}/members"
        assert ada.get(path, query_string={"email": email}, headers=PART).text == ""

    ada.post_form(f"/people/teams/{blue}/withdraw")
    assert f'data-impact="/explain/impact/teams/{blue}/entitle"' in ada.get(f"/people/teams/{blue}").text
    assert "m1 → to far" in part(ada, f"/explain/impact/teams/{blue}/entitle")


def test_a_provider_says_what_another_owner_changes(models, runtime, ada: Client, otto: Client):
    blue = team(runtime, "Blue", UMA, entitled=True)
    path = "/explain/typed/providers/local/owner"
    assert f'data-impact-typed="{path}"' in ada.get("/providers/local/edit").text
    assert path not in otto.get("/providers/local/edit").text
    said = part(ada, f"{path}?owner={blue}")
    assert "far becomes the default in its place." in said
    assert "m1 → to far" in said
    assert ada.get(f"{path}?owner=", headers=PART).text == "", "it is the deployment's already"


def test_a_teams_manager_hears_what_a_default_changes_and_of_no_other_team(
    models, runtime, ada, uma: Client, eve: Client
):
    provider_id = choosing.current_catalog(runtime).models[models["far"]].provider_id
    blue = team(runtime, "Blue", UMA, provider_id=provider_id, entitled=True)
    assert uma.get("/explain/impact/my-team").status_code == 404, "as long as she manages none"
    ada.post_form(f"/people/teams/{blue}/members/{UMA}/manager", {"on": "yes"})
    assert f'data-impact="/explain/impact/my-team?model={models["far"]}"' in uma.get("/my-team").text
    said = words(uma.get(f"/explain/impact/my-team?model={models['far']}"))
    assert "Make far the team’s default?" in said
    assert "1 person gets another model. Asked for everybody who may chat: 1 person." in said
    for client, model in ((uma, models["m1"]), (uma, "odd"), (eve, models["far"]), (ada, models["far"])):
        assert client.get(f"/explain/impact/my-team?model={model}").status_code == 404


def test_somebodys_own_key_says_what_removing_it_changes_for_them(models, runtime, ada: Client, uma: Client):
    connect("keyed", "openai")
    own = publish(runtime, "keyed", "own")
    uma.post_form("/api-keys/keyed", {"key": CANARY})
    pin(runtime, "root", own, UMA)
    path = f"/explain/impact/providers/keyed/personal-keys/{UMA}"
    assert f'data-impact="{path}"' in ada.get("/providers/keyed").text
    page = ada.get(path)
    assert "own → to m1" in words(page)
    assert CANARY not in page.text
    assert ada.post_form(f"/providers/keyed/personal-keys/{UMA}/remove").status_code == 302
    assert ada.get(f"/explain/impact/providers/nowhere/personal-keys/{UMA}").status_code == 404


def test_deleting_a_teams_provider_says_what_its_members_get_to_its_managers(models, runtime, uma: Client, eve: Client):
    blue = team(runtime, "Blue", UMA, EVE, entitled=True)
    members.make_manager(Actors.ada, runtime, blue, UMA, on=True)
    owners.give(Actors.ada, runtime, "other", blue)
    pin(runtime, "root", models["far"], UMA)
    path = "/explain/impact/my-team/providers/other/delete"
    assert f'data-impact="{path}"' in uma.get("/my-team").text
    said = words(uma.get(path))
    assert "Delete Other?" in said
    assert "far → to m1 Chat" in said
    for client, name in ((eve, "other"), (uma, "local"), (uma, "nowhere")):
        assert client.get(f"/explain/impact/my-team/providers/{name}/delete").status_code == 404


def test_ticked_models_are_turned_off_after_one_question_where_somebody_would_notice(models, runtime, ada: Client):
    ticked = {"pick": [models["m1"], models["m2"]], "on": "no", "back": "provider=local"}
    page = ada.post_form("/models/many/turn", ticked)
    said = words(page)
    assert "Turn off 2 models" in said
    assert "m1 → to far" in said
    assert choosing.current_catalog(runtime).models[models["m1"]].enabled
    done = ada.post_form("/models/many/turn", ticked | {"sure": "yes"})
    assert done.location == "/models?provider=local"
    assert not choosing.current_catalog(runtime).models[models["m1"]].enabled
    gone = words(ada.post_form("/models/many/delete", {"pick": [models["m1"], models["far"]]}))
    assert "far → to no model" in gone
    assert "m2 becomes the default in its place." in gone


def test_what_a_model_can_says_whom_it_changes_while_it_is_typed(models, runtime, otto: Client):
    path = f"/explain/typed/models/{models['m1']}"
    page = otto.get(f"/models/{models['m1']}/edit").text
    assert f'data-impact-typed="{path}"' in page
    stored = [("features", "conversations"), ("features", "reviews"), ("features", "actions"), ("chats", "y")]
    can = [("capabilities", name) for name in choosing.current_catalog(runtime).models[models["m1"]].capabilities]

    def asked(*typed: tuple[str, str]) -> str:
        return words(otto.get(path, query_string=[*typed, *can], headers=PART))

    assert asked(*stored) == "", "nothing is changed yet"
    assert "2 people get another model." in asked(("features", "reviews"), ("chats", "y"))
    assert asked(("chats", "y")) == "", "offered for nothing it cannot be saved"
    assert asked(("features", "astrology"), ("chats", "y")) == ""
    assert asked(*stored[:3]) == "", "the default has to chat, so it cannot be saved"
    assert otto.get(f"/explain/typed/models/{uuid4()}", headers=PART).status_code == 404


def test_what_a_context_asks_for_says_whom_it_changes_while_it_is_typed(models, runtime, otto: Client, uma: Client):
    otto.post_form("/overrides/new-context", {"name": "code_review", "label": "Reviews", "feature": "reviews"})
    path = "/explain/typed/contexts/code_review"
    assert f'data-impact-typed="{path}"' in otto.get("/overrides/contexts/code_review").text
    assert otto.get(f"{path}?feature=reviews", headers=PART).text == ""
    said = part(otto, f"{path}?feature=reviews&capabilities=vision")
    assert "2 people get another model, and 2 of them none." in said
    assert "m1 → to no model Reviews" in said
    assert otto.get(f"{path}?feature=astrology", headers=PART).text == ""
    assert otto.get("/explain/typed/contexts/root?feature=reviews", headers=PART).status_code == 404
    assert uma.get(f"{path}?feature=reviews", headers=PART).status_code == 403


def test_ticked_models_are_offered_and_reached_after_one_question(models, runtime, ada: Client):
    ticked = {"pick": [models["m1"]], "feature": "conversations", "on": "no", "back": "provider=local"}
    page = ada.post_form("/models/many/features", ticked)
    assert "m1 → to m2" in words(page)
    assert "conversations" in choosing.current_catalog(runtime).models[models["m1"]].features
    sent = {name: field(page.text, name) for name in ("pick", "feature", "on", "sure", "back")}
    assert ada.post_form("/models/many/features", sent).location == "/models?provider=local"
    assert "conversations" not in choosing.current_catalog(runtime).models[models["m1"]].features

    guest = role(runtime, "Guest", "local:*", holder=UMA)
    reached = {"pick": [models["far"]], "role": str(guest), "on": "yes"}
    assert ada.post_form("/models/many/access", reached).status_code == 302, "nobody gets another model by it"
    pin(runtime, "general", models["far"])
    page = ada.post_form("/models/many/access", reached | {"on": "no"})
    assert "far → to m2" in words(page)
    sent = {name: field(page.text, name) for name in ("pick", "role", "on", "sure")}
    assert ada.post_form("/models/many/access", sent).status_code == 302
    assert choosing.current_catalog(runtime).patterns[guest] == ("local:*",)


def test_what_is_said_is_what_happens(models, runtime, ada: Client, uma: Client):
    """The move that a page announces is the one that the explanation then tells."""
    assert "m1 → to m2" in part(ada, f"/explain/impact/models/{models['m1']}/off")
    ada.post_form(f"/models/{models['m1']}/disable")
    said = words(uma.get("/explain/me"))
    assert "m2, because it is the first" in said
    assert Reason.MODEL_DISABLED in {step.outcome for step in choosing.choose(runtime, Actors.uma, "root").trail}


def test_the_number_of_queries_does_not_grow(models, runtime, ada: Client):
    guest = role(runtime, "Guest", "local:*", holder=UMA)
    blue = team(runtime, "Blue", EVE, entitled=True)
    pin(runtime, "general", models["m2"])
    paths = (
        f"/explain/impact/models/{models['m2']}/default",
        "/explain/typed/pins/general?model=local:m1",
        "/explain/impact/pins/general/clear",
        f"/people/roles/reach?role={guest}&patterns=local:m2",
        f"/explain/typed/people/{UMA}?roles={guest}",
        f"/explain/typed/teams/{blue}?exclusive=y",
        f"/explain/impact/teams/{blue}/members/{EVE}",
        f"/explain/typed/providers/local/owner?owner={blue}",
    )

    def asked() -> list[int]:
        numbers = []
        for path in paths:
            assert ada.get(path, headers=PART).status_code == 200
            with queries() as statements:
                ada.get(path, headers=PART)
            numbers.append(len(statements))
        return numbers

    few = asked()
    crowd(runtime, 40, guest)
    for number in range(20):
        publish(runtime, "other", f"x{number}")
    assert asked() == few
