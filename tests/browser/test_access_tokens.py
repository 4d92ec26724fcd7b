"""Access tokens in Chromium: the empty list, a new token and its copy, a new value, the end, and an administrator."""

import pytest
from playwright.sync_api import expect

from portal.domain import access_tokens as tokens
from portal.services.access_tokens import own_tokens
from portal.services.runtime import Runtime
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.services.access_tokens.setting import make

SIGHT = pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)


@SIGHT
def test_a_token_is_made_copied_replaced_and_revoked(open_as: OpenPage, runtime: Runtime, width, height, theme):
    page = open_as("uma", "/access-tokens", width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"access-tokens-none-{theme}")
    page.get_by_role("link", name="Create a token").first.click()
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("#name-fault")).to_contain_text("Type a name")
    assert_in_order(page)
    shoot(page, f"access-tokens-new-{theme}")
    page.get_by_label("Name", exact=True).fill("CI on the build server")
    page.get_by_label("Own keys").focus()
    page.keyboard.press("Space")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("CI on the build server is created")
    assert_in_order(page)
    value = page.locator("#value").inner_text()
    assert tokens.fault(value) is None
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == value
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("Own keys")).to_be_visible()
    page.get_by_role("link", name="Replace the value of CI on the build server").click()
    assert_in_order(page)
    shoot(page, f"access-tokens-replace-{theme}")
    page.get_by_role("button", name="Replace value").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CI on the build server has a new value")
    assert_in_order(page)
    page.go_back()
    page.goto("/access-tokens")
    expect(page.get_by_text("replaced:")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"access-tokens-{theme}")
    page.get_by_text("Revoke", exact=False).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="Ended")).to_be_visible()
    assert_in_order(page)


@SIGHT
def test_an_administrator_revokes_on_the_persons_page(open_as: OpenPage, runtime: Runtime, width, height, theme):
    make(Actors.uma, runtime, "laptop", "chat.use", "personal_key.use")
    page = open_as("ada", f"/people/{Actors.uma.id}", width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"people-tokens-{theme}")
    page.locator("summary", has_text="Revoke laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Uma Ortiz has no token that works.")).to_be_visible()
    assert own_tokens.list_own(Actors.uma, runtime).living == ()
