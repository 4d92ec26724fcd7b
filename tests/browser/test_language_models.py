"""The Models pages and the overview in Chromium: the sheet, the ticks, the doors, and the same without a script."""

from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import expect

from portal.dialects.secret import Secret
from portal.domain.language_models import Draft
from portal.services.health import checks
from portal.services.keys import shared_keys
from portal.services.language_models import lifecycle, publishing
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.providers import ProviderRecord
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import CANARY, Actors
from tests.services.published import connect
from tests.upstream import Upstream

EVERYTHING = ("streaming", "tools", "reasoning", "vision")


@pytest.fixture
def stocked(app: Flask, runtime: Runtime, actors: Actors) -> dict[str, UUID]:
    """Three providers: one that serves, one without its key, the demo; a model of each kind of row."""
    ids = {}
    acme = connect("acme-openai", "openai")
    connect("claude", "anthropic")
    connect("demo")
    with transaction() as session:
        shared_keys.add(session, runtime, actors.ada, session.get_one(ProviderRecord, acme), Secret(CANARY))
    for provider, draft in (
        (
            "acme-openai",
            Draft("gpt-5.2", context_limit=400_000, capabilities=EVERYTHING, prices={"input": "1.75"}),
        ),
        ("acme-openai", Draft("gpt-4.1-mini", display_name="GPT-4.1 mini", capabilities=EVERYTHING)),
        ("claude", Draft("claude-opus-5", display_name="Claude Opus 5", capabilities=EVERYTHING)),
        ("demo", Draft("demo-small", recommended=True)),
        ("demo", Draft("demo-large")),
    ):
        ids[draft.wire_name] = publishing.publish(actors.ada, runtime, provider, draft).id
    lifecycle.turn(actors.ada, runtime, ids["demo-large"], on=False)
    return ids


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_models_pages_are_in_order_at_every_sight(open_as: OpenPage, stocked, width, height, theme):
    page = open_as("ada", "/models", width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"models-{theme}")
    page.get_by_role("link", name="GPT-4.1 mini", exact=True).click()
    expect(page.get_by_role("dialog", name="GPT-4.1 mini")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"models-sheet-{theme}")
    for name, path in (
        ("models-edit", f"/models/{stocked['gpt-5.2']}/edit"),
        ("models-new", "/models/new"),
        ("models-discover", "/models/discover"),
    ):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"{name}-{theme}")
    page.goto(f"/models/{stocked['demo-small']}/edit")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("heading", name="Demo answered. The address and the model work")).to_be_visible()
    page.get_by_text("What was tested").click()
    assert_in_order(page)
    shoot(page, f"models-tested-{theme}")


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_overview_is_in_order_at_every_sight(
    open_as: OpenPage, stocked, runtime: Runtime, actors: Actors, width, height, theme
):
    checks.check_saved(actors.ada, runtime, "demo")
    page = open_as("otto", "/", width=width, height=height, theme=theme)
    expect(page.get_by_role("heading", level=1)).to_have_text("One provider has a problem. One answers as it should.")
    assert_in_order(page)
    shoot(page, f"overview-{theme}")


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_doors_of_an_empty_portal_are_in_order_at_every_sight(open_as: OpenPage, environment, width, height, theme):
    environment.update(OPENAI_API_KEY=CANARY, OLLAMA_HOST="127.0.0.1:9")
    page = open_as("ada", "/", width=width, height=height, theme=theme)
    expect(page.get_by_text("No Ollama answers at 127.0.0.1:9.")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"overview-empty-{theme}")


def test_an_ollama_is_found_once_the_page_is_there_and_connected_by_its_door(open_as: OpenPage, environment):
    with Upstream.openai(key=None, models=["qwen3:30b", "llama3.3:70b"]) as up:
        environment["OLLAMA_HOST"] = up.url.removeprefix("http://")
        page = open_as("ada", "/overview")
        expect(page.get_by_text("has 2 models: qwen3:30b, llama3.3:70b.")).to_be_visible()
        page.get_by_role("button", name="Connect Ollama").click()
        page.wait_for_url("**/providers/ollama")
    page.goto("/models")
    expect(page.get_by_role("link", name="qwen3:30b")).to_be_visible()


def test_the_sheet_is_used_by_keyboard_alone(open_as: OpenPage, stocked):
    page = open_as("ada", "/models")
    link = page.get_by_role("link", name="GPT-4.1 mini", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="GPT-4.1 mini")
    expect(sheet).to_be_visible()
    sheet.get_by_role("textbox", name="Temperature").focus()
    page.keyboard.type("0.3")
    expect(sheet.get_by_role("region", name="What is sent to the provider")).to_contain_text('"temperature": 0.3')
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()
    expect(link).to_be_focused()


