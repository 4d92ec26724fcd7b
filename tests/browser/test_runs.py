"""Subagents in Chromium: the commands offered while one types, the buttons, and the card of a run."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIGHTS, assert_in_order, shoot
from tests.chatting import KEY, collect_events, connect, send_message
from tests.services.explain.setting import pin
from tests.upstream import Upstream


@pytest.fixture
def slow():
    """A provider that waits after two words until the test lets it go on."""
    with Upstream.openai(key=KEY, answer="Three places round, and they disagree.", pause_after=2) as up:
        yield up


@pytest.fixture
def models(runtime, actors, slow):
    found = connect(runtime, actors.ada, slow.base_url, "gpt-5.2", "qwen3:30b", read_timeout=300.0)
    pin(runtime, "explore", found[1])
    return found


def message(page: Page):
    return page.get_by_label("Message", exact=True)


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_a_command_is_chosen_by_keyboard_and_its_run_stands_in_a_card(open_as, models, slow, width, height, theme):
    page = open_as("uma", "/chat", width=width, height=height, theme=theme)
    field = message(page)
    field.press_sequentially("/")
    options = page.get_by_role("listbox", name="Commands").get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(options.first).to_contain_text("/explore reads this conversation")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "command-general")
    assert_in_order(page)
    shoot(page, f"chat-commands-{theme}")
    field.press("Escape")
    expect(options.first).to_be_hidden()
    expect(field).to_have_value("/")
    field.press_sequentially("e")
    expect(options.filter(visible=True)).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("/explore ")
    expect(options.first).to_be_hidden()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-fault]").first).to_have_text("Write behind /explore what to find out.")
    expect(field).to_have_value("/explore ")
    field.focus()
    field.press("End")
    field.press_sequentially("find every place that rounds money")
    page.get_by_role("button", name="Send", exact=True).click()
    card = page.locator("[data-run]")
    expect(card.locator("[data-live]")).to_contain_text("Three place")
    expect(card.locator("summary").first).to_contain_text("“find every place that rounds money”")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.locator("[data-run-button]").filter(visible=True)).to_have_count(0)
    assert_in_order(page)
    shoot(page, f"chat-run-arrives-{theme}")
    slow.go.set()
    expect(card.locator(".foot summary")).to_contain_text("because your administrator pinned it")
    expect(page.locator("[data-status]")).to_contain_text("Three places round")
    card.locator(".foot > summary").click()
    assert_in_order(page)
    shoot(page, f"chat-run-{theme}")


def test_a_button_asks_for_words_and_sends_those_that_are_there(open_as, models, slow):
    slow.go.set()
    page = open_as("uma", "/chat")
    page.get_by_role("button", name="General").click()
    expect(message(page)).to_have_value("/general ")
    expect(message(page)).to_be_focused()
    message(page).fill("draft the comparison")
    page.get_by_role("button", name="Explore").click()
    expect(page.locator("[data-turn] .said")).to_have_text("/explore draft the comparison")
    expect(page.locator("[data-run] .foot")).to_be_visible()
    expect(page.get_by_role("heading", name="Explore")).to_be_visible()


def test_stop_ends_a_run_and_what_waited_for_it(open_as, models, slow):
    page = open_as("uma", "/chat")
    message(page).fill("/explore find it")
    message(page).press("Enter")
    expect(page.locator("[data-live]")).to_contain_text("Three place")
    message(page).fill("And then?")
    message(page).press("Enter")
    expect(page.locator("[data-queued]")).to_contain_text("And then?")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-run] .turn-note")).to_contain_text("You stopped this answer.")
    expect(message(page)).to_have_value("And then?")
    expect(page.locator("[data-turn]")).to_have_count(1)
    slow.go.set()


def test_without_a_script_a_button_sends_a_run_and_an_unknown_command_is_text(open_as, runtime, actors, models, slow):
    slow.go.set()
    page = open_as("uma", "/chat", script=False)
    message(page).fill("find it")
    page.get_by_role("button", name="Explore").click()
    expect(page.locator("[data-run] .prose")).to_contain_text("Three places round")
    message(page).fill("/help me")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-run]")).to_have_count(1)
    expect(page.locator("[data-answer]")).to_have_count(2)


def test_two_runs_beside_each_other_and_one_that_failed_are_in_order(open_as, runtime, actors, models, slow, upstream):
    slow.go.set()
    upstream.respond(500, json={"error": {"message": "down"}})
    (broken,) = connect(runtime, actors.ada, upstream.base_url, "broken", name="other")
    sent = send_message(actors.uma, runtime, "/explore find it")
    collect_events(actors.uma, runtime, sent)
    page = open_as("uma", f"/chat/{sent.chat_id}")
    page.get_by_role("button", name="Ask another model beside this answer").click()
    page.get_by_role("button", name="Ask beside").click()
    expect(page.locator("[data-run] .rival")).to_have_count(2)
    assert_in_order(page)
    shoot(page, "chat-run-beside")
    page.get_by_role("button", name="Pick this answer of QWEN3:30B").first.click()
    expect(page.locator("[data-run] .rival")).to_have_count(0)
    failed = send_message(
        actors.uma, runtime, "/general draft it", sent.chat_id, sent.turn_id, language_model_id=broken
    )
    collect_events(actors.uma, runtime, failed)
    page.reload()
    expect(page.locator("[data-run] .fallback")).to_be_visible()
    assert_in_order(page)
    shoot(page, "chat-run-failed")
