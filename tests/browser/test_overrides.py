"""Overrides, gates, contexts and Agents in Chromium: as they are, with faults, and with thousands of models."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from portal.domain.language_models import Draft as ModelDraft
from portal.services.language_models import lifecycle, publishing
from portal.services.overrides import contexts, gates, own, pins
from portal.services.overrides.choices import Typed
from portal.services.overrides.contexts import Draft
from portal.services.runtime import Runtime
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.services.published import connect

SIGHT = pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)


@pytest.fixture
def furnished(app: Flask, runtime: Runtime) -> None:
    """Seventy models, an added context, pins that serve and one that does not, and a choice of Ada's own."""
    connect("acme")
    drafts = [ModelDraft(f"model-{number:02}", display_name=f"Model {number:02}") for number in range(70)]
    publishing.publish_ticked(Actors.ada, runtime, "acme", drafts)
    off = publishing.publish(Actors.ada, runtime, "acme", ModelDraft("a-model-with-a-rather-long-name-that-is-off")).id
    lifecycle.turn(Actors.ada, runtime, off, on=False)
    contexts.add(Actors.ada, runtime, Draft("code_review", "Code review", "For the review bot.", "reviews"))
    for context, model in (
        ("general", "model-03"),
        ("explore", "a-model-with-a-rather-long-name-that-is-off"),
        ("code_review", "model-05"),
    ):
        pins.pin(Actors.ada, runtime, context, Typed(f"acme:{model}", "high"))
    own.set_mine(Actors.ada, runtime, "general", Typed("acme:model-07"))


@SIGHT
@pytest.mark.usefixtures("furnished")
def test_the_pages_of_overrides_and_agents_are_in_order(open_as: OpenPage, runtime, width, height, theme):
    page = open_as("ada", width=width, height=height, theme=theme)
    for name, path in (
        ("overrides", "/overrides"),
        ("override", "/overrides/pins/explore"),
        ("override-new", "/overrides/pins/compaction"),
        ("context-new", "/overrides/new-context"),
        ("context", "/overrides/contexts/code_review"),
        ("gate", "/overrides/gates/personal_overrides"),
        ("agents", "/agents"),
        ("agent", "/agents/choices/general"),
    ):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"{name}-{theme}")
    for gate in ("personal_overrides", "ai"):
        gates.turn(Actors.ada, runtime, gate, on=False)
    for name, path in (("overrides-off", "/overrides"), ("agents-off", "/agents"), ("chat-off", "/chat")):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"{name}-{theme}")


@SIGHT
@pytest.mark.usefixtures("furnished")
def test_a_fault_stands_beside_its_field(open_as: OpenPage, width, height, theme):
    page = open_as("ada", "/agents/choices/explore", width=width, height=height, theme=theme)
    page.get_by_label("Model", exact=True).fill("acme:a-model-with-a-rather-long-name-that-is-off")
    page.get_by_role("button", name="Save choice").click()
    expect(page.locator("#model-fault")).to_contain_text("turned off")
    expect(page.get_by_label("Model", exact=True)).to_have_value("acme:a-model-with-a-rather-long-name-that-is-off")
    assert_in_order(page)
    shoot(page, f"agent-fault-{theme}")


@pytest.mark.usefixtures("furnished")
def test_the_list_follows_what_is_typed_and_a_pin_is_set_and_cleared(open_as: OpenPage):
    page = open_as("ada", "/overrides/pins/compaction")
    field, options = page.get_by_label("Model", exact=True), page.locator("#models option")
    expect(options).to_have_count(50)
    field.press_sequentially("model 68")
    expect(options).to_have_count(1)
    expect(options).to_have_attribute("value", "acme:model-68")
    field.fill("acme:model-68")
    page.get_by_role("button", name="Pin model").click()
    row = page.locator("tr", has_text="Compaction")
    expect(row).to_contain_text("Model 68")
    row.get_by_role("link", name="Change").click()
    page.get_by_role("button", name="Clear pin").click()
    dialog = page.get_by_role("dialog", name="Clear the pin of Compaction?")
    expect(dialog).to_contain_text("Model 68 is no longer pinned")
    assert_in_order(page)
    dialog.get_by_role("button", name="Clear pin").click()
    expect(page.locator("tr", has_text="Compaction")).to_contain_text("nothing pinned")


@pytest.mark.usefixtures("furnished")
def test_ai_is_turned_off_and_a_message_stays_in_its_field(open_as: OpenPage):
    chat = open_as("uma", "/chat")
    page = open_as("ada", "/overrides")
    page.get_by_role("link", name="Turn off AI").click()
    expect(page.get_by_text("Turning this off changes 2 people who may chat.")).to_be_visible()
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_role("link", name="Turn on AI")).to_be_visible()
    chat.locator("#message").fill("Where is rounding done?")
    chat.get_by_role("button", name="Send").click()
    expect(chat.locator("#message-fault")).to_contain_text("AI is switched off for everybody.")
    expect(chat.locator("#message")).to_have_value("Where is rounding done?")
