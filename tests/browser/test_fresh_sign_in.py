"""An old sign-in and an act that cannot be undone: asked once, gone on with, also without scripts and on a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from portal.services.people import passwords
from portal.store.base import transaction
from portal.store.people import UserRecord
from portal.store.sessions import SessionRecord
from tests.browser.conftest import PHONE, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.factories import make_provider

PASSWORD = "a correct horse"


@pytest.fixture(autouse=True)
def provider(app) -> None:
    make_provider(name="acme", label="Acme")
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.get_one(UserRecord, Actors.ada.id).password_hash = hashed


def grow_old(runtime) -> None:
    with transaction() as session:
        session.execute(update(SessionRecord).values(proven_at=runtime.now() - timedelta(hours=1)))


def ask_to_delete(page: Page) -> None:
    danger = page.locator("details[data-dialog]").filter(has_text="Delete Acme?")
    danger.locator("summary").click()
    page.locator(".modal").get_by_role("button", name="Delete Acme", exact=True).click()
    expect(page.get_by_role("heading", name="Your password, please")).to_be_visible()


def test_the_password_is_asked_for_once_and_the_provider_goes(open_as: OpenPage, runtime):
    page = open_as("ada", "/providers/acme")
    grow_old(runtime)
    ask_to_delete(page)
    expect(page.get_by_label("Your password")).to_be_focused()
    assert_in_order(page)
    shoot(page, "fresh-sign-in")
    page.keyboard.type("a wrong horse")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not your password. Type it again.")).to_be_visible()
    assert_in_order(page)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Acme is deleted.")).to_be_visible()


def test_one_may_leave_it_and_is_back_where_one_was(open_as: OpenPage, runtime):
    page = open_as("ada", "/providers/acme")
    grow_old(runtime)
    ask_to_delete(page)
    page.get_by_role("link", name="Leave it").click()
    expect(page.get_by_role("heading", name="Acme", exact=True)).to_be_visible()


def test_it_works_without_scripts_and_in_the_dark_on_a_phone(open_as: OpenPage, runtime):
    plain = open_as("ada", "/overrides/gates/personal_overrides", script=False)
    phone = open_as("ada", "/providers/acme", width=PHONE[0], height=PHONE[1], theme="dark")
    grow_old(runtime)
    plain.get_by_role("button", name="Turn off").click()
    plain.get_by_label("Your password").fill(PASSWORD)
    plain.get_by_role("button", name="Go on").click()
    expect(plain.get_by_text("Personal overrides: now off, for everybody.")).to_be_visible()
    ask_to_delete(phone)
    assert_in_order(phone)
    shoot(phone, "fresh-sign-in-dark")
