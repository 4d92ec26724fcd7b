import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select

from portal.domain.errors import Invalid, NotFound
from portal.services.people import sessions, set_up
from portal.settings import SettingsError
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.people import UserRecord, UserRoleRecord
from portal.store.settings import SettingRecord

PASSWORD = "a correct horse"


@pytest.fixture(autouse=True)
def nobody_has_an_account(app) -> None:
    with transaction() as session:
        session.execute(delete(UserRoleRecord))
        session.execute(delete(UserRecord))


def count() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(UserRecord))


def use(runtime, link: str, email="grace@example.org", password=PASSWORD, again=PASSWORD) -> str:
    token = link.removeprefix("/set-up/")
    return set_up.create_first(runtime, token, "Grace Hill", email, password, again, "192.0.2.1", "pytest")


def from_environment(runtime, email="Grace@Example.org", password=PASSWORD):
    return replace(runtime, settings=replace(runtime.settings, admin_email=email, admin_password=password))


def test_the_environment_makes_the_first_administrator_once(runtime):
    runtime = from_environment(runtime)
    assert set_up.make_first_administrator(runtime)
    assert not set_up.make_first_administrator(runtime)
    found = sessions.find(sessions.sign_in(runtime, "grace@example.org", PASSWORD, "192.0.2.1", "pytest"), runtime)
    assert found.roles == ("Administrator",)
    assert not found.must_change_password
    assert set_up.issue(runtime) is None


def test_an_environment_without_an_administrator_makes_none(runtime):
    assert not set_up.make_first_administrator(runtime)
    assert count() == 0


def test_an_environment_that_cannot_be_used_stops_the_start_and_names_all_faults(runtime):
    with pytest.raises(SettingsError) as caught:
        set_up.make_first_administrator(from_environment(runtime, "grace", "secret"))
    assert len(caught.value.faults) == 2
    assert "secret" not in str(caught.value)


def test_starting_several_processes_at_once_makes_one_administrator(app, runtime):
    runtime = from_environment(runtime)
    together = threading.Barrier(4)

    def start(_: int) -> bool:
        with app.app_context():
            together.wait()
            return set_up.make_first_administrator(runtime)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, range(4))) == [False, False, False, True]
    assert count() == 1


def test_the_link_makes_the_first_administrator_and_is_dead_afterwards(runtime):
    link = set_up.issue(runtime)
    assert sessions.find(use(runtime, link), runtime).roles == ("Administrator",)
    with pytest.raises(NotFound):
        use(runtime, link, "second@example.org")
    with pytest.raises(NotFound):
        set_up.require_open(runtime, link.removeprefix("/set-up/"))
    assert count() == 1


def test_only_the_link_opens(runtime):
    with pytest.raises(NotFound):
        use(runtime, "/set-up/guess")
    set_up.issue(runtime)
    with pytest.raises(NotFound):
        use(runtime, "/set-up/guess")
    assert count() == 0


def test_the_link_is_stored_as_a_hash(runtime):
    link = set_up.issue(runtime)
    with reading() as session:
        stored = session.scalars(select(SettingRecord)).all()
    assert link.removeprefix("/set-up/") not in repr([vars(row) for row in stored])


def test_processes_that_start_together_each_print_a_link_that_works(runtime):
    first, second = set_up.issue(runtime), set_up.issue(runtime)
    assert first != second
    set_up.require_open(runtime, first.removeprefix("/set-up/"))
    use(runtime, second)
    with pytest.raises(NotFound):
        use(runtime, first)


def test_two_who_use_the_link_at_once_make_one_administrator(app, runtime):
    links = [set_up.issue(runtime), set_up.issue(runtime)]
    together = threading.Barrier(4)

    def rush(number: int) -> str:
        with app.app_context():
            together.wait()
            try:
                use(runtime, links[number % 2], f"grace-{number}@example.org")
            except NotFound:
                return "dead"
            return "made"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(rush, range(4))) == ["dead", "dead", "dead", "made"]
    assert count() == 1


def test_a_form_that_cannot_be_used_leaves_the_link_alive(runtime):
    link = set_up.issue(runtime)
    with pytest.raises(Invalid) as caught:
        use(runtime, link, "grace", "short", "short")
    assert set(caught.value.faults) == {"email", "password"}
    with pytest.raises(Invalid) as caught:
        use(runtime, link, again="another horse")
    assert set(caught.value.faults) == {"again"}
    assert use(runtime, link)


def test_the_trail_says_where_the_first_administrator_came_from(runtime):
    use(runtime, set_up.issue(runtime))
    with reading() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
    assert [(row.verb, row.actor, row.subject) for row in rows] == [
        ("user.create", "the set-up link", "Grace Hill"),
        ("session.open", "Grace Hill", "Grace Hill"),
    ]
