"""The door: the page that strangers see, as it is and after a wrong password."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_door_is_in_order_before_and_after_a_wrong_password(open_as: OpenPage, width, height, theme):
    page = open_as(None, "/", width=width, height=height, theme=theme)

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert_in_order(page)
    page.get_by_label("E-mail").fill("uma@example.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("uma@example.org")
    expect(page.get_by_label("Password")).to_have_value("")
    assert_in_order(page)
    shoot(page, f"sign-in-{theme}")


def test_the_door_opens_without_a_script(open_as: OpenPage):
    page = open_as(None, "/sign-in", script=False)

    page.get_by_label("E-mail").fill("uma@example.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_be_visible()
