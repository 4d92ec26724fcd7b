"""The Audit page before a reader: at every width, in both themes, with and without scripts."""

import pytest
from playwright.sync_api import expect

from portal.services.audit import trail as audit_trail
from portal.services.runtime import Runtime
from portal.store.base import transaction
from tests.browser.conftest import PHONE, SIGHTS, OpenPage, assert_accessible, assert_fits, assert_in_order, shoot
from tests.conftest import Actors


@pytest.fixture
def trail(runtime: Runtime) -> None:
    ada, otto, uma = Actors.ada, Actors.otto, Actors.uma
    claude = {"label": "Claude", "type": "anthropic", "base_url": "https://api.anthropic.com/v1", "enabled": True}
    key = {"provider": "claude", "fingerprint": "4f9a01c2", "destination": "https://api.anthropic.com:443"}
    moved = {"base_url": "https://a-very-long-host-name-of-a-proxy.region.example.org/anthropic/v1", "enabled": False}
    few = ["chat.use"]
    for actor, verb, kind, label, before, after in (
        (ada, "session.open", "session", "Ada Marsh", None, None),
        (ada, "provider.create", "provider", "claude", None, claude),
        (ada, "key.add", "key", "claude", None, key),
        (otto, "model.publish", "model", "claude-opus", None, {"wire_name": "claude-opus-5", "context_limit": 400_000}),
        (otto, "provider.change", "provider", "claude", {"base_url": claude["base_url"], "enabled": True}, moved),
        (otto, "key.replace", "key", "claude", key, key | {"fingerprint": "b7e30d48"}),
        (ada, "role.change", "role", "Support", {"permissions": few}, {"permissions": [*few, "audit.view"]}),
        (ada, "model.delete", "model", "claude-opus", {"wire_name": "claude-opus-5"}, None),
        (uma, "session.close", "session", "Uma Ortiz", None, None),
    ):  # fmt: skip
        with transaction() as session:
            audit_trail.record(session, runtime, actor, verb, kind, "1", label, before, after)


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_page_is_in_order_at_every_width_and_theme(open_as: OpenPage, trail: None, width, height, theme):
    page = open_as("ada", "/audit", width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"audit-{theme}")
    page.get_by_text("As JSON").first.click()
    page.get_by_text("Filter by who, what and when").click()
    assert_accessible(page)
    assert_fits(page)
    shoot(page, f"audit-open-{theme}")


def test_filtering_and_clearing_work_without_scripts(open_as: OpenPage, trail: None):
    page = open_as("otto", "/audit", script=False)
    page.get_by_text("Filter by who, what and when").click()
    page.get_by_label("Who").fill("otto")
    page.get_by_role("button", name="Show these").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("tbody tr")).to_have_count(9)


def test_a_menu_of_verbs_narrows_the_trail_by_keyboard(open_as: OpenPage, trail: None):
    page = open_as("ada", "/audit")
    page.locator("summary", has_text="Filter by who, what and when").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Did what").select_option(label="replaced shared key")
    page.get_by_label("Did what").press("Tab")
    page.get_by_role("button", name="Show these").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_text("b7e30d48").first).to_be_visible()


def test_a_wrong_filter_keeps_what_was_typed_and_says_why(open_as: OpenPage, trail: None):
    page = open_as("ada", "/audit?since=2026-02-02&until=2026-01-01&actor=Ada", width=PHONE[0], height=PHONE[1])
    expect(page.get_by_text("Swap the two")).to_be_visible()
    expect(page.get_by_label("Who")).to_have_value("Ada")
    assert_in_order(page)


def test_an_empty_trail_and_an_empty_answer_say_what_to_do(open_as: OpenPage, runtime: Runtime):
    page = open_as("ada", "/audit")
    expect(page.get_by_text("Nothing has been changed yet.")).to_be_visible()
    assert_in_order(page)
    page.goto("/audit?actor=nobody")
    expect(page.get_by_role("link", name="Clear the filters")).to_be_visible()
    assert_in_order(page)
