import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select

from portal.domain.errors import Conflict, Denied, Invalid, NotFound, PortalError
from portal.domain.people import Actor
from portal.domain.permissions import BUILT_IN_ROLES, Permission
from portal.services.people import accounts, passwords, roles, sessions, users
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


def make(runtime, role_ids, name="New Person") -> UUID:
    """Somebody with these roles, put straight into the database: no password is hashed for it."""
    with transaction() as session:
        email = f"{uuid4().hex}@example.org"
        return accounts.add(session, runtime, name, email, "no hash", role_ids, must_change=False).id


def create(actor, runtime, *role_ids, name="Nia Park", email="nia@example.org") -> users.Credentials:
    return users.create(actor, runtime, name, email, role_ids)


def actor_of(runtime, user_id) -> Actor:
    """Somebody as the next request of theirs sees them."""
    with transaction() as session:
        token = sessions.open_session(session, runtime, user_id, "127.0.0.1", "pytest")
    return sessions.find(token, runtime).actor("127.0.0.1")


def managing(runtime, *more: Permission) -> Actor:
    """Otto, who holds user.manage (and more) through a custom role beside Operator."""
    role_id = roles.create(Actors.ada, runtime, f"Front desk {uuid4().hex[:4]}", "", [Permission.USER_MANAGE, *more])
    person = users.find(Actors.ada, runtime, Actors.otto.id)
    held = [role.id for role in person.roles]
    users.change(Actors.ada, runtime, person.id, person.name, person.email, [*held, role_id])
    return actor_of(runtime, Actors.otto.id)


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


def test_a_new_user_signs_in_with_the_first_password_and_must_choose_another(runtime, built_in):
    made = users.create(Actors.ada, runtime, " Nia  Park ", "Nia@Example.org", [built_in["developer"]])
    assert passwords.fault(made.password) is None
    found = sessions.find(sessions.sign_in(runtime, "nia@example.org", made.password, "192.0.2.1", "pytest"), runtime)
    assert (found.name, found.must_change_password, found.roles) == ("Nia Park", True, ("Developer",))


def test_every_field_that_cannot_be_used_is_named_at_once(runtime, built_in):
    with pytest.raises(Invalid) as caught:
        users.create(Actors.ada, runtime, " ", "nobody", [], "short")
    assert set(caught.value.faults) == {"name", "email", "roles", "password"}


def test_an_e_mail_has_one_account_whatever_its_capitals(runtime, built_in):
    with pytest.raises(Invalid) as caught:
        users.create(Actors.ada, runtime, "Another Uma", "UMA@example.org", [built_in["developer"]])
    assert "Somebody has an account" in caught.value.faults["email"]
    with pytest.raises(Invalid):
        users.change(Actors.ada, runtime, Actors.eve.id, "Eve", "uma@example.org", [built_in["developer"]])


def test_eve_may_do_nothing_here(runtime, built_in):
    for attempt in (
        lambda: users.list_for(Actors.eve, runtime),
        lambda: users.find(Actors.eve, runtime, Actors.eve.id),
        lambda: create(Actors.eve, runtime, built_in["developer"]),
        lambda: users.disable(Actors.eve, runtime, Actors.uma.id),
        lambda: users.reset_password(Actors.eve, runtime, Actors.uma.id),
        lambda: users.remove(Actors.eve, runtime, Actors.uma.id),
    ):
        with pytest.raises(Denied):
            attempt()


def test_rights_taken_away_since_the_request_began_are_gone(runtime, built_in):
    """The request was let in; then the role was taken away. What counts is what is stored when the change is made."""
    otto = managing(runtime)
    users.change(Actors.ada, runtime, Actors.otto.id, "Otto Lind", "otto@example.org", [built_in["operator"]])
    with pytest.raises(Denied, match="any more"):
        users.disable(otto, runtime, Actors.eve.id)


