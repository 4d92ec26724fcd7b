"""Names that look like code: no page runs them, and none tells more than the name."""

import html
import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from portal.domain.permissions import Permission
from portal.services.language_models import publishing
from portal.services.overrides import contexts
from portal.services.people import roles
from portal.services.teams import members, teams
from portal.store.base import transaction
from portal.store.people import UserRecord
from portal.store.providers import ProviderRecord
from tests.chatting import connect
from tests.conftest import Actors, Client

CODE = """<b id="made">{{ 'seven' * 7 }}</b>{% raw %}'"><img src=x>${'seven'*7}"""
RUN = "seven" * 7
"""What comes of it, if anybody runs it; no time and no id has it in it by chance."""


@pytest.fixture
def named(runtime) -> dict[str, object]:
    """One of everything that has a name of its own, called by code; the second model is the one that is left."""
    first, second = connect(runtime, Actors.ada, "http://127.0.0.1:9/v1", "m1", "m2")
    for model_id in (first, second):
        model = publishing.read(Actors.ada, runtime, model_id)
        draft = replace(model.draft, display_name=f"{CODE} {model.name}")
        publishing.change(Actors.ada, runtime, model_id, draft, model.version)
    role = roles.create(Actors.ada, runtime, "<b>Role</b>{{ 7 * 191 }}", "", [Permission.CHAT], models="acme:*")
    team = teams.create(Actors.ada, runtime, "<b>Team</b>{{ 7 * 191 }}")
    members.add_member(Actors.ada, runtime, team, "uma@example.org")
    contexts.add(Actors.ada, runtime, contexts.Draft("code_review", "<b>Context</b>{{ 7 * 191 }}"))
    with transaction() as session:
        session.execute(update(UserRecord).where(UserRecord.id == Actors.uma.id).values(name=CODE))
        session.execute(update(ProviderRecord).values(label=CODE))
    return {"first": first, "second": second, "role": role, "team": team}


def harmless(page) -> None:
    assert page.status_code in (200, 302), page.status_code
    assert RUN not in re.sub(r"req_[0-9a-f]+|[0-9a-f-]{36}|\?v=[0-9a-f]+", "", page.text)
    for tag in ('<b id="made">', "<b>Role", "<b>Team", "<b>Context", "<img src=x>"):
        assert tag not in page.text


def test_no_page_of_what_an_act_changes_runs_a_name(ada: Client, named):
    first, team, role = named["first"], named["team"], named["role"]
    shown = 0
    for path in (
        *(f"/explain/impact/models/{first}/{act}" for act in ("off", "delete")),
        f"/explain/impact/models/{named['second']}/default",
        *(f"/explain/impact/providers/acme/{act}" for act in ("off", "delete")),
        *(f"/explain/impact/teams/{team}/{act}" for act in ("entitle", "withdraw")),
        f"/explain/impact/teams/{team}/members/{Actors.uma.id}",
        f"/explain/typed/models/{first}",
        "/explain/typed/contexts/code_review?feature=reviews",
        "/explain/typed/pins/code_review?model=acme:m2",
        f"/explain/typed/people/{Actors.uma.id}?roles={role}",
        f"/explain/typed/providers/acme/owner?owner={team}",
        f"/explain?person={Actors.uma.id}&chosen=acme:m1",
        f"/people/teams/{team}",
        "/models",
        "/overrides",
    ):
        page = ada.get(path)
        harmless(page)
        shown += "made" in html.unescape(page.text)
    assert shown >= 8, "the names are there, as names"


def test_no_message_and_no_row_of_the_trail_runs_a_name(ada: Client, named):
    first, second, team, role = (str(named[name]) for name in ("first", "second", "team", "role"))
    for path, form in (
        ("/models/many/features", {"pick": [first, second], "feature": "reviews"}),
        ("/models/many/access", {"pick": [first], "role": role, "on": "yes", "do": "choose"}),
        ("/models/many/access", {"pick": [first], "role": role}),
        ("/models/many/turn", {"pick": [first], "on": "no"}),
        (f"/models/{second}/default", {}),
        (f"/models/{first}/move", {"way": "down"}),
        (f"/models/{first}/disable", {}),
        (f"/people/teams/{team}/entitle", {}),
        (f"/people/teams/{team}/members/{Actors.uma.id}/manager", {"on": "yes"}),
        ("/providers/acme/disable", {}),
        ("/overrides/contexts/code_review/remove", {}),
        (f"/people/teams/{team}/members/{Actors.uma.id}/remove", {}),
        (f"/people/teams/{team}/delete", {}),
    ):
        harmless(ada.post_form(path, form, follow_redirects=True))
    harmless(ada.get("/audit"))
    exported = ada.get("/audit/export.csv").text
    assert "made" in exported
    assert not [line for line in exported.splitlines() if line.startswith(("=", "+", "@"))]
