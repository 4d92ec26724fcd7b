"""Why this model in Chromium: the page in both lights, what a dialog fetches when it opens, and without a script."""

from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import expect

from portal.services.runtime import Runtime
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.services.explain.setting import crowd, pin, publish, role
from tests.services.published import connect

UMA = Actors.uma.id
SIGHT = pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)


@pytest.fixture
def models(app: Flask, runtime: Runtime) -> dict[str, UUID]:
    """A pin without a key, a default, a role with patterns that twelve people hold."""
    connect("gpu-rack-2")
    connect("claude", "anthropic")
    found = {name: publish(runtime, "gpu-rack-2", name) for name in ("qwen3:30b", "gemma-3-27b-it-with-a-long-name")}
    found["opus"] = publish(runtime, "claude", "claude-opus-5")
    pin(runtime, "explore", found["opus"], UMA)
    pin(runtime, "explore", found["gemma-3-27b-it-with-a-long-name"])
    crowd(runtime, 12, role(runtime, "Contractors", "gpu-rack-2:qwen3:30b", "gpu-rack-2:gemma*"))
    return found


@SIGHT
def test_the_pages_of_the_explanation_are_in_order(open_as: OpenPage, models, width, height, theme):
    page = open_as("ada", width=width, height=height, theme=theme)
    for name, path in (
        ("explain", f"/explain?person={UMA}&context=explore"),
        ("explain-refused", f"/explain?person={UMA}&model=claude:claude-opus-5"),
        ("explain-whom", "/explain?who=example"),
        ("explain-nobody", "/explain?who=zebra"),
        ("explain-me", "/explain/me"),
        ("explain-models", f"/explain/people/{UMA}/models?context=explore"),
        ("explain-none", f"/explain/people/{UMA}/models?q=zebra"),
        ("impact-off", f"/explain/impact/models/{models['qwen3:30b']}/off"),
        ("impact-delete", "/explain/impact/providers/gpu-rack-2/delete"),
        ("model-who", f"/models/{models['qwen3:30b']}/edit"),
    ):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"{name}-{theme}")


@SIGHT
def test_a_dialog_says_whom_it_changes_before_it_is_done(open_as: OpenPage, models, width, height, theme):
    page = open_as("ada", f"/models/{models['qwen3:30b']}/edit", width=width, height=height, theme=theme)
    page.locator("summary", has_text="Turn off").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("14 people get another model")
    expect(dialog).to_contain_text("gemma-3-27b-it-with-a-long-name")
    assert_in_order(page)
    shoot(page, f"impact-dialog-{theme}")
    dialog.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("is off. Nobody is offered it.")).to_be_visible(timeout=20_000)


def test_without_a_script_a_page_asks_instead(open_as: OpenPage, models):
    page = open_as("ada", f"/models/{models['qwen3:30b']}/edit", script=False)
    page.locator("summary", has_text="Turn off").click()
    page.get_by_role("link", name="See whom this changes").first.click()
    expect(page.get_by_role("heading", name="Turn qwen3:30b off?")).to_be_visible()
    expect(page.get_by_text("14 people get another model")).to_be_visible()
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("is off. Nobody is offered it.")).to_be_visible()


def test_a_name_is_typed_and_explained_by_keyboard(open_as: OpenPage, models):
    page = open_as("ada", "/explain")
    page.get_by_label("For", exact=True).fill("Uma")
    page.get_by_label("Context").select_option("explore")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="because Explore is pinned to it for everybody")).to_be_visible()
    page.get_by_role("link", name="Give Claude a shared key").click()
    expect(page.get_by_role("heading", name="Claude", level=1)).to_be_visible()
