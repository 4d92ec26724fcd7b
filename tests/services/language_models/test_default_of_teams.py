"""The deployment's default is nobody's own: a provider that becomes a team's takes no default with it."""

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict
from portal.services.language_models import lifecycle
from portal.services.providers import owners
from portal.services.teams import teams
from portal.store import catalog
from portal.store.base import reading
from portal.store.language_models import LanguageModelRecord
from tests.chatting import connect


@pytest.fixture
def models(runtime, actors):
    (own,) = connect(runtime, actors.ada, "http://127.0.0.1:9", "mine", name="blue")
    (other,) = connect(runtime, actors.ada, "http://127.0.0.1:9", "everybodys", name="acme")
    return own, other


def default():
    with reading() as session:
        return session.scalar(
            select(LanguageModelRecord.name).where(LanguageModelRecord.id == catalog.default_id(session))
        )


def test_a_provider_that_becomes_a_teams_leaves_the_default_to_another(runtime, actors, models):
    assert default() == "mine"
    owners.give(actors.ada, runtime, "blue", teams.create(actors.ada, runtime, "Blue"))
    assert default() == "everybodys"


def test_a_teams_model_cannot_be_made_the_default(runtime, actors, models):
    owners.give(actors.ada, runtime, "blue", teams.create(actors.ada, runtime, "Blue"))
    with pytest.raises(Conflict, match="team’s own"):
        lifecycle.make_default(actors.ada, runtime, models[0])


def test_where_every_model_is_a_teams_there_is_no_default(runtime, actors, models):
    blue = teams.create(actors.ada, runtime, "Blue")
    for name in ("blue", "acme"):
        owners.give(actors.ada, runtime, name, blue)
    assert default() is None
    owners.give(actors.ada, runtime, "acme", None)
    assert default() == "everybodys"
