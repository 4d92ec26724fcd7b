"""People, roles, the profile and the set-up link in Chromium: as they are, with faults, and without a script."""

from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from portal.domain.permissions import Permission
from portal.services.people import accounts, roles, sessions, set_up, users
from portal.services.runtime import Runtime
from portal.store.base import reading, transaction
from portal.store.people import RoleRecord, UserRecord, UserRoleRecord
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SIGHT = pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)


@pytest.fixture
def crowd(app: Flask, runtime: Runtime) -> dict[str, object]:
    """Sixty people, one of them disabled, one with a custom role, and more sessions of Ada's than one."""
    with reading() as session:
        built_in = dict(tuple(row) for row in session.execute(select(RoleRecord.built_in, RoleRecord.id)))
    desk = roles.create(Actors.ada, runtime, "Front desk", "Looks after accounts.", [Permission.USER_MANAGE])
    ids = {}
    with transaction() as session:
        for number in range(56):
            name = f"Person {number:02} of a Name that is Rather Long" if number == 3 else f"Person {number:02}"
            held = [built_in["developer"], desk] if number == 2 else [built_in["developer"]]
            user = accounts.add(
                session, runtime, name, f"p{number}@example.org", "no hash", held, must_change=number == 4
            )
            user.last_signed_in_at = runtime.now() if number % 3 else None
            ids[number] = user.id
        sessions.open_session(session, runtime, Actors.ada.id, "198.51.100.9", FIREFOX)
    users.disable(Actors.ada, runtime, ids[1])
    return {"disabled": ids[1], "person": ids[2], "role": desk, "developer": built_in["developer"]}


@SIGHT
def test_the_pages_of_people_are_in_order(open_as: OpenPage, crowd, width, height, theme):
    page = open_as("ada", width=width, height=height, theme=theme)
    for name, path in (
        ("people", "/people"),
        ("people-none", "/people?q=nobody-at-all&state=active"),
        ("people-new", "/people/new"),
        ("person", f"/people/{crowd['person']}"),
        ("person-disabled", f"/people/{crowd['disabled']}"),
        ("person-self", f"/people/{Actors.ada.id}"),
        ("roles", "/people/roles"),
        ("role-built-in", f"/people/roles/{crowd['developer']}"),
        ("role-new", "/people/roles/new"),
        ("role", f"/people/roles/{crowd['role']}"),
        ("profile", "/profile"),
        ("profile-password", "/profile/password"),
    ):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"{name}-{theme}")


@SIGHT
def test_faults_are_said_beside_their_fields(open_as: OpenPage, crowd, width, height, theme):
    page = open_as("ada", "/people/new", width=width, height=height, theme=theme)
    page.get_by_label("Name").fill("Nia Park")
    page.get_by_label("E-mail").fill("uma@example.org")
    page.get_by_label("First password").fill("short")
    page.get_by_role("button", name="Add user").click()
    expect(page.locator("#password-fault")).to_contain_text("at least 12")
    expect(page.locator("#roles-fault")).to_contain_text("at least one role")
    expect(page.get_by_label("Name")).to_have_value("Nia Park")
    expect(page.get_by_label("First password")).to_have_value("")
    assert_in_order(page)
    shoot(page, f"people-new-faults-{theme}")


@SIGHT
def test_a_password_that_is_shown_once_is_in_order(open_as: OpenPage, crowd, width, height, theme):
    page = open_as("ada", "/people/new", width=width, height=height, theme=theme)
    page.get_by_label("Name").fill("Nia Park")
    page.get_by_label("E-mail").fill(f"nia-{uuid4().hex[:4]}@example.org")
    page.get_by_label("Developer").check()
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nia Park has an account")
    assert_in_order(page)
    shoot(page, f"people-password-{theme}")


def delete_person(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text("Delete user").first.click()
    expect(page.get_by_text("cannot be brought back")).to_be_visible()


def test_deleting_names_what_is_lost_and_asks_once(open_as: OpenPage, crowd):
    page = open_as("ada")
    delete_person(page, f"/people/{crowd['person']}")
    assert_in_order(page)
    page.get_by_role("button", name="Keep the account").click()
    expect(page.get_by_text("cannot be brought back")).to_be_hidden()
    delete_person(page, f"/people/{crowd['person']}")
    page.get_by_role("dialog").get_by_role("button", name="Delete user").click()
    expect(page.get_by_text("Person 02 is deleted.")).to_be_visible()


def test_people_are_managed_without_a_script(open_as: OpenPage, crowd):
    page = open_as("ada", f"/people/{crowd['person']}", script=False)
    page.get_by_text("Disable", exact=True).or_(page.locator("summary", has_text="Disable")).first.click()
    page.locator("form[action$='/disable'] button[type=submit]").click()
    expect(page.get_by_text("is disabled and signed out everywhere")).to_be_visible()
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_text("can sign in again")).to_be_visible()


def test_the_list_turns_its_pages(open_as: OpenPage, crowd):
    page = open_as("ada", "/people?q=person")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Person 55")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_text("Person 00")).to_be_visible()


def test_a_role_is_ticked_together(open_as: OpenPage, app: Flask):
    page = open_as("ada", "/people/roles/new")
    page.get_by_label("Name").fill("Reader")
    page.get_by_role("group", name="Running the portal").get_by_label("Audit").check()
    page.get_by_role("button", name="Make role").click()
    expect(page.get_by_role("link", name="Reader", exact=True)).to_be_visible()


@SIGHT
def test_the_set_up_link_is_in_order(open_as: OpenPage, runtime: Runtime, width, height, theme):
    with transaction() as session:
        session.execute(delete(UserRoleRecord))
        session.execute(delete(UserRecord))
    page = open_as(None, set_up.issue(runtime), width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"set-up-{theme}")
    page.get_by_label("Your name").fill("Grace Hill")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("Password", exact=True).fill("a correct horse")
    page.get_by_label("Password again").fill("another horse")
    page.get_by_role("button", name="Make the first administrator").click()
    expect(page.locator("#again-fault")).to_contain_text("differ")
    assert_in_order(page)
    shoot(page, f"set-up-faults-{theme}")
    page.get_by_label("Password", exact=True).fill("a correct horse")
    page.get_by_label("Password again").fill("a correct horse")
    page.get_by_role("button", name="Make the first administrator").click()
    expect(page.get_by_text("You are the first administrator")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the overview looks for an Ollama once it stands
