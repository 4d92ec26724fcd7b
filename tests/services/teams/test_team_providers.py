"""What a manager does with the providers of their own team, and what nobody does for a team that is not theirs."""

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.faults import Category, UpstreamError
from portal.domain.health import KeyStatus
from portal.domain.language_models import Draft as ModelDraft
from portal.services.keys import endpoints
from portal.services.language_models import publishing
from portal.services.people import team_rights
from portal.services.providers import detail, draft_checks, owners, registry
from portal.services.selection import choosing
from portal.services.teams import members, my_team, teams
from portal.store import providers
from portal.store.audit import AuditRecord
from portal.store.base import reading
from tests.conftest import Actors
from tests.connecting import draft
from tests.services.teams.cast import Cast, of, two_teams


@pytest.fixture
def cast(runtime) -> Cast:
    return two_teams(runtime)


def manager(cast: Cast, *, blue: bool = False):
    return team_rights.as_manager(of(Actors.eve, cast.blue) if blue else of(Actors.uma, cast.red))


def list_networks(runtime, team_id, networks: str) -> None:
    page = teams.find(Actors.ada, runtime, team_id)
    teams.change(Actors.ada, runtime, team_id, page.team.name, exclusive=False, networks=networks, version=page.version)


def owner_of(name: str):
    with reading() as session:
        return providers.find(session, name).team_id


def test_a_manager_acts_for_their_team_and_has_nothing_of_their_own_in_it(cast):
    me = manager(cast)
    assert (me.acts_for, me.permissions, me.id) == (cast.red, team_rights.OWN, Actors.uma.id)


def test_nobody_else_acts_for_a_team(cast, runtime):
    for actor in (Actors.ada, Actors.uma, of(Actors.uma, cast.blue), of(Actors.otto, cast.red)):
        with pytest.raises(NotFound):
            team_rights.as_manager(actor)
    teams.entitle(Actors.ada, runtime, cast.red, on=False)
    with pytest.raises(Conflict, match="no longer"):
        manager(cast)


def test_a_manager_connects_and_the_team_owns_it_whatever_the_form_says(cast, runtime, upstream):
    saved = registry.register(manager(cast), runtime, draft(upstream, owner=str(cast.blue)))
    assert owner_of(saved.name) == cast.red
    with reading() as session:
        row = session.scalar(select(AuditRecord).where(AuditRecord.verb == "provider.create"))
    assert (row.actor, row.subject, row.after["owner"]) == ("Uma Ortiz", "acme", "Red")
    assert saved.models > 0
    assert {model.address.partition(":")[0] for model in my_team.read(of(Actors.uma, cast.red), runtime).models} == {
        "red",
        "acme",
    }


def test_names_are_unique_in_the_deployment(cast, runtime, upstream):
    for taken in ("deployment", "blue"):
        with pytest.raises(Invalid) as caught:
            registry.register(manager(cast), runtime, draft(upstream, name=taken))
        assert "name" in caught.value.faults


def test_a_team_brings_its_own_key_and_does_not_spend_the_deployments(cast, runtime, environment):
    environment["OPENAI_API_KEY"] = "sk-of-the-deployment"
    typed = draft("https://api.openai.com/v1", type="openai", key="")
    with pytest.raises(Invalid) as caught:
        registry.register(manager(cast), runtime, typed)
    assert "key" in caught.value.faults
    check, _ = draft_checks.check_draft(manager(cast), runtime, typed)
    assert check.category is Category.NEED_KEY
    found, _ = draft_checks.discover_draft(manager(cast), runtime, typed)
    assert found.fault.category is Category.NEED_KEY


def test_a_provider_that_becomes_a_teams_leaves_the_deployments_key_behind(cast, runtime, environment):
    environment["OPENAI_API_KEY"] = "sk-of-the-deployment"
    typed = draft("https://api.openai.com/v1", type="openai", key="", name="shared")
    registry.register(Actors.ada, runtime, typed)
    with reading() as session:
        id = providers.find(session, "shared").id

    def serving() -> str | None:
        return choosing.current_catalog(runtime).providers[id].credential

    assert (serving(), endpoints.resolve(runtime, id).source) == ("environment", "environment")
    owners.give(Actors.ada, runtime, "shared", cast.red)
    assert serving() is None
    with pytest.raises(UpstreamError) as caught:
        endpoints.resolve(runtime, id)
    assert caught.value.fault.category is Category.NEED_KEY
    assert detail.read_detail(Actors.ada, runtime, "shared").key.status is KeyStatus.MISSING
    owners.give(Actors.ada, runtime, "shared", None)
    assert (serving(), endpoints.resolve(runtime, id).source) == ("environment", "environment")


