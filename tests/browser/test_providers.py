"""Providers in Chromium: from a card to a green test to a saved provider, by mouse, by keyboard, without a script."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from portal.domain import language_models as models_domain
from portal.services.health import checks
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from tests.browser.conftest import SIGHTS, OpenPage, assert_fits, assert_in_order, shoot
from tests.conftest import Actors
from tests.connecting import KEY, connect, draft
from tests.upstream import Upstream, steps


@pytest.fixture
def vendor() -> Iterator[Upstream]:
    with Upstream.openai(key=KEY, models=["gpt-5.2", "gpt-5.2-mini", "text-embedding-3-large"]) as up:
        yield up


def fill(page: Page, up: Upstream, key: str = KEY) -> None:
    page.get_by_label("Name", exact=True).fill("acme")
    page.get_by_label("Label").fill("Acme")
    page.get_by_label("Base URL").fill(f"{up.url}/v1/chat/completions")
    page.locator("#key").fill(key)
    page.get_by_label("Model to test with").fill("gpt-5.2")


@pytest.mark.parametrize("width", [1280, 390])
def test_from_a_card_to_a_green_test_to_a_saved_provider(open_as: OpenPage, vendor: Upstream, width: int):
    page = open_as("ada", "/providers", width=width)
    page.get_by_role("link", name="Connect a provider").click()
    page.get_by_role("radio", name="OpenAI-compatible").check()
    expect(page.get_by_label("Name", exact=True)).to_have_value("openai-compatible")
    assert_in_order(page)

    fill(page, vendor, key="sk-wrong")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name="Acme refuses the key that was typed.")).to_be_visible()
    expect(page.locator("#key")).to_have_value("sk-wrong")
    expect(page.get_by_label("Base URL")).to_have_value(f"{vendor.url}/v1")
    assert_in_order(page)
    shoot(page, "connect-refused")

    page.locator("#key").fill(KEY)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name="Acme answered.")).to_be_visible()
    page.get_by_role("button", name="Discover models").click()
    expect(page.get_by_role("checkbox", name="gpt-5.2", exact=False).first).to_be_checked()
    page.get_by_text("1 more, probably not for chats").click()
    expect(page.get_by_role("checkbox", name="text-embedding-3-large")).not_to_be_checked()
    expect(page.get_by_role("heading", name="Acme answered.")).to_be_visible()
    expect(page.get_by_text("2 of 3 ticked")).to_be_visible()
    assert_in_order(page)
    shoot(page, "connect-green")

    page.get_by_role("button", name="Save provider").click()
    expect(page).to_have_url(re.compile("/providers/acme$"))
    expect(page.get_by_text("Acme answers.")).to_be_visible()  # it was tested without being asked to, once
    assert_in_order(page)
    asked = len(vendor.requests)
    page.reload()
    expect(page.get_by_role("button", name="Test connection")).to_be_enabled()
    assert len(vendor.requests) == asked
    shoot(page, "provider-green")


def test_by_keyboard_alone(open_as: OpenPage, vendor: Upstream):
    page = open_as("otto", "/providers/connect")
    search = page.get_by_label("Search the types")
    search.focus()
    page.keyboard.type("compat")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_have_value("openai-compatible")
    expect(page.get_by_role("radio", name="OpenAI-compatible")).to_be_focused()

    for name, text in (("name", "acme"), ("label", "Acme"), ("base_url", f"{vendor.url}/v1"), ("key", KEY)):
        while page.evaluate("document.activeElement.id") != name:
            page.keyboard.press("Tab")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)
    while page.evaluate("document.activeElement.id") != "test_model":
        page.keyboard.press("Tab")
    page.keyboard.type("gpt-5.2")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#test-button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Acme answered.")).to_be_visible()
    expect(page.locator("#test-button")).to_be_focused()
    expect(page.locator("[data-say]")).to_contain_text("Acme answered.")

    while page.evaluate("document.activeElement.id") != "save-button":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/providers/acme$"))


def test_a_card_keeps_what_was_typed_and_replaces_what_was_prefilled(open_as: OpenPage):
    page = open_as("ada", "/providers/connect")
    page.get_by_label("Label").fill("Ours")
    page.get_by_role("radio", name="Ollama").check()
    expect(page.get_by_label("Base URL")).to_have_value("http://localhost:11434/v1")
    expect(page.get_by_label("Name", exact=True)).to_have_value("ollama")
    expect(page.get_by_label("Label")).to_have_value("Ours")
    page.get_by_role("radio", name="Demo").check()
    expect(page.get_by_label("Base URL")).to_have_count(0)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name="Ours answered.")).to_be_visible()


def test_a_fault_of_a_field_is_shown_and_focused_without_leaving_the_page(open_as: OpenPage):
    page = open_as("ada", "/providers/connect?type=vllm")
    page.get_by_label("Base URL").fill("localhost:8000")
    page.locator("#key").fill("sk-typed")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Begin the address with https://")).to_be_visible()
    expect(page.get_by_label("Base URL")).to_be_focused()
    expect(page.locator("#key")).to_have_value("sk-typed")
    assert_in_order(page)


def test_without_a_script(open_as: OpenPage, vendor: Upstream):
    page = open_as("ada", "/providers/connect", script=False)
    page.get_by_role("radio", name="OpenAI-compatible").check()
    page.get_by_role("button", name="Use this type").click()
    fill(page, vendor)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name="Acme answered.")).to_be_visible()
    page.locator("#key").fill(KEY)
    page.get_by_role("button", name="Discover models").click()
    expect(page.get_by_role("checkbox", name="gpt-5.2", exact=False).first).to_be_checked()
    page.locator("#key").fill(KEY)
    page.get_by_role("button", name="Save provider").click()
    expect(page).to_have_url(re.compile("/providers/acme$"))
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Acme answers.")).to_be_visible()


def test_all_are_tested_one_after_the_other(open_as: OpenPage, runtime: Runtime, vendor: Upstream):
    models = [models_domain.Draft("gpt-5.2")]
    provider_registry.register(Actors.ada, runtime, draft(vendor, name="good", label="Good"), models)
    provider_registry.register(Actors.ada, runtime, draft(vendor, name="bad", label="Bad", key="sk-bad"), models)
    page = open_as("ada", "/providers")
    page.get_by_role("button", name="Test all").click()
    expect(page.locator("#toasts")).to_contain_text("2 tested, 1 without a good answer.")
    expect(page.locator("#row-good")).to_contain_text("OK")
    expect(page.locator("#row-bad")).to_contain_text("Key refused")
    expect(page.get_by_role("link", name=re.compile("Failing.?1"))).to_be_visible()


def test_a_key_is_added_in_a_dialog(open_as: OpenPage, runtime: Runtime, vendor: Upstream):
    connect(Actors.ada, runtime, vendor, label="Acme", key="sk-old")
    page = open_as("ada", "/providers/acme")
    page.get_by_role("button", name="Add key").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Key")).to_be_focused()
    assert_in_order(page)
    dialog.get_by_label("Key").fill(KEY)
    dialog.get_by_role("button", name="Add key").click()
    expect(page.get_by_text(re.compile(r"The key \S{4}.\S{4} of Acme is saved. Test it now."))).to_be_visible()


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_every_page_is_in_order(open_as: OpenPage, runtime: Runtime, vendor: Upstream, width, height, theme):
    ada = Actors.ada
    page = open_as("ada", "/providers", width=width, height=height, theme=theme)
    assert_in_order(page)
    models = [models_domain.Draft("gpt-5.2"), models_domain.Draft("gpt-5.2-mini")]
    provider_registry.register(ada, runtime, draft(vendor, name="good", label="Good"), models)
    provider_registry.register(ada, runtime, draft(vendor, name="refused", label="Refused", key="sk-bad"), models)
    provider_registry.register(ada, runtime, Draft("demo", name="demo", base_url="demo:"))
    connect(ada, runtime, "http://127.0.0.1:9/v1", name="off", label="Off", type="vllm")
    provider_registry.turn(ada, runtime, "off", on=False)
    vendor.script(steps.respond(429, json={"error": {"message": "slow down"}}), path="/slow/v1/chat/completions")
    connect(ada, runtime, f"{vendor.url}/slow/v1", name="throttled", label="Throttled")
    for name in ("good", "good", "refused", "throttled"):
        checks.check_saved(ada, runtime, name, model="gpt-5.2")
    for name, path in (
        ("providers", "/providers"),
        ("provider", "/providers/refused"),
        ("provider-edit", "/providers/refused/edit"),
        ("connect", "/providers/connect"),
        ("health", "/health-checks"),
    ):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"{name}-{theme}")
    page.goto("/health-checks?outcome=failed")
    page.locator("tbody th a").first.click()
    expect(page.get_by_text("What the provider said")).to_be_visible()
    assert_in_order(page)
    page.get_by_text("Reason", exact=True).first.click()
    assert_fits(page)
    shoot(page, f"health-record-{theme}")
