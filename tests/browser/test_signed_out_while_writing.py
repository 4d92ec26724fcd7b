"""Signed out in another tab while writing: what the page advises is done, and what was typed is there."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from portal.services.people import passwords
from portal.store.base import transaction
from portal.store.people import UserRecord
from tests.browser.conftest import SIGHTS, OpenPage, assert_accessible, assert_in_order, shoot
from tests.chatting import KEY, connect
from tests.upstream import Upstream

PASSWORD = "a correct horse"


@pytest.fixture(autouse=True)
def passwords_known(app) -> None:
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.execute(update(UserRecord).values(password_hash=hashed))


def enter(page: Page, name: str) -> None:
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Password")).to_have_count(0)


def in_another_tab(page: Page, *, leaves: bool = True, enters: str = "") -> None:
    tab = page.context.new_page()
    tab.goto("/profile")
    if leaves:
        tab.locator("form[action$='/sign-out'] button").first.evaluate("it => it.form.submit()")
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    if enters:
        enter(tab, enters)
    tab.close()


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_form_is_back_and_saves(open_as: OpenPage, width, height, theme):
    page = open_as(None, "/people/roles/new", width=width, height=height, theme=theme)
    enter(page, "ada")
    page.get_by_label("Name", exact=True).fill("Readers")
    in_another_tab(page)
    page.locator("main form[method=post] button.btn-primary").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    assert_in_order(page)
    shoot(page, f"signed-out-{theme}")
    enter(page, "ada")
    expect(page.get_by_text("Here is what you typed")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Readers")
    assert_accessible(page)
    page.locator("main form[method=post] button.btn-primary").last.click()
    expect(page.get_by_text("The role Readers is made.")).to_be_visible()


@pytest.fixture
def demo(runtime, actors):
    return connect(runtime, actors.ada, "demo:", "demo-small", name="demo", type="demo", key=None)


def send(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def test_a_message_is_sent_again_after_signing_in_in_another_tab(open_as: OpenPage, demo):
    page = open_as(None, "/chat")
    enter(page, "uma")
    in_another_tab(page)
    send(page, "Where is rounding done?")
    expect(page.locator("#message-fault")).to_contain_text("Sign in in another tab, then send again")
    in_another_tab(page, leaves=False, enters="uma")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-answer] .foot")).to_be_visible()
    expect(page.locator(".said")).to_have_text("Where is rounding done?")


def test_a_message_of_somebody_else_is_not_sent_and_can_be_copied(open_as: OpenPage, demo):
    page = open_as(None, "/chat")
    enter(page, "uma")
    in_another_tab(page, enters="ada")
    send(page, "Where is rounding done?")
    expect(page.locator("#message-fault")).to_contain_text("Copy your message, load the page again")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Where is rounding done?")


def test_a_test_of_a_connection_goes_on_after_signing_in_in_another_tab(open_as: OpenPage):
    page = open_as(None, "/providers/connect?type=demo")
    enter(page, "ada")
    in_another_tab(page)
    page.locator("#test-button").click()
    expect(page.locator("[data-part=result]")).to_contain_text("Sign in in another tab, then do it again")
    in_another_tab(page, leaves=False, enters="ada")
    page.locator("#test-button").click()
    expect(page.locator("[data-part=result] .result-good")).to_be_visible()


def test_an_edit_is_given_up_and_the_message_stays(open_as: OpenPage, demo):
    page = open_as("uma", "/chat")
    send(page, "Where is rounding done?")
    expect(page.locator("[data-answer] .foot")).to_be_visible()
    page.locator("[data-edit] summary").click()
    expect(page.locator(".said")).to_be_hidden()
    page.get_by_label("Your message").fill("Something else")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".said")).to_have_text("Where is rounding done?")
    expect(page.locator("[data-edit] summary")).to_be_focused()
    expect(page.locator("[data-context-use] progress")).to_be_visible()


def test_an_answer_that_was_asked_for_again_is_read_out(open_as: OpenPage, demo):
    page = open_as("uma", "/chat")
    send(page, "Where is rounding done?")
    expect(page.locator("[data-answer] .foot")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("details.before")).to_be_visible()
    expect(page.locator("[data-status]")).to_contain_text("demo")


@pytest.mark.parametrize(("width", "height"), [(640, 450), (195, 422)])
def test_send_is_whole_at_twice_the_size(open_as: OpenPage, demo, width, height):
    page = open_as("uma", "/chat", width=width, height=height)
    button = page.get_by_role("button", name="Send", exact=True)
    button.scroll_into_view_if_needed()
    box, frame = button.bounding_box(), page.locator(".composer").bounding_box()
    assert frame["x"] <= box["x"]
    assert box["x"] + box["width"] <= min(width, frame["x"] + frame["width"])
    assert box["y"] + box["height"] <= height


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_formulas_and_other_scripts_are_in_order(open_as: OpenPage, runtime, actors, width, height, theme):
    answer = (
        "So $x_1*y_2*z$ and\n\n$$\n\\int_0^1 "
        + "x + " * 60
        + "1\n$$\n\nשלום עולם, מה שלומך?\n\n- [x] done\n- [ ] open\n\n"
        "See https://example.org/a[^1].\n\n| a |\n| --- |\n| one<br>two |\n\n[^1]: A source"
    )
    with Upstream.openai(key=KEY, answer=answer) as up:
        connect(runtime, actors.ada, up.base_url)
        page = open_as("uma", "/chat", width=width, height=height, theme=theme)
        send(page, "Hi")
        expect(page.locator("[data-answer] .foot")).to_be_visible()
    assert page.locator(".prose p", has_text="שלום").evaluate("it => getComputedStyle(it).direction") == "rtl"
    assert_in_order(page)
    shoot(page, f"chat-formulas-{theme}")


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_a_model_to_be_read_is_in_order(open_as: OpenPage, demo, width, height, theme):
    page = open_as("ada", f"/models/{demo[0]}", width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"model-read-{theme}")
