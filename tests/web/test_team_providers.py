"""A manager's own providers over HTTP: the form of every provider, for the managers of the team and for nobody else."""

import html
import re

import pytest

from portal.services.people import team_rights
from portal.services.teams import members, teams
from portal.store import providers
from portal.store.base import reading
from tests.conftest import CANARY, Actors
from tests.services.teams.cast import Cast, two_teams

PLACE = "/my-team/providers"
FORM = {"type": "openai_compatible", "name": "own", "base_url": "https://llm.example.org/v1", "key": "sk-own-1"}


@pytest.fixture
def cast(runtime) -> Cast:
    return two_teams(runtime)


def seen_of(page: str) -> str:
    return re.search(r'name="version"[^>]* value="([^"]+)"', page)[1]


def stored(name: str):
    with reading() as session:
        return providers.find(session, name)


def routes(name: str) -> list[tuple[str, str]]:
    return [
        ("GET", f"{PLACE}/{name}/edit"),
        ("GET", f"{PLACE}/{name}/models"),
        ("POST", f"{PLACE}/{name}/edit"),
        ("POST", f"{PLACE}/{name}/models"),
        ("POST", f"{PLACE}/{name}/models/discover"),
        ("POST", f"{PLACE}/{name}/delete"),
        ("POST", f"{PLACE}/{name}/test"),
    ]


def ask(client, method: str, path: str, form=None):
    return client.get(path) if method == "GET" else client.post_form(path, form or FORM | {"type": "demo"})


def test_a_manager_connects_changes_publishes_and_deletes(uma, cast, runtime):
    page = uma.get(f"{PLACE}/connect?type=openai_compatible").text
    assert f'action="{PLACE}/connect"' in page
    assert "/providers/test" not in page.replace(f"{PLACE}/test", "")
    done = uma.post_form(f"{PLACE}/connect", FORM | {"key": CANARY, "typed_models": "tiny"})
    assert (done.status_code, done.headers["Location"]) == (302, "/my-team")
    assert stored("own").team_id == cast.red
    page = uma.get("/my-team").text
    assert "https://llm.example.org/v1" in page
    assert CANARY not in page
    form = uma.get(f"{PLACE}/own/edit").text
    changed = FORM | {"label": "Ours", "version": seen_of(form), "key": ""}
    assert uma.post_form(f"{PLACE}/own/edit", changed).status_code == 302
    assert stored("own").label == "Ours"
    assert uma.post_form(f"{PLACE}/own/models", {"typed_models": "small\nlarge"}).status_code == 302
    assert "own:large" in uma.get("/my-team").text
    assert uma.post_form(f"{PLACE}/own/delete").status_code == 302
    assert stored("own") is None


def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost(uma, cast):
    answer = uma.post_form(f"{PLACE}/connect", FORM | {"name": "blue", "key": CANARY})
    assert answer.status_code == 422
    assert "Another provider is called “blue” already" in html.unescape(answer.text)
    assert 'value="https://llm.example.org/v1"' in answer.text
    assert CANARY not in answer.text
    empty = uma.post_form(f"{PLACE}/red/models", {"typed_models": " "})
    assert "No model is ticked" in empty.text
    key = uma.post_form(f"{PLACE}/red/models", {"typed_models": f"small {CANARY}"})
    assert CANARY not in key.text


def test_discovery_lists_what_the_teams_provider_serves(uma, cast):
    page = uma.post_form(f"{PLACE}/red/models/discover", {"typed_models": "kept"}).text
    assert "kept" in page
    ticks = [html.unescape(value) for value in re.findall(r'name="models"[^>]*value="([^"]+)"', page)]
    assert ticks
    assert uma.post_form(f"{PLACE}/red/models", {"models": ticks}).status_code == 302


@pytest.mark.parametrize("name", ["red", "blue", "deployment", "nothing"])
def test_every_other_teams_provider_is_nothing(ada, otto, uma, eve, cast, name):
    strangers = {"red": eve, "blue": uma}.get(name)
    for method, path in routes(name):
        # Whoever may change every provider does it on its own page: this one is there for the team's managers alone.
        for client in (ada, otto, *([strangers] if strangers else (uma, eve))):
            assert ask(client, method, path).status_code == 404, (method, path)
    assert name == "nothing" or stored(name) is not None


def test_a_member_who_manages_nothing_finds_no_such_pages(uma, cast, runtime):
    members.make_manager(Actors.ada, runtime, cast.red, Actors.uma.id, on=False)
    more = [
        ("GET", f"{PLACE}/connect"),
        *(("POST", f"{PLACE}/{act}") for act in ("connect", "test", "discover", "look")),
    ]
    for method, path in [*routes("red"), *more]:
        assert ask(uma, method, path).status_code == 404, (method, path)


def test_a_form_that_names_anothers_provider_as_its_own_is_refused(uma, cast):
    for act in ("test", "discover", "look"):
        for name in ("blue", "deployment"):
            answer = uma.post_form(f"{PLACE}/{act}", FORM | {"type": "demo", "saved_name": name})
            assert answer.status_code == 404, (act, name)


def test_withdrawn_everything_is_kept_and_locked_with_the_reason(uma, cast, runtime):
    uma.post_form(f"{PLACE}/connect", FORM | {"typed_models": "tiny"})
    teams.entitle(Actors.ada, runtime, cast.red, on=False)
    for method, path in [*routes("own"), ("GET", f"{PLACE}/connect"), ("POST", f"{PLACE}/connect")]:
        answer = ask(uma, method, path)
        assert answer.status_code == 409, (method, path)
        assert team_rights.LOCKED in html.unescape(answer.text)
    page = html.unescape(uma.get("/my-team").text)
    assert team_rights.LOCKED in page
    assert "kept, and serves nobody" in page
    assert f"{PLACE}/" not in page
    teams.entitle(Actors.ada, runtime, cast.red, on=True)
    assert uma.get(f"{PLACE}/own/edit").status_code == 200


def test_back_to_the_deployments_default_deletes_nothing(uma, cast):
    uma.post_form("/my-team/default", {"model": cast.models["red:large"]})
    uma.post_form("/my-team/default", {"model": ""})
    page = uma.get("/my-team").text
    assert "red:large" in page
    assert stored("red") is not None


def test_a_test_of_the_form_goes_no_further_than_the_team_may(uma, cast, runtime, upstream):
    typed = FORM | {"base_url": f"{upstream.url}/v1", "test_model": "gpt-5.2"}
    assert "listed for this team" in html.unescape(uma.post_form(f"{PLACE}/test", typed).text)
    assert not upstream.requests