def test_an_unsaved_form_reaches_what_is_listed_for_whom_it_is_to_be(cast, runtime, upstream):
    me, typed = manager(cast), draft(upstream)
    for who, form in ((me, typed), (Actors.ada, draft(upstream, owner=str(cast.red)))):
        check, _ = draft_checks.check_draft(who, runtime, form)
        assert check.category is Category.EGRESS
        found, _ = draft_checks.discover_draft(who, runtime, form)
        assert found.fault.category is Category.EGRESS
    list_networks(runtime, cast.red, "127.0.0.0/8")
    for who, form in ((me, typed), (Actors.ada, draft(upstream, owner=str(cast.red)))):
        check, _ = draft_checks.check_draft(who, runtime, form)
        assert check.category is not Category.EGRESS
        found, _ = draft_checks.discover_draft(who, runtime, form)
        assert found.fault is None or found.fault.category is not Category.EGRESS
    check, _ = draft_checks.check_draft(Actors.ada, runtime, draft(upstream, owner=""))
    assert check.category is not Category.EGRESS


def test_the_form_of_a_saved_provider_reaches_no_more_for_whoever_may_not_give_it_away(cast, runtime, upstream):
    saved = registry.register(manager(cast), runtime, draft(upstream)).name
    for who in (manager(cast), Actors.otto):
        check, _ = draft_checks.check_draft(who, runtime, draft(upstream, owner=""), saved)
        assert check.category is Category.EGRESS
    check, _ = draft_checks.check_draft(Actors.ada, runtime, draft(upstream, owner=""), saved)
    assert check.category is not Category.EGRESS


@pytest.mark.parametrize("name", ["blue", "deployment", "nothing"])
def test_what_another_owns_is_nothing_to_a_manager(cast, runtime, upstream, name):
    me, typed = manager(cast), draft(upstream, type="demo")
    with pytest.raises(NotFound):
        registry.read_draft(me, name)
    with pytest.raises(NotFound):
        registry.change(me, runtime, name, typed, "")
    with pytest.raises(NotFound):
        registry.turn(me, runtime, name, on=False)
    with pytest.raises(NotFound):
        registry.delete(me, runtime, name)
    with pytest.raises(NotFound):
        draft_checks.check_draft(me, runtime, typed, name)
    with pytest.raises(NotFound):
        draft_checks.discover_draft(me, runtime, typed, name)
    with pytest.raises(NotFound):
        publishing.publish_ticked(me, runtime, name, [ModelDraft(wire_name="more", display_name="More")])
    with pytest.raises(NotFound):
        detail.read_detail(me, runtime, name)
    with pytest.raises(NotFound):
        owners.find_own(me, name)


def test_what_was_begun_as_manager_ends_with_it(cast, runtime, upstream):
    me = manager(cast)
    _, seen = registry.read_draft(me, "red")
    teams.entitle(Actors.ada, runtime, cast.red, on=False)
    for act in (
        lambda: registry.change(me, runtime, "red", draft(upstream, type="demo"), seen),
        lambda: registry.register(me, runtime, draft(upstream)),
        lambda: draft_checks.check_draft(me, runtime, draft(upstream)),
        lambda: publishing.publish_ticked(me, runtime, "red", [ModelDraft(wire_name="more", display_name="More")]),
        lambda: registry.delete(me, runtime, "red"),
    ):
        with pytest.raises(Conflict, match="no longer"):
            act()
    teams.entitle(Actors.ada, runtime, cast.red, on=True)
    members.make_manager(Actors.ada, runtime, cast.red, Actors.uma.id, on=False)
    with pytest.raises(NotFound):
        registry.register(me, runtime, draft(upstream))


def test_without_acting_for_a_team_a_manager_may_no_more_than_before(cast, runtime, upstream):
    with pytest.raises(Denied):
        registry.register(of(Actors.uma, cast.red), runtime, draft(upstream))
    with pytest.raises(Denied):
        registry.delete(of(Actors.uma, cast.red), runtime, "red")
