import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.permissions import BUILT_IN_ROLES, Permission
from portal.services.people import roles, users
from portal.store.audit import AuditRecord
from portal.store.base import reading
from portal.store.people import RoleRecord
from tests.conftest import Actors
from tests.services.people.test_users import actor_of, built_in, create, make, managing

__all__ = ["built_in"]

CHAT, VIEW, MANAGE = Permission.CHAT, Permission.PROVIDER_VIEW, Permission.ROLE_MANAGE


def test_a_custom_role_grants_what_is_ticked(runtime):
    role_id = roles.create(Actors.ada, runtime, " Chatter ", "Chats  only.", [CHAT])
    role = roles.find(Actors.ada, runtime, role_id).role
    assert (role.name, role.description, role.permissions) == ("Chatter", "Chats only.", {CHAT})
    assert actor_of(runtime, make(runtime, [role_id])).permissions == {CHAT}


def test_a_change_of_a_role_counts_from_the_next_request_of_its_holders(runtime):
    role_id = roles.create(Actors.ada, runtime, "Chatter", "", [CHAT])
    holder = make(runtime, [role_id])
    roles.change(Actors.ada, runtime, role_id, "Viewer", "", [VIEW])
    assert actor_of(runtime, holder).permissions == {VIEW}


def test_the_built_in_roles_come_first_and_stay_as_they_are(runtime, built_in):
    listed = roles.list_for(Actors.ada, runtime)
    assert [role.built_in for role in listed] == [True] * 4
    assert {role.name: role.holders for role in listed} == {
        "Administrator": 1,
        "Operator": 1,
        "Auditor": 0,
        "Developer": 1,
    }
    for key, role_id in built_in.items():
        assert roles.find(Actors.ada, runtime, role_id).role.permissions == BUILT_IN_ROLES[key].permissions
        with pytest.raises(Conflict, match="Copy it"):
            roles.change(Actors.ada, runtime, role_id, "Mine", "", [CHAT])
        with pytest.raises(Conflict, match="Copy it"):
            roles.remove(Actors.ada, runtime, role_id)


@pytest.mark.parametrize(
    ("name", "description", "field"),
    [
        ("", "", "name"),
        ("x" * 81, "", "name"),
        ("a\0b", "", "name"),
        ("DEVELOPER", "", "name"),
        ("x", "y" * 301, "description"),
    ],
)
def test_what_cannot_be_used_is_named(runtime, name, description, field):
    with pytest.raises(Invalid) as caught:
        roles.create(Actors.ada, runtime, name, description, [])
    assert set(caught.value.faults) == {field}


@pytest.mark.parametrize("lifting", [[""], ["acme:small", " "], ["acme:small,*"], ["acme:small\n*"]])
def test_a_blank_pattern_among_others_does_not_lift_what_a_role_reaches(runtime, lifting):
    role_id = roles.create(Actors.ada, runtime, "Chatter", "", [CHAT], ["acme:small", "acme"])
    assert roles.find(Actors.ada, runtime, role_id).patterns == ("acme:small", "acme:*")
    with pytest.raises(Invalid) as caught:
        roles.change(Actors.ada, runtime, role_id, "Chatter", "", [CHAT], lifting)
    assert list(caught.value.faults) == ["models"]


def test_a_route_s_own_permissions_are_not_for_roles(runtime):
    with pytest.raises(Invalid) as caught:
        roles.create(Actors.ada, runtime, "Public", "", [Permission.PUBLIC])
    assert set(caught.value.faults) == {"permissions"}


def test_eve_may_do_nothing_here(runtime, built_in):
    for attempt in (
        lambda: roles.list_for(Actors.eve, runtime),
        lambda: roles.find(Actors.eve, runtime, built_in["developer"]),
        lambda: roles.create(Actors.eve, runtime, "Eve's", "", []),
        lambda: roles.permissions_to_give(Actors.eve, runtime),
    ):
        with pytest.raises(Denied):
            attempt()


def test_nobody_gives_out_through_a_role_what_they_lack(runtime, built_in):
    otto = managing(runtime, MANAGE)
    with pytest.raises(Denied, match="Chat"):
        roles.create(otto, runtime, "Chatter", "", [VIEW, CHAT])
    own = next(role for role in roles.list_for(otto, runtime) if role.name.startswith("Front desk"))
    with pytest.raises(Denied):
        roles.change(otto, runtime, own.id, own.name, "", [*own.permissions, Permission.PROVIDER_DELETE])
    assert Permission.PROVIDER_DELETE not in actor_of(runtime, Actors.otto.id).permissions
    copy = roles.create(otto, runtime, "Viewer", "", [VIEW])
    roles.change(otto, runtime, copy, "Viewer", "", [VIEW, Permission.PROVIDER_TEST])
    assert roles.remove(otto, runtime, copy) == "Viewer"