def test_a_refused_value_is_told_in_the_sheet_and_a_good_one_is_saved(open_as: OpenPage, stocked, runtime, actors):
    page = open_as("ada", "/models")
    page.get_by_role("link", name="GPT-4.1 mini", exact=True).click()
    sheet = page.get_by_role("dialog", name="GPT-4.1 mini")
    sheet.get_by_role("textbox", name="Temperature").fill("9")
    sheet.get_by_label("Description").fill("Kept while it is mended.")
    sheet.get_by_role("button", name="Save model").click()
    expect(sheet.get_by_role("alert")).to_contain_text("Check this field: Temperature.")
    expect(sheet.get_by_text("Choose 0 to 2")).to_be_visible()
    expect(sheet.get_by_label("Description")).to_have_value("Kept while it is mended.")
    sheet.get_by_role("textbox", name="Temperature").fill("0.7")
    sheet.get_by_role("button", name="Save model").click()
    expect(page.get_by_text("GPT-4.1 mini is saved.")).to_be_visible()
    saved = publishing.read(actors.ada, runtime, stocked["gpt-4.1-mini"])
    assert saved.options == {"temperature": 0.7}
    assert saved.description == "Kept while it is mended."


def test_inherit_clears_an_option(open_as: OpenPage, stocked, runtime, actors):
    model = publishing.read(actors.ada, runtime, stocked["gpt-4.1-mini"])
    draft = Draft("gpt-4.1-mini", display_name="GPT-4.1 mini", options={"temperature": "0.7"})
    publishing.change(actors.ada, runtime, model.id, draft, model.version)
    page = open_as("ada", "/models")
    page.get_by_role("link", name="GPT-4.1 mini", exact=True).click()
    sheet = page.get_by_role("dialog", name="GPT-4.1 mini")
    preview = sheet.get_by_role("region", name="What is sent to the provider")
    expect(preview).to_contain_text("temperature")
    sheet.get_by_role("button", name="inherit: clear Temperature").click()
    expect(preview).not_to_contain_text("temperature")
    expect(sheet.get_by_role("textbox", name="Temperature")).to_have_value("")


def test_discovered_models_are_ticked_counted_and_published(open_as: OpenPage, runtime, actors):
    with Upstream.openai(key=CANARY, models=[f"m{number}" for number in range(1, 21)]) as up:
        provider_id = connect("acme", "openai_compatible", base_url=f"{up.url}/v1")
        with transaction() as session:
            shared_keys.add(session, runtime, actors.ada, session.get_one(ProviderRecord, provider_id), Secret(CANARY))
        page = open_as("otto", "/models/discover?provider=acme")
        page.get_by_role("button", name="List its models").click()
        expect(page.get_by_text("Acme lists 20 models")).to_be_visible()
        publish = page.get_by_role("button", name="Publish 0 models")
        expect(publish).to_be_disabled()
        page.get_by_label("m20", exact=True).check()
        expect(page.get_by_role("button", name="Publish 1 model", exact=True)).to_be_enabled()
        page.get_by_role("searchbox", name="Show only").fill("m1")
        page.get_by_role("button", name="Tick all").click()
        assert_in_order(page)
        shoot(page, "models-discovered")
        page.get_by_role("button", name="Publish 12 models").click()
    expect(page.get_by_text("12 models are published.")).to_be_visible()
    assert CANARY not in page.content()


def test_the_demo_is_one_click_away(open_as: OpenPage):
    page = open_as("ada", "/")
    page.get_by_role("button", name="Start the demo").click()
    page.wait_for_url("**/chat**")


def test_without_a_script_models_are_published_edited_and_starred(open_as: OpenPage, stocked):
    page = open_as("ada", "/models", script=False)
    page.get_by_role("link", name="GPT-4.1 mini", exact=True).click()
    page.get_by_label("Temperature").fill("0.3")
    page.get_by_role("button", name="Save model").click()
    expect(page.get_by_text("GPT-4.1 mini is saved.")).to_be_visible()
    page.get_by_role("link", name="Make GPT-4.1 mini the default").click()
    expect(page.get_by_text("Asked for everybody who may chat")).to_be_visible()
    page.get_by_role("button", name="Make it the default").click()
    expect(page.get_by_role("img", name="GPT-4.1 mini is the default")).to_be_visible()
    page.get_by_role("link", name="Type a name").click()
    page.get_by_label("Provider").select_option("demo")
    page.get_by_label("Model ID").fill("demo-other")
    page.get_by_role("button", name="Publish model").click()
    expect(page.get_by_text("demo-other is published.")).to_be_visible()


def test_the_menu_of_the_last_row_is_not_cut_off(open_as: OpenPage, stocked):
    page = open_as("ada", "/models")
    page.get_by_label("More for demo-large").click()
    page.get_by_role("button", name="Turn on demo-large").click()
    expect(page.get_by_text("demo-large is on.")).to_be_visible()
