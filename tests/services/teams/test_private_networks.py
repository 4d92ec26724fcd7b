import pytest

from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category
from portal.services.health import checks
from portal.services.providers import owners
from portal.services.teams import teams
from tests.conftest import Actors
from tests.connecting import connect


def test_a_team_narrows_what_the_deployment_allows():
    narrowed = EgressPolicy("allow").of_team(("10.1.0.0/16",))
    assert narrowed.refusal("10.1.2.3") is None
    assert narrowed.refusal("203.0.114.9") is None
    assert "listed for this team" in narrowed.refusal("10.2.0.1").sentence
    assert "listed for this team" in narrowed.refusal("127.0.0.1").sentence
    assert "PORTAL_PRIVATE_NETWORKS" in EgressPolicy("deny").of_team(("10.1.0.0/16",)).refusal("10.1.2.3").sentence
    with pytest.raises(ValueError, match="no network"):
        EgressPolicy("allow").of_team(("no network",)).refusal("10.1.2.3")


def test_a_teams_provider_reaches_no_private_address_that_is_not_listed(runtime, upstream):
    name = connect(Actors.ada, runtime, upstream.url, default_model="gpt-5.2")
    assert checks.check_saved(Actors.ada, runtime, name).category is not Category.EGRESS
    team_id = teams.create(Actors.ada, runtime, "Red")
    owners.give(Actors.ada, runtime, name, team_id)
    assert checks.check_saved(Actors.ada, runtime, name).category is Category.EGRESS
    version = teams.find(Actors.ada, runtime, team_id).version
    teams.change(Actors.ada, runtime, team_id, "Red", exclusive=False, networks="127.0.0.0/8", version=version)
    assert checks.check_saved(Actors.ada, runtime, name).category is not Category.EGRESS
    owners.give(Actors.ada, runtime, name, None)
    assert checks.check_saved(Actors.ada, runtime, name).category is not Category.EGRESS
