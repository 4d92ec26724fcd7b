"""Keys in Chromium: the pool's table, the rotation step by step, keys of several parts, and rows of headers."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.domain import language_models as models_domain
from portal.services.health import checks
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.shared_keys import SharedKeyRecord
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.connecting import KEY, add_key, draft, keys_of
from tests.upstream import Upstream, steps

CHAT = "/v1/chat/completions"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture
def vendor() -> Iterator[Upstream]:
    with Upstream.openai(models=["gpt-5.2", "gpt-5.2-mini"]) as up:
        yield up


@pytest.fixture
def acme(runtime: Runtime, vendor: Upstream) -> str:
    """Acme with one key."""
    models = [models_domain.Draft("gpt-5.2"), models_domain.Draft("gpt-5.2-mini")]
    return provider_registry.register(Actors.otto, runtime, draft(vendor, label="Acme"), models).name


def change(key_id: object, **columns: object) -> None:
    with transaction() as session:
        record = session.get_one(SharedKeyRecord, key_id)
        for column, value in columns.items():
            setattr(record, column, value)


def test_a_key_is_rotated_by_mouse(open_as: OpenPage, runtime: Runtime, vendor: Upstream, acme: str):
    checks.check_saved(Actors.ada, runtime, acme)
    page = open_as("ada", "/providers/acme")
    page.get_by_role("link", name="Rotate the first key").click()
    assert_in_order(page)
    page.get_by_label("Key", exact=True).fill("sk-successor-77")
    page.get_by_role("button", name="Save the new key").click()
    assert_in_order(page)
    page.get_by_role("button", name="Test the new key").click()
    expect(page.get_by_role("heading", name=re.compile("Acme answered"))).to_be_visible()
    assert_in_order(page)
    page.get_by_role("button", name="Make it first").click()
    expect(page.get_by_text("stands before")).to_be_visible()
    assert_in_order(page)
    page.get_by_role("button", name="Delete the old key").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It waits behind another one, so nothing changes for anybody.")
    assert_in_order(page)
    dialog.get_by_role("button", name="Delete the old key").click()
    expect(page).to_have_url(re.compile("/providers/acme"))
    expect(page.get_by_text("Deleted:")).to_be_visible()
    expect(page.get_by_text("Acme answers.")).to_be_visible()
    assert len(keys_of("acme")) == 1


def test_a_rotation_works_without_a_script(open_as: OpenPage, runtime: Runtime, vendor: Upstream, acme: str):
    page = open_as("ada", "/providers/acme", script=False)
    page.get_by_role("link", name="Rotate the first key").click()
    page.get_by_label("Key", exact=True).fill("sk-successor-77")
    page.get_by_role("button", name="Save the new key").click()
    page.get_by_role("button", name="Test the new key").click()
    page.get_by_role("button", name="Make it first").click()
    page.locator("summary", has_text="Delete the old key").click()
    page.get_by_role("button", name="Delete the old key").click()
    expect(page.get_by_text("Deleted:")).to_be_visible()


def test_a_key_of_several_parts_is_added_in_a_dialog(open_as: OpenPage, runtime: Runtime, environment):
    environment["AWS_BEARER_TOKEN_BEDROCK"] = "sk-from-the-environment"
    provider_registry.register(Actors.ada, runtime, Draft("bedrock", name="acme", settings={"region": "us-east-1"}))
    page = open_as("ada", "/providers/acme")
    page.get_by_role("button", name="Enter a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Access key ID").fill("AKIAIOSFODNN7EXAMPLE")
    dialog.get_by_label("Secret access key").fill(SECRET)
    assert_in_order(page)
    dialog.get_by_label("Bedrock API key").first.check()
    expect(dialog.get_by_label("Secret access key")).to_be_hidden()
    dialog.get_by_label("Access key", exact=True).check()
    dialog.get_by_role("button", name="Save the key").click()
    expect(page.get_by_text("is saved. Test it now.")).to_be_visible()
    assert keys_of("acme")[0].kind == "aws"
    assert SECRET not in page.content()


def add_row(page: Page, number: int, name: str, value: str, *, secret: bool = False) -> None:
    page.get_by_role("button", name="Add a header").click()
    expect(page.get_by_label(f"Name of header {number}")).to_be_focused()
    page.get_by_label(f"Name of header {number}").fill(name)
    if secret:
        page.get_by_label(f"Secret value of header {number}").check()
    page.get_by_label(f"Value of header {number}", exact=True).fill(value)


def test_headers_are_added_and_taken_away(open_as: OpenPage, runtime: Runtime, vendor: Upstream):
    page = open_as("ada", "/providers/connect?type=openai_compatible")
    page.get_by_label("Base URL").fill(vendor.base_url)
    page.locator("#key").fill(KEY)
    page.get_by_text("Default model, time limits, headers").click()
    add_row(page, 1, "X-Tenant", "acme")
    add_row(page, 2, "X-Gate", "hunter-two", secret=True)
    expect(page.get_by_label("Value of header 2", exact=True)).to_have_attribute("type", "password")
    add_row(page, 3, "X-Nothing", "x")
    page.get_by_role("button", name="Remove header 3").click()
    assert_in_order(page)
    page.get_by_label("Model to test with").fill("gpt-5.2")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("[data-part=result]")).to_contain_text("answered")
    assert vendor.requests[-1].headers["x-gate"] == "hunter-two"
    expect(page.get_by_label("Value of header 2", exact=True)).to_have_value("hunter-two")
    page.get_by_role("button", name="Save provider").click()
    expect(page.get_by_text("X-Tenant")).to_be_visible()
    assert "hunter-two" not in page.content()


def test_a_header_is_added_without_a_script(open_as: OpenPage):
    page = open_as("ada", "/providers/connect?type=openai_compatible", script=False)
    page.get_by_text("Default model, time limits, headers").click()
    page.get_by_role("button", name="Add a header").click()
    expect(page.get_by_label("Name of header 1")).to_be_visible()


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_every_page_is_in_order(open_as: OpenPage, runtime: Runtime, vendor: Upstream, acme: str, width, height, theme):
    now = datetime.now(UTC)
    add_key(Actors.ada, runtime, acme, "sk-second-key-1")
    add_key(Actors.ada, runtime, acme, "sk-third-key-22")
    old, _, third = keys_of(acme)
    change(old.id, created_at=now - timedelta(days=101), last_used_at=now - timedelta(minutes=4))
    vendor.script(steps.respond(401, json={"error": {"code": "invalid_api_key"}}), path=CHAT, times=1)
    checks.check_saved(Actors.ada, runtime, acme)
    change(third.id, destination="https://elsewhere.example:443")
    page = open_as("ada", "/providers/acme", width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"provider-keys-{theme}")
    page.goto(f"/providers/acme/keys/{third.id}/again")
    assert_in_order(page)
    shoot(page, f"key-again-{theme}")
    page.goto(f"/providers/acme/keys/{old.id}/rotation")
    assert_in_order(page)
    shoot(page, f"rotation-1-{theme}")
    add_key(Actors.ada, runtime, acme, "sk-successor-1", replaces=old.id)
    page.reload()
    assert_in_order(page)
    shoot(page, f"rotation-2-{theme}")
    change(keys_of(acme)[-1].id, tested="ok", tested_at=now)
    page.reload()
    assert_in_order(page)
    shoot(page, f"rotation-3-{theme}")
    page.goto("/providers")
    assert_in_order(page)
    shoot(page, f"providers-keys-{theme}")
