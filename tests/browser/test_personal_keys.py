"""The API keys page in Chromium: its cards, a card open, a fault, the answer of a test, and all without a script."""

import pytest
from playwright.sync_api import expect

from portal.services.keys.pools import Pasted
from portal.services.personal_keys import own_keys
from portal.services.runtime import Runtime
from portal.store import settings as stored_settings
from portal.store.base import transaction
from portal.store.catalog import GATE_SETTINGS, lock_catalog
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.chatting import connect
from tests.conftest import Actors
from tests.upstream import Upstream, steps

SIGHT = pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
HERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def providers(runtime: Runtime, upstream: Upstream) -> Upstream:
    """Each state of a card: a key saved, a shared key, no key, none needed, parts to choose from."""
    ada = Actors.ada
    connect(runtime, ada, upstream.base_url, name="acme")
    connect(runtime, ada, HERE, name="claude", type="anthropic")
    connect(runtime, ada, HERE, "m1", "m2", name="mistral-lab-of-the-northern-office", type="mistral", key=None)
    connect(runtime, ada, HERE, name="local", type="ollama", key=None)
    connect(runtime, ada, "https://bedrock-runtime.eu-west-1.amazonaws.com", name="rock", type="bedrock", key=None)
    connect(runtime, ada, "http://demo.invalid", name="demo", type="demo", key=None)
    own_keys.save(Actors.uma, runtime, "acme", Pasted("key", {"key": "sk-of-uma-11"}))
    refused = {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}
    upstream.script(steps.respond(401, json=refused), path="/v1/chat/completions")
    return upstream


@SIGHT
def test_the_cards_and_their_forms_are_in_order(open_as: OpenPage, providers: Upstream, width, height, theme):
    page = open_as("uma", width=width, height=height, theme=theme)
    for name, path in (
        ("api-keys", "/api-keys"),
        ("api-keys-open", "/api-keys/claude"),
        ("api-keys-parts", "/api-keys/rock"),
        ("api-keys-none", "/api-keys?q=nothing-at-all"),
    ):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"{name}-{theme}")


@SIGHT
def test_a_key_is_saved_tested_and_removed(open_as: OpenPage, providers: Upstream, width, height, theme):
    page = open_as("uma", "/api-keys", width=width, height=height, theme=theme)
    page.get_by_role("link", name="Save a key for Claude").click()
    page.get_by_label("Key", exact=True).fill("sk-ant-with-a-space ")
    page.get_by_role("button", name="Save key").click()
    expect(page.locator("#key-fault")).to_contain_text("begins or ends with a space")
    assert_in_order(page)
    shoot(page, f"api-keys-fault-{theme}")
    page.get_by_label("Key", exact=True).fill("sk-ant-without-one")
    page.get_by_role("button", name="Save key").click()
    claude = page.locator("#key-claude")
    expect(claude).to_contain_text("never tested")
    page.get_by_role("button", name="Test my key for Acme").click()
    expect(page.locator("#key-acme")).to_contain_text("Key refused")
    assert_in_order(page)
    shoot(page, f"api-keys-tested-{theme}")
    page.get_by_role("button", name="Remove my key for Claude").click()
    expect(page.get_by_role("dialog")).to_contain_text("The shared key serves you from then on.")
    assert_in_order(page)
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(claude).to_contain_text("Using shared key")


@SIGHT
def test_switched_off_and_on_the_providers_page(
    open_as: OpenPage, runtime: Runtime, providers: Upstream, width, height, theme
):
    page = open_as("ada", "/providers/acme", width=width, height=height, theme=theme)
    expect(page.get_by_role("heading", name="Personal keys")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"provider-personal-keys-{theme}")
    with transaction() as session:
        lock_catalog(session)
        stored_settings.put(session, GATE_SETTINGS["personal_keys"], False, runtime.now())
    page = open_as("uma", "/api-keys", width=width, height=height, theme=theme)
    expect(page.get_by_text("Personal keys are switched off")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"api-keys-off-{theme}")


def test_everything_works_without_a_script(open_as: OpenPage, providers: Upstream):
    page = open_as("uma", "/api-keys", script=False)
    page.get_by_role("link", name="Save a key for Claude").click()
    page.get_by_label("Key", exact=True).fill("sk-ant-without-one")
    page.get_by_role("button", name="Save key").click()
    claude = page.locator("#key-claude")
    expect(claude).to_contain_text("Key saved")
    claude.get_by_text("Remove").first.click()
    claude.get_by_role("button", name="Remove").click()
    expect(claude).to_contain_text("Using shared key")
