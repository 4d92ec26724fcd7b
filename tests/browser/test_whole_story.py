"""The whole story in Chromium: a pin for everybody, somebody's own choice, the gate that closes, and why it is so."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.services.runtime import Runtime
from tests.browser.conftest import DESK, PHONE, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.services.explain.setting import publish
from tests.services.published import connect

UMA = Actors.uma.id


@pytest.fixture
def models(app: Flask, runtime: Runtime) -> None:
    connect("acme")
    for name in ("everyday", "careful", "quick"):
        publish(runtime, "acme", name, display_name=name.capitalize())


def kept(page: Page, name: str, theme: str) -> None:
    """In order as it stands, and a picture of it."""
    assert_in_order(page)
    shoot(page, f"story-{name}-{theme}")


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(("width", "height", "theme"), [(*DESK, "light"), (*PHONE, "dark")])
def test_a_pin_a_choice_of_ones_own_a_closed_gate_and_why(open_as: OpenPage, width, height, theme):
    ada = open_as("ada", "/overrides/pins/general", width=width, height=height, theme=theme)
    uma = open_as("uma", width=width, height=height, theme=theme)

    # The administrator pins a model, and reads before saving whom that changes.
    ada.get_by_label("Model", exact=True).fill("acme:careful")
    expect(ada.locator("[data-impact-typed]")).to_contain_text("2 people get another model.")
    expect(ada.locator("[data-impact-typed]")).to_contain_text("Everyday")
    kept(ada, "1-pin", theme)
    ada.get_by_role("button", name="Pin model").click()
    expect(ada.locator("tr", has_text="General").first).to_contain_text("Careful")

    # The developer sees what she would get, and chooses for herself.
    uma.goto("/agents/choices/general")
    uma.get_by_label("Model", exact=True).fill("acme:quick")
    kept(uma, "2-choice", theme)
    uma.get_by_role("button", name="Save choice").click()
    expect(uma.get_by_text("Quick answers for you in General.")).to_be_visible()

    # The gate says whom closing it changes, and to what; then it is closed.
    ada.goto("/overrides/gates/personal_overrides")
    expect(ada.locator(".impact-moves")).to_contain_text("Quick")
    expect(ada.locator(".impact-moves")).to_contain_text("Careful")
    kept(ada, "3-gate", theme)
    ada.get_by_role("button", name="Turn off").click()
    expect(ada.get_by_text("Personal overrides: now off, for everybody.")).to_be_visible()

    # Her choice is kept and ignored, and her page says why.
    uma.goto("/agents")
    expect(uma.get_by_text("Personal overrides are switched off for everybody.").first).to_be_visible()
    expect(uma.locator("main")).to_contain_text("acme:quick")
    kept(uma, "4-locked", theme)
    uma.goto("/explain/me?context=general")
    expect(uma.locator("main")).to_contain_text("because General is pinned to it for everybody")
    expect(uma.locator("main")).to_contain_text("Personal overrides are off for everybody.")
    kept(uma, "5-why", theme)

    # The administrator asks the same of her, and before taking the pin away reads what she would get then.
    ada.goto(f"/explain?person={UMA}&context=general")
    expect(ada.get_by_role("heading", name="because General is pinned to it for everybody")).to_be_visible()
    kept(ada, "6-explained", theme)
    ada.goto("/overrides/pins/general")
    ada.locator("summary", has_text="Clear pin").click()
    dialog = ada.get_by_role("dialog")
    expect(dialog).to_contain_text("2 people get another model.")
    expect(dialog.locator(".impact-moves")).to_contain_text("Everyday")
    kept(ada, "7-clear", theme)
    dialog.get_by_role("button", name="Clear pin").click()
    expect(ada.get_by_text("Nothing is pinned to General any more.")).to_be_visible()
    uma.goto("/explain/me?context=general")
    expect(uma.locator("main")).to_contain_text("Everyday, because it is the default")
