"""Every part in both themes, at a desk and on a phone; and the behaviours that every page has."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, SIGHTS, OpenPage, assert_accessible, assert_fits, assert_in_order, shoot


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_every_part_is_accessible_in_both_themes_and_at_both_widths(open_as: OpenPage, width, height, theme):
    page = open_as("eve", "/components", width=width, height=height, theme=theme)

    assert page.evaluate("document.documentElement.dataset.bsTheme") == theme
    assert_accessible(page)
    assert_fits(page)
    shoot(page, f"components-{theme}")


def test_a_chosen_theme_is_remembered(open_as: OpenPage):
    page = open_as("uma", "/components", theme="light")

    page.get_by_role("button", name="Appearance").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()

    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_slash_goes_to_the_search_and_a_question_mark_lists_the_shortcuts(open_as: OpenPage):
    page = open_as("uma", "/components")

    page.keyboard.press("?")
    shortcuts = page.get_by_role("dialog", name="Shortcuts")
    expect(shortcuts).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("?")

    expect(page.get_by_role("searchbox")).to_have_value("?")


def test_a_destructive_act_asks_in_a_dialog_that_holds_the_focus_and_gives_it_back(open_as: OpenPage):
    page = open_as("uma", "/components")
    opener = page.get_by_role("button", name="Delete key", exact=True).nth(1)

    opener.click()
    dialog = page.get_by_role("dialog", name="Delete key b7e3 0d48?")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    expect(dialog).to_contain_text("cannot be brought back")
    assert_accessible(page)
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('.modal') || document.activeElement === document.body")
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    assert page.locator(".ask-first-body form").count() == 2, "the form is back in its place"


def test_a_destructive_act_asks_without_a_script_too(open_as: OpenPage):
    page = open_as("uma", "/components", script=False)
    form = page.locator("details.ask-first").first.locator("form")

    expect(form).to_be_hidden()
    page.locator("details.ask-first > summary").first.click()

    expect(form.get_by_role("button", name="Delete key")).to_be_visible()


def test_the_exact_time_stands_beside_the_relative_one_when_a_keyboard_gets_there(open_as: OpenPage):
    page = open_as("uma", "/components")
    moment = page.locator("time[tabindex]").first

    moment.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")

    assert "2026" in moment.get_attribute("title")
    assert page.evaluate("getComputedStyle(document.activeElement, '::after').content") != "none"


def test_on_a_phone_the_menu_is_a_drawer(open_as: OpenPage):
    page = open_as("uma", "/components", width=PHONE[0], height=PHONE[1])
    menu = page.locator("#sidebar")

    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Open the menu").click()
    expect(menu.get_by_role("button", name="Uma Ortiz")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")

    expect(menu).to_be_hidden()


def test_without_a_script_the_menu_stands_open_and_one_can_sign_out(open_as: OpenPage):
    page = open_as("uma", "/components", width=PHONE[0], height=PHONE[1], script=False)

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.get_by_role("button", name="Open the menu")).to_be_hidden()


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
@pytest.mark.parametrize("person", ["uma", None])
def test_the_page_for_what_is_not_there_is_in_order(open_as: OpenPage, width, height, theme, person):
    page = open_as(person, "/nothing-of-that-name", width=width, height=height, theme=theme)

    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here.")
    assert_in_order(page)
    shoot(page, f"not-found-{person or 'stranger'}-{theme}")
