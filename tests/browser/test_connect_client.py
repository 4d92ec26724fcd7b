"""Connect a client in Chromium: a model and a client are picked, lines copied, a token checked; no script needed."""

import pytest
from playwright.sync_api import expect

from portal.domain.client_recipes import RECIPES
from portal.domain.recipe_blocks import Values, fill
from portal.services.runtime import Runtime
from tests.browser.conftest import ALL_SIGHTS, SIGHTS, OpenPage, assert_in_order, shoot
from tests.chatting import connect
from tests.conftest import Actors
from tests.services.access_tokens.setting import make

PAGE = "/connect-a-client"


@pytest.fixture(autouse=True)
def models(runtime: Runtime) -> None:
    connect(
        runtime, Actors.ada, "http://127.0.0.1:9/v1", "gpt-5.2", "a-model-with-a-name-as-long-as-those-of-some-servers"
    )


@pytest.mark.parametrize(("width", "height", "theme"), ALL_SIGHTS)
def test_the_page_is_in_order(open_as: OpenPage, width, height, theme):
    page = open_as("uma", PAGE, width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"connect-client-{width}-{theme}")


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_lines_are_picked_copied_and_the_token_checked(open_as: OpenPage, runtime: Runtime, live, width, height, theme):
    page = open_as("uma", PAGE, width=width, height=height, theme=theme)
    page.get_by_label("Model in the lines below").select_option("auto")
    page.get_by_role("button", name="Use this model").click()
    page.get_by_role("link", name="Codex").click()
    expect(page.get_by_role("heading", level=3, name="Codex")).to_be_in_viewport()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the lines: ~/.codex/config.toml").click()
    expect(page.locator("[data-copied]").first).to_have_text("Copied.")
    config = fill(RECIPES["codex"], Values(live.url, "auto"))[0].text
    assert page.evaluate("navigator.clipboard.readText()") == config
    assert_in_order(page)
    page.get_by_label("Token to check").fill("llmp_nothing")
    page.get_by_role("button", name="Check token").click()
    expect(page.get_by_role("heading", name="This is no token of a portal.")).to_be_in_viewport()
    assert_in_order(page)
    shoot(page, f"connect-client-refused-{theme}")
    page.get_by_label("Token to check").fill(make(Actors.uma, runtime, "laptop").value.bare())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="This token works, and it is yours.")).to_be_in_viewport()
    expect(page.get_by_label("Token to check")).to_have_value("")
    expect(page.get_by_role("heading", level=3, name="Codex")).to_be_attached()
    assert_in_order(page)
    shoot(page, f"connect-client-works-{theme}")


def test_it_needs_no_script(open_as: OpenPage, runtime: Runtime, live):
    page = open_as("uma", PAGE, script=False)
    page.get_by_label("Model in the lines below").select_option("auto")
    page.get_by_role("button", name="Use this model").click()
    page.get_by_role("link", name="aider").click()
    assert page.locator("#paste-1").inner_text() == fill(RECIPES["aider"], Values(live.url, "auto"))[0].text
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_label("Token to check").fill(make(Actors.uma, runtime, "laptop").value.bare())
    page.get_by_role("button", name="Check token").click()
    expect(page.get_by_role("heading", name="This token works, and it is yours.")).to_be_visible()
