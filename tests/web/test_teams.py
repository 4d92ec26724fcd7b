import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.services.people import roles, team_rights
from portal.services.providers import owners
from portal.services.teams import members, my_team, teams
from portal.store import providers
from portal.store.base import reading
from portal.store.health import CheckRecord
from tests.conftest import Actors
from tests.factories import make_provider
from tests.services.teams.cast import Cast, of, publish, two_teams


@pytest.fixture
def cast(runtime) -> Cast:
    return two_teams(runtime)


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def version_in(answer) -> str:
    return re.search(r'name="version"[^>]* value="([^"]+)"', answer.get_data(as_text=True))[1]


def test_only_those_who_manage_teams_see_them(ada, otto, uma, eve, cast):
    for path in ("/people/teams", "/people/teams/new", f"/people/teams/{cast.red}"):
        assert ada.get(path).status_code == 200
        assert [client.get(path).status_code for client in (otto, uma, eve)] == [403] * 3
    for verb in ("", "/members", "/entitle", "/withdraw", "/delete", f"/members/{Actors.uma.id}/remove"):
        path = f"/people/teams/{cast.red}{verb}"
        assert [client.post_form(path).status_code for client in (otto, uma, eve)] == [403] * 3


def test_a_team_is_made_filled_and_deleted(ada, runtime):
    answer = ada.post_form("/people/teams/new", {"name": "Green"})
    path = answer.location
    assert "Nobody has an account" in text_of(ada.post_form(f"{path}/members", {"email": "none@example.org"}))
    ada.post_form(f"{path}/members", {"email": "eve@example.org"})
    ada.post_form(f"{path}/members/{Actors.eve.id}/manager", {"on": "yes"})
    ada.post_form(f"{path}/entitle")
    page = text_of(ada.get(path))
    assert "Eve Stone manager" in page
    assert "Entitled" in page
    assert "cannot be deleted yet" in text_of(ada.post_form(f"{path}/delete"))
    ada.post_form(f"{path}/members/{Actors.eve.id}/remove")
    ada.post_form(f"{path}/delete")
    assert teams.list_for(Actors.ada, runtime) == ()


def test_nothing_typed_into_a_teams_form_is_lost(ada, cast):
    path = f"/people/teams/{cast.red}"
    version = version_in(ada.get(path))
    answer = ada.post_form(path, {"name": "Crimson", "networks": "10.0.0.300", "version": version})
    assert answer.status_code == 422
    assert all(word in answer.get_data(as_text=True) for word in ("Crimson", "10.0.0.300", "is no network"))
    ada.post_form(path, {"name": "Crimson", "version": version})
    late = ada.post_form(path, {"name": "Scarlet", "version": version})
    assert "Stored now: “Crimson”." in text_of(late)
    assert "Scarlet" in late.get_data(as_text=True)


def test_the_page_of_a_team_is_there_for_its_managers_alone(ada, otto, uma, eve, cast, runtime):
    assert [client.get("/my-team").status_code for client in (ada, otto, uma, eve)] == [404, 404, 200, 200]
    assert [client.post_form("/my-team/default").status_code for client in (ada, otto)] == [404, 404]
    assert "/my-team" in uma.get("/profile").get_data(as_text=True)
    assert "/my-team" not in ada.get("/profile").get_data(as_text=True)
    members.make_manager(Actors.ada, runtime, cast.blue, Actors.eve.id, on=False)
    assert eve.get("/my-team").status_code == 404
    assert eve.get("/").status_code != 404


def test_every_id_of_one_team_is_nothing_to_anothers_manager(uma, eve, cast):
    for name in ("red:small", "red:large", "deployment:small"):
        assert eve.post_form("/my-team/default", {"model": cast.models[name]}).status_code == 404
    for odd in (uuid4(), "no-id", "\0"):
        assert eve.post_form("/my-team/default", {"model": odd}).status_code == 404
    page = eve.get("/my-team").get_data(as_text=True)
    assert not any(str(cast.models[name]) in page for name in ("red:small", "red:large"))
    assert uma.post_form("/my-team/default", {"model": cast.models["red:small"]}).status_code == 302


def test_a_manager_tests_the_teams_own_providers_and_no_others(ada, uma, eve, cast, runtime):
    for name in ("red", "deployment", "nothing"):
        assert eve.post_form(f"/my-team/providers/{name}/test").status_code == 404
    assert ada.post_form("/my-team/providers/red/test").status_code == 404
    assert uma.post_form("/my-team/providers/red/test").status_code == 302
    with reading() as session:
        (check,) = session.scalars(select(CheckRecord)).all()
    assert (check.provider_name, check.actor) == ("red", "Uma Ortiz")
    teams.entitle(Actors.ada, runtime, cast.red, on=False)
    assert uma.post_form("/my-team/providers/red/test").status_code == 409


