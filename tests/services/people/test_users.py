import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select

from portal.domain.errors import Conflict, Denied, Invalid, NotFound, PortalError
from portal.domain.people import Actor
from portal.domain.permissions import BUILT_IN_ROLES, Permission
from portal.services.people import passwords, roles, sessions, users
from portal.store.audit import AuditRecord
from portal.store.base import db, reading, transaction
from portal.store.chats import ChatRecord
from portal.store.people import RoleRecord, UserRecord, UserRoleRecord
from portal.store.sessions import SessionRecord
from tests.conftest import Actors


@pytest.fixture
def built_in(app) -> dict[str, object]:
    with reading() as session:
        return {row.built_in: row.id for row in session.execute(select(RoleRecord.built_in, RoleRecord.id))}


def make(tools, role_ids, name="New Person") -> UUID:
    """Somebody with these roles, put straight into the database: no password is hashed for it."""
    with transaction() as session:
        email = f"{uuid4().hex}@example.org"
        return users.add(session, tools, name, email, "no hash", role_ids, must_change=False).id


def create(actor, tools, *role_ids, name="Nia Park", email="nia@example.org") -> users.Credentials:
    return users.create(actor, tools, name, email, role_ids)


def actor_of(tools, user_id) -> Actor:
    """Somebody as the next request of theirs sees them."""
    with transaction() as session:
        token = sessions.open_session(session, tools, user_id, "127.0.0.1", "pytest")
    return sessions.find(token, tools).actor("127.0.0.1")


def managing(tools, *more: Permission) -> Actor:
    """Otto, who holds user.manage (and more) through a custom role beside Operator."""
    role_id = roles.create(Actors.ada, tools, f"Front desk {uuid4().hex[:4]}", "", [Permission.USER_MANAGE, *more])
    person = users.find(Actors.ada, tools, Actors.otto.id)
    held = [role.id for role in person.roles]
    users.change(Actors.ada, tools, person.id, person.name, person.email, [*held, role_id])
    return actor_of(tools, Actors.otto.id)


def stored(user_id) -> UserRecord | None:
    with reading() as session:
        return session.get(UserRecord, user_id)


def active_administrators(built_in) -> int:
    with reading() as session:
        return session.scalar(
            select(func.count())
            .select_from(UserRecord)
            .join(UserRoleRecord, UserRoleRecord.user_id == UserRecord.id)
            .where(UserRoleRecord.role_id == built_in["administrator"], UserRecord.enabled)
        )


def test_a_new_user_signs_in_with_the_first_password_and_must_choose_another(tools, built_in):
    made = users.create(Actors.ada, tools, " Nia  Park ", "Nia@Example.org", [built_in["developer"]])
    assert passwords.fault(made.password) is None
    found = sessions.find(sessions.sign_in(tools, "nia@example.org", made.password, "192.0.2.1", "pytest"), tools)
    assert (found.name, found.must_change_password, found.roles) == ("Nia Park", True, ("Developer",))


def test_every_field_that_cannot_be_used_is_named_at_once(tools, built_in):
    with pytest.raises(Invalid) as caught:
        users.create(Actors.ada, tools, " ", "nobody", [], "short")
    assert set(caught.value.faults) == {"name", "email", "roles", "password"}


def test_an_e_mail_has_one_account_whatever_its_capitals(tools, built_in):
    with pytest.raises(Invalid) as caught:
        users.create(Actors.ada, tools, "Another Uma", "UMA@example.org", [built_in["developer"]])
    assert "Somebody has an account" in caught.value.faults["email"]
    with pytest.raises(Invalid):
        users.change(Actors.ada, tools, Actors.eve.id, "Eve", "uma@example.org", [built_in["developer"]])


def test_eve_may_do_nothing_here(tools, built_in):
    for attempt in (
        lambda: users.list_for(Actors.eve, tools),
        lambda: users.find(Actors.eve, tools, Actors.eve.id),
        lambda: create(Actors.eve, tools, built_in["developer"]),
        lambda: users.disable(Actors.eve, tools, Actors.uma.id),
        lambda: users.reset_password(Actors.eve, tools, Actors.uma.id),
        lambda: users.remove(Actors.eve, tools, Actors.uma.id),
    ):
        with pytest.raises(Denied):
            attempt()


