"""Sending in Chromium: a message that waits, a second answer beside the first, thoughts, a pause that is asked for."""

import pytest
from playwright.sync_api import Page, expect

from portal.store.base import transaction
from portal.store.language_models import LanguageModelRecord
from tests.browser.conftest import SIGHTS, assert_in_order, shoot
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream, steps


@pytest.fixture
def slow():
    """A provider that waits after two words until the test lets it go on."""
    with Upstream.openai(key=KEY, answer="The total drifts by two cents.", pause_after=2) as up:
        yield up


@pytest.fixture
def models(runtime, actors, slow):
    return connect(runtime, actors.ada, slow.base_url, "gpt-5.2", "gpt-5.2-mini")


def ask(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_label("Message", exact=True).press("Enter")


def test_one_message_waits_while_an_answer_is_written_and_is_sent_then(open_as, models, slow):
    page = open_as("uma", "/chat")
    ask(page, "First")
    expect(page.locator("[data-live]")).to_contain_text("The")
    ask(page, "Second")
    queued = page.locator("[data-queued]")
    expect(queued).to_contain_text("Second")
    queued.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Second")
    expect(queued).to_be_hidden()
    ask(page, "Second, better")
    slow.go.set()
    expect(page.locator("[data-turn]")).to_have_count(2)
    expect(page.locator("[data-turn]").last).to_contain_text("Second, better")
    expect(page.locator("[data-live]")).to_have_count(0)
    expect(queued).to_be_hidden()


def test_what_waits_comes_back_when_the_answer_is_stopped_and_after_a_reload(open_as, models, slow):
    page = open_as("uma", "/chat")
    ask(page, "First")
    expect(page.locator("[data-live]")).to_contain_text("The")
    ask(page, "Second")
    page.reload()
    expect(page.locator("[data-queued]")).to_contain_text("Second")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Second")
    expect(page.locator("[data-turn]")).to_have_count(1)
    slow.go.set()


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_another_model_answers_beside_and_one_is_picked(open_as, runtime, actors, models, slow, width, height, theme):
    slow.go.set()
    sent = send_message(actors.uma, runtime, "Where does it drift?")
    collect_events(actors.uma, runtime, sent)
    page = open_as("uma", f"/chat/{sent.chat_id}", width=width, height=height, theme=theme)
    page.get_by_role("button", name="Ask another model beside this answer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Model to ask beside this answer")).to_be_focused()
    assert_in_order(page)
    page.get_by_role("button", name="Ask beside").click()
    expect(page.get_by_role("button", name="Pick this answer of GPT-5.2-MINI")).to_be_visible()
    expect(page.locator(".rival")).to_have_count(2)
    assert_in_order(page)
    shoot(page, f"chat-beside-{theme}")
    page.get_by_role("button", name="Pick this answer of GPT-5.2", exact=True).click()
    expect(page.locator(".rival")).to_have_count(0)
    expect(page.locator("[data-answer] .foot summary")).to_contain_text("GPT-5.2")
    expect(page.get_by_text("1 other answer")).to_be_visible()
    assert_in_order(page)


def test_without_a_script_another_model_answers_beside_too(open_as, runtime, actors, models, slow):
    slow.go.set()
    sent = send_message(actors.uma, runtime, "Where does it drift?")
    collect_events(actors.uma, runtime, sent)
    page = open_as("uma", f"/chat/{sent.chat_id}", script=False)
    page.get_by_role("button", name="Ask another model beside this answer").click()
    page.get_by_label("Model", exact=True).select_option(label="[Acme] GPT-5.2-MINI")
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("button", name="Pick this answer of GPT-5.2-MINI").click()
    expect(page.locator(".rival")).to_have_count(0)


def thinking(pause: steps.Step | None = None) -> list[object]:
    delta = lambda **words: {"choices": [{"delta": words}]}  # noqa: E731
    used = {"prompt_tokens": 5, "completion_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 20}}
    return [
        delta(reasoning_content="Cents are rounded "),
        delta(reasoning_content="three times."),
        delta(content="It drifts."),
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": used},
    ]


def test_what_a_model_thinks_is_folded_above_with_time_and_tokens(open_as, runtime, actors, upstream):
    (model,) = connect(runtime, actors.ada, upstream.base_url)
    with transaction() as session:
        session.get(LanguageModelRecord, model).capabilities = ["reasoning"]
    upstream.stream_sse(thinking(), delay=0.3)
    page = open_as("uma", "/chat")
    page.get_by_label("Reasoning effort").select_option("high")
    ask(page, "Where?")
    live = page.locator("[data-thinking]")
    expect(live).to_contain_text("Cents are rounded")
    folded = page.locator("details.thinking summary")
    expect(folded).to_contain_text("20 tokens")
    expect(folded).to_contain_text("Thought for")
    expect(page.get_by_label("Reasoning effort")).to_have_value("high")
    assert upstream.requests[-1].json.get("reasoning_effort") in ("high", None)


def test_a_provider_that_asks_for_a_short_pause_is_asked_again_by_itself(open_as, runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    upstream.stream_sse(thinking())
    busy = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
    upstream.respond(429, json=busy, headers={"Retry-After": "3"}, times=1)
    page = open_as("uma", "/chat")
    ask(page, "Where?")
    expect(page.get_by_role("button", name="Trying again in")).to_be_visible()
    expect(page.get_by_role("button", name="Do not try again by itself")).to_be_visible()
    expect(page.locator("[data-answer] > .prose")).to_contain_text("It drifts.")


def test_the_use_of_the_context_counts_what_is_typed(open_as, runtime, actors, models, slow):
    slow.go.set()
    sent = send_message(actors.uma, runtime, "Where does it drift?")
    collect_events(actors.uma, runtime, sent)
    page = open_as("uma", f"/chat/{sent.chat_id}")
    use = page.locator("[data-use-percent]")
    expect(use).to_have_text("1 %")
    page.get_by_label("Message", exact=True).fill("word " * 20_000)
    expect(use).to_have_text("about 20 %")