def test_rights_beyond_the_request_are_not_used(runtime, built_in):
    """A token with fewer scopes acts for Ada: it gives out no more than it carries."""
    narrow = Actor(Actors.ada.id, "Ada's token", frozenset({Permission.USER_MANAGE}))
    with pytest.raises(Denied):
        create(narrow, runtime, built_in["developer"])
    with pytest.raises(Denied):
        users.disable(narrow, runtime, Actors.uma.id)
    assert users.disable(narrow, runtime, Actors.eve.id)


@pytest.mark.parametrize("more", [(), (Permission.ROLE_MANAGE,)])
def test_an_operator_who_manages_users_reaches_no_administrator(runtime, built_in, more):
    otto, ada = managing(runtime, *more), Actors.ada.id
    before = vars(stored(ada)).copy()
    for attempt in (
        lambda: users.find(otto, runtime, ada),
        lambda: users.change(otto, runtime, ada, "Otto's Ada", "otto2@example.org", [built_in["operator"]]),
        lambda: users.change(otto, runtime, ada, "Ada Marsh", "ada@example.org", [built_in["administrator"]]),
        lambda: users.disable(otto, runtime, ada),
        lambda: users.enable(otto, runtime, ada),
        lambda: users.reset_password(otto, runtime, ada),
        lambda: users.what_goes_with(otto, runtime, ada),
        lambda: users.remove(otto, runtime, ada),
        lambda: create(otto, runtime, built_in["administrator"]),
        lambda: users.change(otto, runtime, otto.id, "Otto", "otto@example.org", [built_in["administrator"]]),
        lambda: users.change(otto, runtime, Actors.eve.id, "Eve", "eve@example.org", [built_in["administrator"]]),
    ):
        with pytest.raises(Denied):
            attempt()
    after = vars(stored(ada)).copy()
    before.pop("_sa_instance_state"), after.pop("_sa_instance_state")
    assert after == before
    assert active_administrators(built_in) == 1
    assert built_in["administrator"] not in {role.id for role in users.roles_to_give(otto, runtime)}
    assert {person.name: person.reachable for person in users.list_for(otto, runtime).people} == {
        "Ada Marsh": False,
        "Eve Stone": True,
        "Otto Lind": True,
        "Uma Ortiz": False,
    }


def test_an_operator_who_manages_users_manages_those_who_may_do_no_more(runtime, built_in):
    otto = managing(runtime)
    made = users.create(otto, runtime, "Ola Berg", "ola@example.org", [built_in["operator"]])
    users.disable(otto, runtime, made.id)
    users.enable(otto, runtime, made.id)
    assert users.reset_password(otto, runtime, made.id).password != made.password
    users.change(otto, runtime, made.id, "Ola B.", "ola@example.org", [built_in["operator"]])
    assert users.remove(otto, runtime, made.id) == "Ola B."


def test_holding_all_permissions_of_today_does_not_reach_an_administrator(runtime, built_in):
    """Administrator also holds what later versions add, so a copy of today's permissions covers less."""
    everything = roles.create(Actors.ada, runtime, "Everything", "", BUILT_IN_ROLES["administrator"].permissions)
    deputy = actor_of(runtime, make(runtime, [everything], "Deputy"))
    with pytest.raises(Denied):
        users.disable(deputy, runtime, Actors.ada.id)
    with pytest.raises(Denied):
        create(deputy, runtime, built_in["administrator"])
    assert create(deputy, runtime, everything)


def test_the_last_administrator_stays_one(runtime, built_in):
    ada = Actors.ada
    for attempt in (
        lambda: users.change(ada, runtime, ada.id, ada.label, "ada@example.org", [built_in["developer"]]),
        lambda: users.disable(ada, runtime, ada.id),
        lambda: users.remove(ada, runtime, ada.id),
    ):
        with pytest.raises(Conflict, match="last active Administrator"):
            attempt()
    second = make(runtime, [built_in["administrator"]], "Second Ada")
    users.disable(ada, runtime, second)
    with pytest.raises(Conflict, match="last active Administrator"):
        users.disable(ada, runtime, ada.id)
    users.enable(ada, runtime, second)
    users.change(ada, runtime, ada.id, ada.label, "ada@example.org", [built_in["developer"]])
    assert active_administrators(built_in) == 1