def test_rights_taken_away_since_the_request_began_are_gone(tools, built_in):
    """The request was let in; then the role was taken away. What counts is what is stored when the change is made."""
    otto = managing(tools)
    users.change(Actors.ada, tools, Actors.otto.id, "Otto Lind", "otto@example.org", [built_in["operator"]])
    with pytest.raises(Denied, match="any more"):
        users.disable(otto, tools, Actors.eve.id)


def test_rights_beyond_the_request_are_not_used(tools, built_in):
    """A token with fewer scopes acts for Ada: it gives out no more than it carries."""
    narrow = Actor(Actors.ada.id, "Ada's token", frozenset({Permission.USER_MANAGE}))
    with pytest.raises(Denied):
        create(narrow, tools, built_in["developer"])
    with pytest.raises(Denied):
        users.disable(narrow, tools, Actors.uma.id)
    assert users.disable(narrow, tools, Actors.eve.id)


@pytest.mark.parametrize("more", [(), (Permission.ROLE_MANAGE,)])
def test_an_operator_who_manages_users_reaches_no_administrator(tools, built_in, more):
    otto, ada = managing(tools, *more), Actors.ada.id
    before = vars(stored(ada)).copy()
    for attempt in (
        lambda: users.find(otto, tools, ada),
        lambda: users.change(otto, tools, ada, "Otto's Ada", "otto2@example.org", [built_in["operator"]]),
        lambda: users.change(otto, tools, ada, "Ada Marsh", "ada@example.org", [built_in["administrator"]]),
        lambda: users.disable(otto, tools, ada),
        lambda: users.enable(otto, tools, ada),
        lambda: users.reset_password(otto, tools, ada),
        lambda: users.what_goes_with(otto, tools, ada),
        lambda: users.remove(otto, tools, ada),
        lambda: create(otto, tools, built_in["administrator"]),
        lambda: users.change(otto, tools, otto.id, "Otto", "otto@example.org", [built_in["administrator"]]),
        lambda: users.change(otto, tools, Actors.eve.id, "Eve", "eve@example.org", [built_in["administrator"]]),
    ):
        with pytest.raises(Denied):
            attempt()
    after = vars(stored(ada)).copy()
    before.pop("_sa_instance_state"), after.pop("_sa_instance_state")
    assert after == before
    assert active_administrators(built_in) == 1
    assert built_in["administrator"] not in {role.id for role in users.roles_to_give(otto, tools)}
    assert {person.name: person.reachable for person in users.list_for(otto, tools).people} == {
        "Ada Marsh": False,
        "Eve Stone": True,
        "Otto Lind": True,
        "Uma Ortiz": False,
    }


def test_an_operator_who_manages_users_manages_those_who_may_do_no_more(tools, built_in):
    otto = managing(tools)
    made = users.create(otto, tools, "Ola Berg", "ola@example.org", [built_in["operator"]])
    users.disable(otto, tools, made.id)
    users.enable(otto, tools, made.id)
    assert users.reset_password(otto, tools, made.id).password != made.password
    users.change(otto, tools, made.id, "Ola B.", "ola@example.org", [built_in["operator"]])
    assert users.remove(otto, tools, made.id) == "Ola B."


def test_holding_all_permissions_of_today_does_not_reach_an_administrator(tools, built_in):
    """Administrator also holds what later versions add, so a copy of today's permissions covers less."""
    everything = roles.create(Actors.ada, tools, "Everything", "", BUILT_IN_ROLES["administrator"].permissions)
    deputy = actor_of(tools, make(tools, [everything], "Deputy"))
    with pytest.raises(Denied):
        users.disable(deputy, tools, Actors.ada.id)
    with pytest.raises(Denied):
        create(deputy, tools, built_in["administrator"])
    assert create(deputy, tools, everything)


def test_the_last_administrator_stays_one(tools, built_in):
    ada = Actors.ada
    for attempt in (
        lambda: users.change(ada, tools, ada.id, ada.label, "ada@example.org", [built_in["developer"]]),
        lambda: users.disable(ada, tools, ada.id),
        lambda: users.remove(ada, tools, ada.id),
    ):
        with pytest.raises(Conflict, match="last active Administrator"):
            attempt()
    second = make(tools, [built_in["administrator"]], "Second Ada")
    users.disable(ada, tools, second)
    with pytest.raises(Conflict, match="last active Administrator"):
        users.disable(ada, tools, ada.id)
    users.enable(ada, tools, second)
    users.change(ada, tools, ada.id, ada.label, "ada@example.org", [built_in["developer"]])
    assert active_administrators(built_in) == 1


