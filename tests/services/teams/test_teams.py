from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.permissions import Permission
from portal.domain.reasons import Layer, Reason
from portal.domain.versions import Outdated
from portal.services.people import team_rights
from portal.services.providers import owners
from portal.services.selection import choosing
from portal.services.teams import members, my_team, teams
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.people import RoleRecord, UserRecord
from tests.conftest import Actors
from tests.services.people.test_users import actor_of, built_in, managing
from tests.services.teams.cast import Cast, of, two_teams

__all__ = ["built_in"]


@pytest.fixture
def cast(runtime) -> Cast:
    return two_teams(runtime)


def verbs() -> list[str]:
    with reading() as session:
        return [row.verb for row in session.scalars(select(AuditRecord).order_by(AuditRecord.seq))]


def save(runtime, team_id, **changed) -> None:
    page = teams.find(Actors.ada, runtime, team_id)
    typed = {
        "name": page.team.name,
        "exclusive": page.team.exclusive,
        "networks": "\n".join(page.networks),
        "version": page.version,
    }
    teams.change(Actors.ada, runtime, team_id, **(typed | changed))


def test_a_team_is_listed_with_what_it_has(runtime, cast):
    blue, red = teams.list_for(Actors.ada, runtime)
    assert (blue.name, blue.managers, blue.members, blue.providers) == ("Blue", ("Eve Stone",), 1, 1)
    assert (red.name, red.entitled, red.exclusive) == ("Red", True, False)
    page = teams.find(Actors.ada, runtime, cast.red)
    assert [(member.name, member.manages) for member in page.members] == [("Uma Ortiz", True)]
    assert [provider.name for provider in page.providers] == ["red"]


def test_only_those_who_manage_teams_touch_them(runtime, cast):
    for actor in (Actors.otto, Actors.uma, Actors.eve, of(Actors.eve, cast.blue)):
        for verb in (
            lambda actor=actor: teams.list_for(actor, runtime),
            lambda actor=actor: teams.find(actor, runtime, cast.red),
            lambda actor=actor: teams.create(actor, runtime, "Mine"),
            lambda actor=actor: teams.entitle(actor, runtime, cast.red, on=False),
            lambda actor=actor: members.remove_member(actor, runtime, cast.red, Actors.uma.id),
            lambda actor=actor: members.add_member(actor, runtime, cast.red, "otto@example.org"),
            lambda actor=actor: members.make_manager(actor, runtime, cast.red, Actors.uma.id, on=False),
            lambda actor=actor: teams.remove(actor, runtime, cast.red),
            lambda actor=actor: owners.give(actor, runtime, "red", None),
        ):
            with pytest.raises(Denied):
                verb()


@pytest.mark.parametrize("name", ["", "x" * 81, "a\0b", "RED"])
def test_a_name_that_cannot_be_one(runtime, cast, name):
    with pytest.raises(Invalid) as fault:
        teams.create(Actors.ada, runtime, name)
    assert set(fault.value.faults) == {"name"}


def test_networks_are_read_and_refused(runtime, cast):
    save(runtime, cast.red, networks="10.1.2.0/24\n fd00:1::/32, 10.1.2.0/24")
    assert teams.find(Actors.ada, runtime, cast.red).networks == ("10.1.2.0/24", "fd00:1::/32")
    for wrong in ("10.1.2.3/24", "example.org", "10.0.0.0/99"):
        with pytest.raises(Invalid) as fault:
            save(runtime, cast.red, networks=wrong)
        assert set(fault.value.faults) == {"networks"}


def test_the_second_of_two_who_save_a_team_learns_of_the_first(runtime, cast):
    version = teams.find(Actors.ada, runtime, cast.red).version
    save(runtime, cast.red, exclusive=True)
    with pytest.raises(Outdated, match="Red changed"):
        save(runtime, cast.red, name="Crimson", version=version)


def test_a_user_belongs_to_one_team(runtime, cast):
    with pytest.raises(Invalid, match="belongs to Red"):
        members.add_member(Actors.ada, runtime, cast.blue, "uma@example.org")
    with pytest.raises(Invalid, match="belongs to Red already"):
        members.add_member(Actors.ada, runtime, cast.red, " UMA@example.org ")
    with pytest.raises(Invalid, match="Nobody has an account"):
        members.add_member(Actors.ada, runtime, cast.blue, "nobody@example.org\0")
    members.remove_member(Actors.ada, runtime, cast.red, Actors.uma.id)
    members.add_member(Actors.ada, runtime, cast.blue, "uma@example.org")
    assert not my_team.manages(of(Actors.uma, cast.red))
    assert not my_team.manages(of(Actors.uma, cast.blue))


def test_nobody_moves_whoever_may_do_more(runtime, cast, built_in):
    keeper = managing(runtime, Permission.TEAM_MANAGE)
    with pytest.raises(Denied, match="may do things that you may not"):
        members.add_member(keeper, runtime, cast.red, "ada@example.org")
    with pytest.raises(Denied):
        members.remove_member(keeper, runtime, cast.red, Actors.uma.id)
    members.remove_member(keeper, runtime, cast.blue, Actors.eve.id)


def test_ids_of_nobody_and_of_another_team_are_not_there(runtime, cast):
    for verb in (
        lambda: teams.find(Actors.ada, runtime, uuid4()),
        lambda: teams.remove(Actors.ada, runtime, uuid4()),
        lambda: members.remove_member(Actors.ada, runtime, cast.red, Actors.eve.id),
        lambda: members.make_manager(Actors.ada, runtime, cast.red, Actors.eve.id, on=True),
        lambda: members.make_manager(Actors.ada, runtime, cast.red, uuid4(), on=True),
    ):
        with pytest.raises(NotFound):
            verb()


