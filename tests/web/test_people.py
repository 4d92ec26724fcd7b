import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.domain.permissions import Permission
from portal.services.people import roles, sessions
from portal.store.base import reading, transaction
from portal.store.people import RolePermissionRecord, RoleRecord, UserRecord, UserRoleRecord
from tests.conftest import Actors

FIRST = "a first password"


@pytest.fixture
def built_in(app) -> dict[str, str]:
    with reading() as session:
        return {row.built_in: str(row.id) for row in session.execute(select(RoleRecord.built_in, RoleRecord.id))}


@pytest.fixture
def desk_otto(otto, runtime):
    """Otto with user.manage and role.manage through a custom role beside Operator."""
    with transaction() as session:
        role_id = uuid4()
        session.add(RoleRecord(id=role_id, name="Front desk", description="", built_in=None, created_at=runtime.now()))
        session.flush()
        for permission in (Permission.USER_MANAGE, Permission.ROLE_MANAGE):
            session.add(RolePermissionRecord(role_id=role_id, permission=permission.value))
        session.add(UserRoleRecord(user_id=Actors.otto.id, role_id=role_id))
    return otto


def person(email: str) -> UserRecord | None:
    with reading() as session:
        return session.scalar(select(UserRecord).where(UserRecord.email == email))


def test_only_those_who_manage_users_see_them(ada, otto, uma, eve):
    assert ada.get("/people").status_code == 200
    assert [client.get("/people").status_code for client in (otto, uma, eve)] == [403] * 3
    assert [client.get("/people/roles").status_code for client in (otto, uma, eve)] == [403] * 3


def test_a_user_is_made_with_a_password_that_is_shown_once(ada, built_in, runtime):
    typed = {"name": "Nia Park", "email": "nia@example.org", "roles": [built_in["developer"]]}
    answer = ada.post_form("/people/new", typed)
    password = re.search(r"<code[^>]*>([a-z2-9-]{23})</code>", answer.get_data(as_text=True))[1]
    assert sessions.sign_in(runtime, "nia@example.org", password, "192.0.2.1", "pytest")
    assert "no-store" in answer.headers["Cache-Control"]
    for path in ("/people", f"/people/{person('nia@example.org').id}"):
        assert password not in ada.get(path).get_data(as_text=True)


def test_a_typed_first_password_is_not_shown_again(ada, built_in):
    typed = {"name": "Nia", "email": "nia@example.org", "roles": [built_in["developer"]], "password": FIRST}
    answer = ada.post_form("/people/new", typed, follow_redirects=True)
    assert answer.status_code == 200
    assert FIRST not in answer.get_data(as_text=True)
    assert person("nia@example.org").must_change_password


def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_typed_is_lost(ada, built_in):
    typed = {"name": "Nia Park", "email": "uma@example.org", "roles": [built_in["auditor"]], "password": "short"}
    page = ada.post_form("/people/new", typed).get_data(as_text=True)
    assert re.search(r'id="password-fault">A password has at least 12', page)
    assert 'value="short"' not in page
    answer = ada.post_form("/people/new", typed | {"password": FIRST})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.search(r'id="email-fault">Somebody has an account', page)
    assert 'aria-describedby="email-help email-fault"' in page
    assert 'value="Nia Park"' in page
    assert re.search(rf'<input[^>]*checked[^>]*value="{built_in["auditor"]}"', page)
    assert FIRST not in page


def test_a_user_is_changed_disabled_enabled_and_deleted(ada, built_in):
    uma_id = Actors.uma.id
    typed = {"name": "Uma Lee", "email": "lee@example.org", "roles": [built_in["auditor"]]}
    assert ada.save_form(f"/people/{uma_id}", typed).status_code == 302
    assert person("lee@example.org").name == "Uma Lee"
    assert ada.post_form(f"/people/{uma_id}/disable").status_code == 302
    assert not person("lee@example.org").enabled
    assert "Disabled" in ada.get("/people?state=disabled").get_data(as_text=True)
    assert ada.post_form(f"/people/{uma_id}/enable").status_code == 302
    assert person("lee@example.org").enabled
    page = ada.get(f"/people/{uma_id}").get_data(as_text=True)
    assert "it has no chats" in page
    assert ada.post_form(f"/people/{uma_id}/delete").status_code == 302
    assert person("lee@example.org") is None
    assert ada.get(f"/people/{uma_id}").status_code == 404


def test_a_disabled_user_is_out_at_the_next_request(ada, uma):
    assert uma.get("/profile").status_code == 200
    ada.post_form(f"/people/{Actors.uma.id}/disable")
    assert "/sign-in" in uma.get("/profile", headers={"Accept": "text/html"}).headers["Location"]


