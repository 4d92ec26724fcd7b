"""The list of chats in Chromium: a menu at each entry, by mouse and by keyboard, with a script and without."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIGHTS, assert_in_order, shoot
from tests.chatting import collect_events, connect, send_message


@pytest.fixture
def said(runtime, actors):
    connect(runtime, actors.ada, "demo:", "demo-small", name="demo", type="demo", key=None)
    for words in ("Where is rounding done?", "Plan the migration", "Write a haiku"):
        collect_events(actors.uma, runtime, send_message(actors.uma, runtime, words))


def entries(page: Page):
    return page.locator("[data-talk] .talk-title")


def open_menu(page: Page, title: str):
    page.locator("[data-talk]").filter(has_text=title).get_by_role("button").focus()
    page.keyboard.press("Enter")
    return page.locator("[data-talk] .dropdown-menu.show")


def test_a_chat_is_renamed_where_it_stands(open_as, said):
    page = open_as("uma", "/chat")
    open_menu(page, "Plan the migration").get_by_text("Rename").click()
    field = page.get_by_label("Name of this chat")
    expect(field).to_be_focused()
    field.fill("x" * 10)
    field.press("Escape")
    expect(entries(page).nth(1)).to_have_text("Plan the migration")
    open_menu(page, "Plan the migration").get_by_text("Rename").click()
    field.fill(" ")
    field.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Give the chat a name.")
    field.fill("Migration")
    field.press("Enter")
    expect(entries(page).nth(1)).to_have_text("Migration")
    page.reload()
    expect(entries(page).nth(1)).to_have_text("Migration")


def test_pinning_archiving_and_deleting_with_a_way_back(open_as, said):
    page = open_as("uma", "/chat")
    open_menu(page, "Where is rounding").get_by_text("Pin", exact=True).click()
    expect(page.get_by_role("heading", name="Pinned")).to_be_visible()
    expect(entries(page).first).to_contain_text("Where is rounding")
    open_menu(page, "Write a haiku").get_by_text("Delete").click()
    gone = page.locator(".talk-gone")
    expect(gone).to_contain_text("“Write a haiku” is deleted.")
    expect(gone.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(gone).to_have_count(0)
    expect(entries(page)).to_have_count(3)
    open_menu(page, "Write a haiku").get_by_text("Archive").click()
    expect(entries(page)).to_have_count(2)
    page.get_by_role("link", name="Archive").click()
    expect(entries(page)).to_have_text(["Write a haiku"])
    open_menu(page, "Write a haiku").get_by_text("Bring back to the list").click()
    expect(page.locator(".talks-none")).to_have_text("No chat is in the archive.")


def test_a_search_leads_to_the_place(open_as, said):
    page = open_as("uma", "/chat")
    page.get_by_label("Search chats").fill("migr")
    page.keyboard.press("Enter")
    expect(page.locator(".talk-place mark")).to_have_text("migration")
    page.locator("[data-talk] a").first.click()
    expect(page.locator("[data-turn]")).to_be_in_viewport()
    expect(page.get_by_label("Search chats")).to_have_value("migr")


def test_a_chat_that_begins_stands_in_the_list_with_its_menu(open_as, said):
    page = open_as("uma", "/chat")
    page.get_by_label("Message", exact=True).fill("Something new")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(entries(page)).to_have_count(4)
    expect(entries(page).first).to_have_text("Something new")
    expect(open_menu(page, "Something new")).to_be_visible()
    expect(page.locator("[data-live]")).to_have_count(0)


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_list_its_menu_and_what_a_search_finds_are_in_order(open_as, said, width, height, theme):
    page = open_as("uma", "/chat?q=migration", width=width, height=height, theme=theme)
    if width < 600:
        page.get_by_role("button", name="Your chats").click()
        expect(page.locator("#talks")).to_be_visible()
    expect(page.locator(".talk-place mark")).to_be_visible()
    assert_in_order(page)
    open_menu(page, "Plan the migration")
    assert_in_order(page)
    shoot(page, f"chat-list-{width}-{theme}")


def test_without_a_script_the_menu_is_a_page(open_as, said):
    page = open_as("uma", "/chat", script=False)
    page.locator("[data-talk]").filter(has_text="Write a haiku").get_by_role("button").click()
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_role("heading", name="Pinned")).to_be_visible()
    page.locator("[data-talk]").filter(has_text="Plan the migration").get_by_role("button").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    expect(entries(page)).to_have_count(3)