def test_nobody_shuts_themselves_out(runtime, built_in):
    make(runtime, [built_in["administrator"]], "Second Ada")
    with pytest.raises(Conflict, match="your own account"):
        users.disable(Actors.ada, runtime, Actors.ada.id)
    with pytest.raises(Conflict, match="your own account"):
        users.remove(Actors.ada, runtime, Actors.ada.id)
    with pytest.raises(Conflict, match="profile"):
        users.reset_password(Actors.ada, runtime, Actors.ada.id)


DEEDS = {
    "demote": lambda actor, runtime, them, role: users.change(actor, runtime, them.id, them.name, them.email, [role]),
    "disable": lambda actor, runtime, them, _: users.disable(actor, runtime, them.id),
    "delete": lambda actor, runtime, them, _: users.remove(actor, runtime, them.id),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_administrators_who_turn_on_each_other_at_once_leave_one(app, runtime, built_in, deed):
    for _ in range(4):
        crowd = [make(runtime, [built_in["administrator"]], f"Admin {number}") for number in range(3)]
        persons = [users.find(Actors.ada, runtime, made) for made in crowd]
        actors = [actor_of(runtime, made) for made in crowd]
        users.change(actors[0], runtime, Actors.ada.id, "Ada Marsh", "ada@example.org", [built_in["developer"]])
        together = threading.Barrier(3)

        def turn(number: int) -> str:
            with app.app_context():
                together.wait()  # noqa: B023 - the threads end within this turn of the loop
                them = persons[(number + 1) % 3]  # noqa: B023
                try:
                    DEEDS[deed](actors[number], runtime, them, built_in["developer"])  # noqa: B023
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
                users.remove(Actors.ada, runtime, made)


def test_two_who_leave_at_once_leave_one(app, runtime, built_in):
    """Each gives up the role themselves, counting on the other to stay."""
    second = make(runtime, [built_in["administrator"]], "Second Ada")
    both = [users.find(Actors.ada, runtime, user_id) for user_id in (Actors.ada.id, second)]
    actors = [actor_of(runtime, person.id) for person in both]
    together = threading.Barrier(2)

    def leave(number: int) -> str:
        with app.app_context():
            together.wait()
            me = both[number]
            try:
                users.change(actors[number], runtime, me.id, me.name, me.email, [built_in["developer"]])
            except Conflict:
                return "kept"
            return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, range(2))) == ["kept", "left"]
    assert active_administrators(built_in) == 1


def test_disabling_ends_every_session_and_enabling_brings_back_none(runtime):
    with transaction() as session:
        token = sessions.open_session(session, runtime, Actors.uma.id, "127.0.0.1", "pytest")
    users.disable(Actors.ada, runtime, Actors.uma.id)
    assert sessions.find(token, runtime) is None
    users.enable(Actors.ada, runtime, Actors.uma.id)
    assert sessions.find(token, runtime) is None


def test_a_change_of_roles_counts_from_the_next_request(runtime, built_in):
    with transaction() as session:
        token = sessions.open_session(session, runtime, Actors.uma.id, "127.0.0.1", "pytest")
    users.change(Actors.ada, runtime, Actors.uma.id, "Uma Ortiz", "uma@example.org", [built_in["auditor"]])
    assert sessions.find(token, runtime).permissions == BUILT_IN_ROLES["auditor"].permissions


def test_a_reset_password_is_new_and_must_be_changed(runtime):
    with transaction() as session:
        token = sessions.open_session(session, runtime, Actors.uma.id, "127.0.0.1", "pytest")
    reset = users.reset_password(Actors.ada, runtime, Actors.uma.id)
    assert sessions.find(token, runtime) is None
    found = sessions.find(sessions.sign_in(runtime, reset.email, reset.password, "192.0.2.1", "pytest"), runtime)
    assert found.must_change_password


