"""The page of the API in Chromium: endpoints opened, at a desk and on a phone, light and dark; with the keyboard."""

import pytest
from playwright.sync_api import expect

from portal.web.api.routes import OPERATIONS
from tests.browser.conftest import ALL_SIGHTS, OpenPage, assert_fits, assert_in_order, shoot

OPENED = 4
"""Endpoints that are looked at with all they say. They are drawn alike, and hundreds of lists take axe a minute."""


@pytest.mark.parametrize(("width", "height", "theme"), ALL_SIGHTS)
def test_what_an_endpoint_wants_and_gives_can_be_read(open_as: OpenPage, width, height, theme):
    page = open_as("uma", "/api-reference", width=width, height=height, theme=theme)
    for place in range(OPENED):
        page.locator("main summary").nth(place).focus()
        page.keyboard.press("Enter")
    expect(page.locator("main details[open]")).to_have_count(OPENED)
    assert_in_order(page)
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
    expect(page.locator("main details[open]")).to_have_count(len(OPERATIONS))
    assert_fits(page)
    shoot(page, f"api-reference-{theme}")
