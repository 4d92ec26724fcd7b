"""A model that only embeds or draws answers nobody, whatever act would have it answer."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.services.language_models import publishing
from portal.services.providers import owners
from portal.services.selection import choosing
from portal.services.teams import my_team, teams
from portal.store.audit import AuditRecord
from portal.store.base import reading
from tests.chatting import KEY, connect
from tests.conftest import Actors
from tests.services.teams.cast import of, two_teams
from tests.upstream import Upstream
from tests.web.asking import ask
from tests.web.test_chat_models import send


@pytest.fixture
def models(runtime, actors):
    with Upstream.openai(key=KEY, answer="Three times.") as provider:
        yield connect(runtime, actors.ada, provider.base_url, "gpt-5.2", "gpt-5.2-mini")


def stop_chatting(runtime, model_id) -> None:
    model = publishing.read(Actors.ada, runtime, model_id)
    publishing.change(Actors.ada, runtime, model_id, replace(model.draft, chats=False), model.version)


def test_a_model_that_does_not_chat_is_no_teams_default_and_stops_being_one(uma, runtime, actors):
    cast = two_teams(runtime)
    small, large = cast.models["red:small"], cast.models["red:large"]
    stop_chatting(runtime, small)
    refused = uma.post_form("/my-team/default", {"model": str(small)})
    assert refused.status_code == 409
    assert "does not chat, so it cannot be the default" in refused.text
    assert uma.get(f"/explain/impact/my-team?model={small}").status_code == 409
    page = uma.get("/my-team").text
    assert f'value="{small}"' not in page
    assert f'value="{large}"' in page

    assert uma.post_form("/my-team/default", {"model": str(large)}).status_code == 302
    stop_chatting(runtime, large)
    assert my_team.read(of(actors.uma, cast.red), runtime).default_id is None
    with reading() as session:
        told = session.scalars(select(AuditRecord).where(AuditRecord.verb == "team.default")).all()
    assert [(row.before, row.after) for row in told][-1] == ({"default": "large"}, {"default": ""})


def test_no_other_act_lets_a_model_that_does_not_chat_answer(ada, uma, runtime, actors, models):
    default, mini = models
    stop_chatting(runtime, mini)
    address = "acme:gpt-5.2-mini"
    assert uma.save_form("/agents/choices/general", {"model": address}).status_code == 422
    warned = ada.save_form("/overrides/pins/general", {"model": address}, follow_redirects=True)
    assert "cannot be used now" in warned.text
    assert choosing.choose(runtime, actors.uma, "general").language_model_id == default
    assert send(uma, model_name=address).status_code == 422
    assert ask(uma, model=str(mini)).language_model_id == default, "it is passed over"

    ticks = {"pick": [str(default), str(mini)], "feature": "reviews", "on": "no", "sure": "yes"}
    assert ada.post_form("/models/many/features", ticks).status_code == 302
    assert ada.post_form("/models/many/delete", {"pick": str(default), "sure": "yes"}).status_code == 302
    assert not publishing.read(actors.ada, runtime, mini).is_default, "nor is it the heir"
    undo = ada.post_form(f"/models/{mini}/default", {"instead_of": str(default)}, follow_redirects=True)
    assert "is the default" not in undo.text
    assert not publishing.read(actors.ada, runtime, mini).is_default
    team = teams.create(actors.ada, runtime, "Blue")
    owners.give(actors.ada, runtime, "acme", team)
    owners.give(actors.ada, runtime, "acme", None)
    assert not publishing.read(actors.ada, runtime, mini).is_default