def test_deleting_takes_chats_and_sessions_and_says_so_before(runtime, built_in):
    actor_of(runtime, Actors.uma.id)
    with transaction() as session:
        for _ in range(2):
            session.add(ChatRecord(user_id=Actors.uma.id, created_at=runtime.now(), changed_at=runtime.now()))
    assert users.what_goes_with(Actors.ada, runtime, Actors.uma.id) == users.Loss(chats=2, sessions=1)
    assert users.remove(Actors.ada, runtime, Actors.uma.id) == "Uma Ortiz"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ChatRecord)) == 0
        assert session.scalar(select(func.count()).select_from(SessionRecord)) == 0
    with pytest.raises(NotFound):
        users.find(Actors.ada, runtime, Actors.uma.id)


def test_every_change_is_in_the_trail_and_no_password_is(runtime, built_in):
    made = users.create(Actors.ada, runtime, "Nia Park", "nia@example.org", [built_in["developer"]])
    users.change(Actors.ada, runtime, made.id, "Nia Parks", "nia@example.org", [built_in["auditor"]])
    users.change(Actors.ada, runtime, made.id, "Nia Parks", "nia@example.org", [built_in["auditor"]])
    users.disable(Actors.ada, runtime, made.id)
    users.disable(Actors.ada, runtime, made.id)
    users.enable(Actors.ada, runtime, made.id)
    reset = users.reset_password(Actors.ada, runtime, made.id)
    users.remove(Actors.ada, runtime, made.id)
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
def hundred_and_twenty(app, runtime, built_in) -> list[str]:
    """More than two pages, among them twins and names with capitals, umlauts and wildcards."""
    names = [f"Person {number:03}" for number in range(100)] + ["person 007"] * 10 + ["Ümit 100%", "under_score"] * 5
    with transaction() as session:
        for number, name in enumerate(names):
            user = UserRecord(
                id=uuid4(),
                email=f"{number}@crowd.example",
                name=name,
                password_hash="",
                created_at=runtime.now(),
                enabled=number % 2 == 0,
            )
            session.add(user)
            session.flush()
            session.add(UserRoleRecord(user_id=user.id, role_id=built_in["developer"]))
    return names


def walk(runtime, **wanted) -> tuple[list[users.Crowd], list[users.Person]]:
    pages = [users.list_for(Actors.ada, runtime, **wanted)]
    while pages[-1].after:
        pages.append(users.list_for(Actors.ada, runtime, **wanted, after=pages[-1].after))
    return pages, [person for page in pages for person in page.people]


def test_paging_shows_everybody_once_forwards_and_backwards(runtime, hundred_and_twenty):
    pages, seen = walk(runtime)
    assert len(seen) == len({person.id for person in seen}) == 124
    assert pages[0].before is None
    backwards = [pages[-1]]
    while backwards[-1].before:
        backwards.append(users.list_for(Actors.ada, runtime, before=backwards[-1].before))
    assert [person.id for page in reversed(backwards) for person in page.people] == [person.id for person in seen]
    assert backwards[-1].after


def test_search_looks_at_names_and_e_mails_and_takes_wildcards_as_they_are(runtime, hundred_and_twenty):
    assert {person.name for person in walk(runtime, term="PERSON 00")[1]} == {
        "person 007",
        *(f"Person 00{digit}" for digit in range(10)),
    }
    assert len(walk(runtime, term="100%")[1]) == 5
    assert len(walk(runtime, term="r_s")[1]) == 5
    assert len(walk(runtime, term="Ümit")[1]) == 5
    assert [person.name for person in walk(runtime, term=" ada@EXAMPLE ")[1]] == ["Ada Marsh"]
    assert walk(runtime, term="\0'; drop table users; --")[1] == []


def test_the_list_is_filtered_by_state_and_role(runtime, built_in, hundred_and_twenty):
    assert {person.enabled for person in walk(runtime, enabled=False)[1]} == {False}
    assert len(walk(runtime, enabled=False)[1]) == 60
    assert [person.name for person in walk(runtime, role_id=built_in["operator"])[1]] == ["Otto Lind"]


def test_a_longer_list_costs_no_more_queries(app, runtime, hundred_and_twenty):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    users.list_for(Actors.ada, runtime)
    many = len(asked)
    users.list_for(Actors.ada, runtime, term="otto")
    assert len(asked) - many == many
    assert many < 8