def test_nobody_shuts_themselves_out(tools, built_in):
    make(tools, [built_in["administrator"]], "Second Ada")
    with pytest.raises(Conflict, match="your own account"):
        users.disable(Actors.ada, tools, Actors.ada.id)
    with pytest.raises(Conflict, match="your own account"):
        users.remove(Actors.ada, tools, Actors.ada.id)
    with pytest.raises(Conflict, match="profile"):
        users.reset_password(Actors.ada, tools, Actors.ada.id)


DEEDS = {
    "demote": lambda actor, tools, them, role: users.change(actor, tools, them.id, them.name, them.email, [role]),
    "disable": lambda actor, tools, them, _: users.disable(actor, tools, them.id),
    "delete": lambda actor, tools, them, _: users.remove(actor, tools, them.id),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_administrators_who_turn_on_each_other_at_once_leave_one(app, tools, built_in, deed):
    for _ in range(4):
        crowd = [make(tools, [built_in["administrator"]], f"Admin {number}") for number in range(3)]
        persons = [users.find(Actors.ada, tools, made) for made in crowd]
        actors = [actor_of(tools, made) for made in crowd]
        users.change(actors[0], tools, Actors.ada.id, "Ada Marsh", "ada@example.org", [built_in["developer"]])
        together = threading.Barrier(3)

        def turn(number: int) -> str:
            with app.app_context():
                together.wait()  # noqa: B023 - the threads end within this turn of the loop
                them = persons[(number + 1) % 3]  # noqa: B023
                try:
                    DEEDS[deed](actors[number], tools, them, built_in["developer"])  # noqa: B023
                except PortalError as refused:
                    return type(refused).__name__
                return "done"

        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(turn, range(3)))
        assert active_administrators(built_in) >= 1, answers
        assert "done" in answers
        with transaction() as session:  # Ada is back for the next round
            session.add(UserRoleRecord(user_id=Actors.ada.id, role_id=built_in["administrator"]))
        for made in crowd:
            if stored(made):
                users.remove(Actors.ada, tools, made)


def test_two_who_leave_at_once_leave_one(app, tools, built_in):
    """Each gives up the role themselves, counting on the other to stay."""
    second = make(tools, [built_in["administrator"]], "Second Ada")
    both = [users.find(Actors.ada, tools, user_id) for user_id in (Actors.ada.id, second)]
    actors = [actor_of(tools, person.id) for person in both]
    together = threading.Barrier(2)

    def leave(number: int) -> str:
        with app.app_context():
            together.wait()
            me = both[number]
            try:
                users.change(actors[number], tools, me.id, me.name, me.email, [built_in["developer"]])
            except Conflict:
                return "kept"
            return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, range(2))) == ["kept", "left"]
    assert active_administrators(built_in) == 1


def test_disabling_ends_every_session_and_enabling_brings_back_none(tools):
    with transaction() as session:
        token = sessions.open_session(session, tools, Actors.uma.id, "127.0.0.1", "pytest")
    users.disable(Actors.ada, tools, Actors.uma.id)
    assert sessions.find(token, tools) is None
    users.enable(Actors.ada, tools, Actors.uma.id)
    assert sessions.find(token, tools) is None


def test_a_change_of_roles_counts_from_the_next_request(tools, built_in):
    with transaction() as session:
        token = sessions.open_session(session, tools, Actors.uma.id, "127.0.0.1", "pytest")
    users.change(Actors.ada, tools, Actors.uma.id, "Uma Ortiz", "uma@example.org", [built_in["auditor"]])
    assert sessions.find(token, tools).permissions == BUILT_IN_ROLES["auditor"].permissions


def test_a_reset_password_is_new_and_must_be_changed(tools):
    with transaction() as session:
        token = sessions.open_session(session, tools, Actors.uma.id, "127.0.0.1", "pytest")
    reset = users.reset_password(Actors.ada, tools, Actors.uma.id)
    assert sessions.find(token, tools) is None
    found = sessions.find(sessions.sign_in(tools, reset.email, reset.password, "192.0.2.1", "pytest"), tools)
    assert found.must_change_password


def test_deleting_takes_chats_and_sessions_and_says_so_before(tools, built_in):
    actor_of(tools, Actors.uma.id)
    with transaction() as session:
        for _ in range(2):
            session.add(ChatRecord(user_id=Actors.uma.id, created_at=tools.now(), changed_at=tools.now()))
    assert users.what_goes_with(Actors.ada, tools, Actors.uma.id) == users.Loss(chats=2, sessions=1)
    assert users.remove(Actors.ada, tools, Actors.uma.id) == "Uma Ortiz"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ChatRecord)) == 0
        assert session.scalar(select(func.count()).select_from(SessionRecord)) == 0
    with pytest.raises(NotFound):
        users.find(Actors.ada, tools, Actors.uma.id)