def test_the_last_administrator_is_told_why_not(ada, built_in):
    me = Actors.ada.id
    answer = ada.save_form(
        f"/people/{me}", {"name": "Ada", "email": "ada@example.org", "roles": [built_in["developer"]]}
    )
    assert answer.status_code == 422
    assert "last active Administrator" in answer.get_data(as_text=True)
    assert ada.post_form(f"/people/{me}/disable").status_code == 409
    assert ada.post_form(f"/people/{me}/delete").status_code == 409
    assert ada.get("/people").status_code == 200


def test_an_operator_who_manages_users_and_roles_reaches_no_administrator_by_any_route(app, desk_otto, built_in):
    """Every route of people and roles that takes an id is tried with Ada's and with Administrator's."""
    before = vars(person("ada@example.org"))
    ada_id, administrator = str(Actors.ada.id), built_in["administrator"]
    tried = set()
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("people.") or not rule.arguments:
            continue
        whose = {"user_id": ada_id, "held_token_id": ada_id}  # nobody's token has this id, and who asks may not know
        values = {argument: whose.get(argument, administrator) for argument in rule.arguments}
        path = app.url_map.bind("localhost").build(rule.endpoint, values)
        if "POST" in rule.methods:
            typed = {
                "name": "Otto's",
                "email": "otto2@example.org",
                "roles": [administrator],
                "permissions": [permission.value for permission in Permission],
                "password": "a password of Otto's",
            }
            assert desk_otto.post_form(path, typed).status_code in (403, 404, 409, 422), path
        elif rule.endpoint == "people.role":
            assert '<form method="post" action="/people' not in desk_otto.get(path).get_data(as_text=True)
        else:
            assert desk_otto.get(path).status_code == 403, path
        tried.add(rule.endpoint)
    assert tried == {
        "people.edit",
        "people.change",
        "people.disable",
        "people.enable",
        "people.reset_password",
        "people.revoke_token",
        "people.delete",
        "people.role",
        "people.change_role",
        "people.delete_role",
    }
    for path, typed in (
        ("/people/new", {"name": "Eve 2", "email": "eve2@example.org", "roles": [administrator], "password": FIRST}),
        (f"/people/{Actors.otto.id}", {"name": "Otto", "email": "otto@example.org", "roles": [administrator]}),
        (f"/people/{Actors.eve.id}", {"name": "Eve", "email": "eve@example.org", "roles": [administrator]}),
        ("/people/roles/new", {"name": "All", "permissions": [permission.value for permission in Permission]}),
        ("/people/roles/new", {"name": "Chat", "permissions": ["chat.use"]}),
    ):
        assert desk_otto.post_form(path, typed).status_code in (403, 422), path
    after = vars(person("ada@example.org"))
    before.pop("_sa_instance_state"), after.pop("_sa_instance_state")
    assert after == before
    with reading() as session:
        holders = session.scalars(
            select(UserRoleRecord.user_id).where(UserRoleRecord.role_id == administrator_id(session))
        )
        assert list(holders) == [Actors.ada.id]
        assert session.scalar(select(RoleRecord).where(RoleRecord.name.in_(["All", "Chat"]))) is None


def administrator_id(session):
    return session.scalar(select(RoleRecord.id).where(RoleRecord.built_in == "administrator"))


def test_whom_one_cannot_reach_is_listed_without_a_link(desk_otto):
    page = desk_otto.get("/people").get_data(as_text=True)
    assert "Ada Marsh" in page
    assert f"/people/{Actors.ada.id}" not in page
    assert f"/people/{Actors.eve.id}" in page
    assert "so you cannot change them" in page


def test_whoever_manages_roles_alone_finds_them_in_the_menu(eve, runtime, actors, built_in):
    role_id = roles.create(actors.ada, runtime, "Role maker", "", [Permission.ROLE_MANAGE])
    with transaction() as session:
        session.add(UserRoleRecord(user_id=Actors.eve.id, role_id=role_id))
    assert eve.get("/").headers["Location"] == "/people/roles"
    page = eve.get("/people/roles").get_data(as_text=True)
    assert re.search(r'href="/people/roles" aria-current="page"', page)
    assert 'href="/people"' not in page


def test_the_form_offers_only_roles_that_one_may_give(desk_otto, built_in):
    page = desk_otto.get("/people/new").get_data(as_text=True)
    assert built_in["operator"] in page
    assert built_in["administrator"] not in page
    assert built_in["developer"] not in page