def test_a_role_that_grants_more_is_out_of_reach(runtime):
    big = roles.create(Actors.ada, runtime, "Big", "", [CHAT, VIEW])
    otto = managing(runtime, MANAGE)
    assert not roles.find(otto, runtime, big).role.reachable
    for attempt in (
        lambda: roles.change(otto, runtime, big, "Big", "", [VIEW]),
        lambda: roles.change(otto, runtime, big, "Small", "", [CHAT, VIEW]),
        lambda: roles.remove(otto, runtime, big),
        lambda: create(otto, runtime, big),
    ):
        with pytest.raises(Denied):
            attempt()


def test_a_role_that_a_greater_person_holds_too_is_out_of_reach(runtime, built_in):
    """Changing it would change what the Administrator may do: that is touching their account by another way."""
    small = roles.create(Actors.ada, runtime, "Small", "", [VIEW])
    ada = users.find(Actors.ada, runtime, Actors.ada.id)
    users.change(Actors.ada, runtime, ada.id, ada.name, ada.email, [built_in["administrator"], small])
    otto = managing(runtime, MANAGE)
    assert not roles.find(otto, runtime, small).role.reachable
    with pytest.raises(Denied, match="Somebody who may do more"):
        roles.change(otto, runtime, small, "Small", "", [])
    with pytest.raises(Denied):
        roles.remove(otto, runtime, small)
    roles.change(Actors.ada, runtime, small, "Smaller", "", [])


def test_a_role_that_somebody_holds_is_not_deleted_and_names_them(runtime):
    role_id = roles.create(Actors.ada, runtime, "Chatter", "", [CHAT])
    holders = [make(runtime, [role_id], name) for name in ("Abe Fox", "Bo Day")]
    with pytest.raises(Conflict, match="Abe Fox and Bo Day still hold Chatter"):
        roles.remove(Actors.ada, runtime, role_id)
    assert roles.find(Actors.ada, runtime, role_id).holders == ("Abe Fox", "Bo Day")
    users.remove(Actors.ada, runtime, holders[0])
    with pytest.raises(Conflict, match="Bo Day still holds Chatter"):
        roles.remove(Actors.ada, runtime, role_id)
    users.remove(Actors.ada, runtime, holders[1])
    assert roles.remove(Actors.ada, runtime, role_id) == "Chatter"
    with pytest.raises(NotFound):
        roles.find(Actors.ada, runtime, role_id)


def test_a_long_row_of_names_is_counted():
    assert roles.in_row(["Ada"], 1) == "Ada"
    assert roles.in_row(["Ada", "Otto", "Uma"], 3) == "Ada, Otto and Uma"
    assert roles.in_row(["Ada", "Otto"], 14) == "Ada, Otto and 12 more"


def test_a_role_given_out_while_it_is_deleted_is_one_or_the_other(app, runtime, built_in):
    for _ in range(4):
        role_id = roles.create(Actors.ada, runtime, f"Passing {uuid4().hex[:6]}", "", [CHAT])
        together = threading.Barrier(2)

        def give() -> bool:
            with app.app_context():
                together.wait()  # noqa: B023 - the threads end within this turn of the loop
                try:
                    users.change(Actors.ada, runtime, Actors.eve.id, "Eve", "eve@example.org", [role_id])  # noqa: B023
                except Invalid:
                    return False
                return True

        def delete() -> bool:
            with app.app_context():
                together.wait()  # noqa: B023
                try:
                    roles.remove(Actors.ada, runtime, role_id)  # noqa: B023
                except Conflict:
                    return False
                return True

        with ThreadPoolExecutor(2) as pool:
            given, deleted = pool.submit(give), pool.submit(delete)
            assert given.result() != deleted.result()
        users.change(Actors.ada, runtime, Actors.eve.id, "Eve", "eve@example.org", [built_in["developer"]])


def test_every_change_of_a_role_is_in_the_trail(runtime):
    role_id = roles.create(Actors.ada, runtime, "Chatter", "", [CHAT])
    roles.change(Actors.ada, runtime, role_id, "Chatter", "", [VIEW, CHAT])
    roles.change(Actors.ada, runtime, role_id, "Chatter", "", [VIEW, CHAT])
    roles.remove(Actors.ada, runtime, role_id)
    with reading() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
        assert session.scalar(select(RoleRecord).where(RoleRecord.id == role_id)) is None
    assert [row.verb for row in rows] == ["role.create", "role.change", "role.delete"]
    assert rows[1].before["permissions"] == ["chat.use"]
    assert rows[1].after["permissions"] == ["chat.use", "llm_provider.view"]