def test_every_change_is_in_the_trail_and_no_password_is(tools, built_in):
    made = users.create(Actors.ada, tools, "Nia Park", "nia@example.org", [built_in["developer"]])
    users.change(Actors.ada, tools, made.id, "Nia Parks", "nia@example.org", [built_in["auditor"]])
    users.change(Actors.ada, tools, made.id, "Nia Parks", "nia@example.org", [built_in["auditor"]])
    users.disable(Actors.ada, tools, made.id)
    users.disable(Actors.ada, tools, made.id)
    users.enable(Actors.ada, tools, made.id)
    reset = users.reset_password(Actors.ada, tools, made.id)
    users.remove(Actors.ada, tools, made.id)
    with reading() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
    assert [row.verb.partition(".")[2] for row in rows] == [
        "create",
        "change",
        "disable",
        "enable",
        "reset_password",
        "delete",
    ]
    assert rows[1].before == {"name": "Nia Park", "email": "nia@example.org", "roles": ["Developer"]}
    assert rows[1].after == {"name": "Nia Parks", "email": "nia@example.org", "roles": ["Auditor"]}
    told = repr([vars(row) for row in rows])
    assert made.password not in told
    assert reset.password not in told
    assert "argon2" not in told


@pytest.fixture
def hundred_and_twenty(app, tools, built_in) -> list[str]:
    """More than two pages, among them twins and names with capitals, umlauts and wildcards."""
    names = [f"Person {number:03}" for number in range(100)] + ["person 007"] * 10 + ["Ümit 100%", "under_score"] * 5
    with transaction() as session:
        for number, name in enumerate(names):
            user = UserRecord(
                id=uuid4(),
                email=f"{number}@crowd.example",
                name=name,
                password_hash="",
                created_at=tools.now(),
                enabled=number % 2 == 0,
            )
            session.add(user)
            session.flush()
            session.add(UserRoleRecord(user_id=user.id, role_id=built_in["developer"]))
    return names


def walk(tools, **wanted) -> tuple[list[users.Crowd], list[users.Person]]:
    pages = [users.list_for(Actors.ada, tools, **wanted)]
    while pages[-1].after:
        pages.append(users.list_for(Actors.ada, tools, **wanted, after=pages[-1].after))
    return pages, [person for page in pages for person in page.people]


def test_paging_shows_everybody_once_forwards_and_backwards(tools, hundred_and_twenty):
    pages, seen = walk(tools)
    assert len(seen) == len({person.id for person in seen}) == 124
    assert pages[0].before is None
    backwards = [pages[-1]]
    while backwards[-1].before:
        backwards.append(users.list_for(Actors.ada, tools, before=backwards[-1].before))
    assert [person.id for page in reversed(backwards) for person in page.people] == [person.id for person in seen]
    assert backwards[-1].after


def test_search_looks_at_names_and_e_mails_and_takes_wildcards_as_they_are(tools, hundred_and_twenty):
    assert {person.name for person in walk(tools, term="PERSON 00")[1]} == {
        "person 007",
        *(f"Person 00{digit}" for digit in range(10)),
    }
    assert len(walk(tools, term="100%")[1]) == 5
    assert len(walk(tools, term="r_s")[1]) == 5
    assert len(walk(tools, term="Ümit")[1]) == 5
    assert [person.name for person in walk(tools, term=" ada@EXAMPLE ")[1]] == ["Ada Marsh"]
    assert walk(tools, term="\0'; drop table users; --")[1] == []


def test_the_list_is_filtered_by_state_and_role(tools, built_in, hundred_and_twenty):
    assert {person.enabled for person in walk(tools, enabled=False)[1]} == {False}
    assert len(walk(tools, enabled=False)[1]) == 60
    assert [person.name for person in walk(tools, role_id=built_in["operator"])[1]] == ["Otto Lind"]


def test_a_longer_list_costs_no_more_queries(app, tools, hundred_and_twenty):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    users.list_for(Actors.ada, tools)
    many = len(asked)
    users.list_for(Actors.ada, tools, term="otto")
    assert len(asked) - many == many
    assert many < 8