def test_a_role_is_made_copied_changed_and_deleted(ada, built_in):
    page = ada.get(f"/people/roles/new?copy={built_in['auditor']}").get_data(as_text=True)
    assert 'value="Auditor (copy)"' in page
    assert len(re.findall(r"<input[^>]*checked", page)) == 3
    typed = {"name": "Reader", "description": "Reads.", "permissions": ["llm_provider.view", "audit.view"]}
    assert ada.post_form("/people/roles/new", typed).status_code == 302
    with reading() as session:
        role_id = session.scalar(select(RoleRecord.id).where(RoleRecord.name == "Reader"))
    assert "Reader" in ada.get("/people/roles").get_data(as_text=True)
    assert ada.save_form(f"/people/roles/{role_id}", typed | {"permissions": ["chat.use"]}).status_code == 302
    page = ada.get(f"/people/roles/{role_id}").get_data(as_text=True)
    assert re.search(r'<input[^>]*checked[^>]*value="chat.use"', page)
    answer = ada.save_form(f"/people/roles/{role_id}", typed | {"name": "Developer"})
    assert answer.status_code == 422
    assert "There is a role of this name" in answer.get_data(as_text=True)
    assert ada.post_form(f"/people/roles/{role_id}/delete").status_code == 302
    assert ada.get(f"/people/roles/{role_id}").status_code == 404


def test_a_built_in_role_is_shown_and_not_changed(ada, built_in):
    page = ada.get(f"/people/roles/{built_in['developer']}").get_data(as_text=True)
    assert "stays as it is" in page
    assert 'name="permissions"' not in page
    answer = ada.post_form(f"/people/roles/{built_in['developer']}", {"name": "Dev", "permissions": []})
    assert answer.status_code == 422
    assert "Copy it" in answer.get_data(as_text=True)


def test_permissions_that_one_lacks_are_shown_shut_in_a_role(desk_otto, built_in):
    page = desk_otto.get(f"/people/roles/new?copy={built_in['developer']}").get_data(as_text=True)
    assert "4 permissions of Developer stayed behind" in page
    assert re.search(r'<input[^>]*disabled[^>]*value="chat.use"', page)
    assert not re.search(r'<input[^>]*disabled[^>]*value="user.manage"', page)


def test_a_role_in_use_names_its_holders(ada, actors, runtime, built_in):
    role_id = roles.create(actors.ada, runtime, "Chatter", "", [Permission.CHAT])
    typed = {"name": "Eve Stone", "email": "eve@example.org", "roles": [str(role_id)]}
    assert ada.save_form(f"/people/{Actors.eve.id}", typed).status_code == 302
    assert "Eve Stone" in ada.get(f"/people/roles/{role_id}").get_data(as_text=True)
    answer = ada.post_form(f"/people/roles/{role_id}/delete")
    assert answer.status_code == 409
    assert "Eve Stone still holds Chatter" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%25_%5C",
        "after=x",
        "after=" + "A" * 30,
        "before=%FF%FE",
        "role=nobody",
        "state=odd",
        "after=&before=",
    ],
)
def test_an_address_that_was_tampered_with_shows_a_list(ada, query):
    assert ada.get(f"/people?{query}").status_code == 200


def test_the_list_pages_and_keeps_its_filters(ada, runtime):
    with transaction() as session:
        for number in range(60):
            session.add(
                UserRecord(
                    email=f"{number}@crowd.example",
                    name=f"Crowd {number:02}",
                    password_hash="",
                    created_at=runtime.now(),
                )
            )
    page = ada.get("/people?q=crowd&state=active").get_data(as_text=True)
    assert "Crowd 49" in page
    assert "Crowd 50" not in page
    following = re.search(r'href="([^"]*after=[^"]*)" rel="next"', page)[1].replace("&amp;", "&")
    page = ada.get(following).get_data(as_text=True)
    assert "Crowd 50" in page
    assert "Crowd 49" not in page
    assert "Ada Marsh</a>" not in page
    back = re.search(r'href="([^"]*before=[^"]*)" rel="prev"', page)[1].replace("&amp;", "&")
    assert "Crowd 00" in ada.get(back).get_data(as_text=True)


def test_names_are_text_wherever_they_stand(ada, built_in):
    sly = "<b onmouseover=alert(1)>Sly</b>"
    ada.post_form(
        "/people/new", {"name": sly, "email": "sly@example.org", "roles": [built_in["developer"]], "password": FIRST}
    )
    for path in ("/people", f"/people/{person('sly@example.org').id}"):
        page = ada.get(path).get_data(as_text=True)
        assert "<b onmouseover" not in page
        assert "&lt;b onmouseover" in page