def test_a_manager_chooses_and_the_page_says_what_serves(uma, cast, runtime):
    assert "Active right now: small of deployment, the deployment’s" in text_of(uma.get("/my-team"))
    uma.post_form("/my-team/default", {"model": cast.models["red:large"]})
    assert "Active right now: large of red, the team’s own" in text_of(uma.get("/my-team"))
    teams.entitle(Actors.ada, runtime, cast.red, on=False)
    page = text_of(uma.get("/my-team"))
    assert team_rights.LOCKED in page
    assert "Active right now: small of deployment, the deployment’s" in page
    assert uma.post_form("/my-team/default", {"model": cast.models["red:small"]}).status_code == 409
    teams.entitle(Actors.ada, runtime, cast.red, on=True)
    uma.post_form("/my-team/default", {"model": ""})
    assert "the deployment’s" in text_of(uma.get("/my-team"))


def test_the_owner_is_chosen_in_the_providers_form_by_those_who_may(ada, otto, cast):
    page = ada.get("/providers/deployment/edit").get_data(as_text=True)
    seen = re.search(r'name="version"[^>]* value="([^"]+)"', page)[1]
    assert 'name="owner"' in page
    assert 'name="owner"' not in otto.get("/providers/deployment/edit").get_data(as_text=True)
    typed = {"type": "demo", "label": "Deployment", "version": seen, "owner": cast.blue}
    assert otto.post_form("/providers/deployment/edit", typed).status_code == 403
    assert ada.post_form("/providers/deployment/edit", typed).status_code == 302
    assert owner_of("deployment") == cast.blue
    seen = re.search(
        r'name="version"[^>]* value="([^"]+)"', otto.get("/providers/deployment/edit").get_data(as_text=True)
    )
    assert otto.post_form("/providers/deployment/edit", typed | {"version": seen[1], "label": "New"}).status_code == 302
    assert owner_of("deployment") == cast.blue
    wrong = ada.post_form("/providers/deployment/edit", typed | {"owner": uuid4()})
    assert wrong.status_code in (409, 422)


def owner_of(name: str):
    with reading() as session:
        return providers.find(session, name).team_id


def test_a_roles_form_keeps_and_previews_patterns(ada, runtime):
    make_provider("one", "demo")
    publish(runtime, "one", "small")
    typed = {"name": "Limited", "models": "one:sm*\ntwo:*", "permissions": ["chat.use"]}
    preview = ada.post_form("/people/roles/new", typed | {"do": "preview"})
    assert preview.status_code == 200
    assert "It reaches 1 of 1 model" in text_of(preview)
    assert not [role for role in roles.list_for(Actors.ada, runtime) if not role.built_in]
    wrong = ada.post_form("/people/roles/new", typed | {"models": "one:sm*\ntwo:"})
    assert wrong.status_code == 422
    assert "names no model" in text_of(wrong)
    assert "one:sm*\ntwo:" in wrong.get_data(as_text=True).replace("\r", "")
    ada.post_form("/people/roles/new", typed)
    (role,) = [role for role in roles.list_for(Actors.ada, runtime) if not role.built_in]
    assert "one:sm*\ntwo:*" in ada.get(f"/people/roles/{role.id}").get_data(as_text=True).replace("\r", "")
    assert "one:sm*\ntwo:*" in ada.get(f"/people/roles/new?copy={role.id}").get_data(as_text=True).replace("\r", "")


def test_what_patterns_reach_is_a_part_of_a_page_for_those_who_manage_roles(ada, otto, uma, eve, runtime):
    make_provider("one", "demo")
    publish(runtime, "one", "small")
    answer = ada.get("/people/roles/reach?patterns=*:small")
    assert "It reaches 1 of 1 model" in text_of(answer)
    assert "<html" not in answer.get_data(as_text=True)
    assert "It reaches every model" in text_of(ada.get("/people/roles/reach"))
    assert [client.get("/people/roles/reach").status_code for client in (otto, uma, eve)] == [403] * 3


def test_patterns_change_what_the_chat_offers_on_the_next_request(uma, runtime, cast):
    assert "red:large" in text_of(uma.get("/my-team"))
    owners.give(Actors.ada, runtime, "red", None)
    assert "red:large" not in text_of(uma.get("/my-team"))
    assert my_team.read(of(Actors.uma, cast.red), runtime).models == ()