def test_a_team_goes_once_it_is_empty(runtime, cast):
    with pytest.raises(Conflict, match="its one member and the provider red"):
        teams.remove(Actors.ada, runtime, cast.red)
    members.remove_member(Actors.ada, runtime, cast.red, Actors.uma.id)
    owners.give(Actors.ada, runtime, "red", None)
    assert teams.remove(Actors.ada, runtime, cast.red) == "Red"
    assert [team.name for team in teams.list_for(Actors.ada, runtime)] == ["Blue"]


def test_the_team_default_answers_members_until_the_entitlement_is_withdrawn(runtime, cast):
    uma = of(Actors.uma, cast.red)
    assert choosing.choose(runtime, uma).layer is Layer.DEFAULT
    my_team.choose_default(uma, runtime, cast.models["red:large"])
    chosen = choosing.choose(runtime, uma)
    assert (chosen.layer, chosen.language_model_id) == (Layer.TEAM_DEFAULT, cast.models["red:large"])
    assert choosing.choose(runtime, of(Actors.eve, cast.blue)).language_model_id == cast.models["deployment:small"]

    teams.entitle(Actors.ada, runtime, cast.red, on=False)
    chosen = choosing.choose(runtime, uma)
    assert (chosen.layer, chosen.language_model_id) == (Layer.DEFAULT, cast.models["deployment:small"])
    assert Reason.NOT_ENTITLED in [step.outcome for step in chosen.trail]
    page = my_team.read(uma, runtime)
    assert (page.own, page.reason, page.default_id) == (False, team_rights.LOCKED, cast.models["red:large"])
    with pytest.raises(Conflict, match="no longer"):
        my_team.choose_default(uma, runtime, cast.models["red:small"])

    teams.entitle(Actors.ada, runtime, cast.red, on=True)
    assert choosing.choose(runtime, uma).language_model_id == cast.models["red:large"]
    page = my_team.read(uma, runtime)
    assert (page.active, page.own, page.reason) == ("large", True, "")


def test_members_of_an_exclusive_team_reach_its_own_models_alone(runtime, cast):
    uma = of(Actors.uma, cast.red)
    save(runtime, cast.red, exclusive=True)
    assert choosing.choose(runtime, uma).language_model_id == cast.models["red:small"]
    assert choosing.why_not(runtime, uma, cast.models["deployment:small"]) is Reason.NOT_ALLOWED


def test_a_default_is_one_of_the_teams_own_models(runtime, cast):
    uma = of(Actors.uma, cast.red)
    for name in ("deployment:small", "blue:small"):
        with pytest.raises(NotFound):
            my_team.choose_default(uma, runtime, cast.models[name])
    my_team.choose_default(uma, runtime, cast.models["red:small"])
    owners.give(Actors.ada, runtime, "red", cast.blue)
    assert my_team.read(uma, runtime).default_id is None
    with pytest.raises(NotFound):
        my_team.choose_default(uma, runtime, cast.models["red:small"])


def test_the_page_of_a_team_is_its_managers_alone(runtime, cast):
    for actor in (
        Actors.eve,
        Actors.ada,
        of(Actors.otto, cast.red),
        of(Actors.uma, cast.blue),
        of(Actors.eve, cast.red),
        replace(of(Actors.uma, cast.red), id=None),
    ):
        for verb in (my_team.read, owners.of_my_team):
            with pytest.raises(NotFound):
                verb(actor, runtime)
        with pytest.raises(NotFound):
            my_team.choose_default(actor, runtime, cast.models["red:small"])
        assert not my_team.manages(actor)
    assert [item.name for item in owners.of_my_team(of(Actors.uma, cast.red), runtime)] == ["red"]


def test_a_manager_whom_somebody_disabled_manages_nothing(runtime, cast):
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).enabled = False
    assert not my_team.manages(of(Actors.uma, cast.red))


def test_what_is_done_to_a_team_is_told(runtime, cast):
    before = len(verbs())
    uma = of(Actors.uma, cast.red)
    my_team.choose_default(uma, runtime, cast.models["red:small"])
    my_team.choose_default(uma, runtime, None)
    my_team.choose_default(uma, runtime, None)
    save(runtime, cast.red, exclusive=True)
    save(runtime, cast.red)
    teams.entitle(Actors.ada, runtime, cast.red, on=False)
    teams.entitle(Actors.ada, runtime, cast.red, on=True)
    members.remove_member(Actors.ada, runtime, cast.red, Actors.uma.id)
    owners.give(Actors.ada, runtime, "red", None)
    teams.remove(Actors.ada, runtime, cast.red)
    assert verbs()[before:] == [
        "team.default",
        "team.default",
        "team.change",
        "team.withdraw",
        "team.entitle",
        "team.change",
        "provider.change",
        "team.delete",
    ]


def test_a_team_with_many_members_counts_the_rest(runtime, cast):
    members.add_member(Actors.ada, runtime, cast.red, "otto@example.org")
    page = teams.find(Actors.ada, runtime, cast.red, shown=1)
    assert (page.team.members, [member.name for member in page.members]) == (2, ["Uma Ortiz"])


def test_a_member_brings_their_team_with_each_request(runtime, cast):
    with reading() as session:
        assert session.scalar(select(RoleRecord.id)) is not None
    assert actor_of(runtime, Actors.uma.id).team_id == cast.red
