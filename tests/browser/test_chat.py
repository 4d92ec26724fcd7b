"""Chatting in Chromium: with a script and without, at a desk and on a phone, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, SIGHTS, assert_in_order, shoot
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream

ANSWER = (
    "Rounding happens three times, so a total can drift by up to two cents. "
    "I would move it to one function and let the others call it:\n\n"
    "```python\ndef settle(amount: Decimal, currency: Currency) -> Decimal:\n"
    '    """Round once, at the end, the way the tax office does."""\n'
    "    return amount.quantize(currency.step, ROUND_HALF_EVEN)\n```\n\n"
    "| Where | How |\n|---|---|\n| `Invoice.total` | half up |\n| `tax/eu.py` | half to even |\n\n"
    "Keep the old results beside the new for a month."
)


@pytest.fixture
def demo(runtime, actors):
    return connect(runtime, actors.ada, "demo:", "demo-small", "demo-large", name="demo", type="demo", key=None)


@pytest.fixture
def slow():
    """A provider that waits after five words until the test lets it go on."""
    with Upstream.openai(key=KEY, answer=ANSWER, pause_after=5, token_delay=0.01) as up:
        yield up


@pytest.fixture
def waiting(runtime, actors, slow):
    return connect(runtime, actors.ada, slow.base_url, prices={"input": "1.25", "output": "10"})


def ask(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def test_an_answer_appears_while_it_arrives_and_is_whole_at_the_end(open_as, demo):
    page = open_as("uma", "/chat")
    expect(page.get_by_role("heading", name="New chat")).to_be_visible()
    page.get_by_label("Model", exact=True).select_option(label="[Demo] DEMO-LARGE")
    ask(page, "Where is rounding done?")
    live = page.locator("[data-live]")
    expect(live).to_contain_text("This is the demo")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_hidden()
    expect(live).to_have_count(0)
    answer = page.locator("[data-answer]")
    expect(answer.locator("table")).to_be_visible()
    expect(answer.locator(".hl-k").first).to_have_text("def")
    expect(answer.locator(".foot summary")).to_contain_text("DEMO-LARGE")
    expect(answer.locator(".foot summary")).to_contain_text("no key needed")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}$"))
    expect(page).to_have_title("Where is rounding done? · LLM Portal")
    expect(page.locator("[data-talks] [aria-current]")).to_have_text("Where is rounding done?")
    page.reload()
    expect(page.locator("[data-answer] table")).to_be_visible()
    expect(page.get_by_label("Model", exact=True).locator("option:checked")).to_have_text("[Demo] DEMO-LARGE")


def test_a_model_that_nobody_chose_is_the_default_and_one_that_is_chosen_is_the_chats(open_as, demo):
    page = open_as("uma", "/chat")
    ask(page, "Where is rounding done?")
    foot = page.locator("[data-answer] .foot summary")
    expect(foot).to_contain_text("because it is the default")
    page.get_by_label("Model", exact=True).select_option(label="[Demo] DEMO-LARGE")
    page.get_by_label("Model", exact=True).select_option(label="[Demo] DEMO-SMALL")
    ask(page, "And truncation?")
    expect(foot.nth(1)).to_contain_text("because this chat is set to it")


def test_stop_keeps_the_part_and_another_message_follows(open_as, waiting, slow):
    page = open_as("uma", "/chat")
    ask(page, "Where is rounding done?")
    expect(page.locator("[data-live]")).to_contain_text("Rounding happens three")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-answer] .chip")).to_have_text("stopped")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    expect(page.locator("[data-answer] .prose:not(.thought)")).to_contain_text("Rounding happens three")
    slow.go.set()
    ask(page, "Go on.")
    expect(page.locator("[data-answer]")).to_have_count(2)
    expect(page.locator("[data-answer]").last.locator("table")).to_be_visible()
    assert [line["role"] for line in slow.requests[-1].json["messages"]] == ["user", "assistant", "user"]


def test_a_page_reloaded_in_mid_answer_shows_the_part_and_reads_on(open_as, waiting, slow):
    writing = open_as("uma", "/chat")
    ask(writing, "Where is rounding done?")
    expect(writing.locator("[data-live]")).to_contain_text("Rounding happens three")
    reading = open_as("uma", writing.url)
    expect(reading.locator("[data-live]")).to_contain_text("Rounding happens three")
    expect(reading.get_by_role("button", name="Stop")).to_be_visible()
    slow.go.set()
    expect(reading.locator("[data-answer] table")).to_be_visible()
    expect(writing.locator("[data-answer] table")).to_be_visible()
    expect(reading.get_by_role("button", name="Send", exact=True)).to_be_visible()


def test_leaving_for_another_chat_in_mid_answer_costs_nothing_of_it(open_as, waiting, slow):
    page = open_as("uma", "/chat")
    ask(page, "Where is rounding done?")
    expect(page.locator("[data-live]")).to_contain_text("Rounding happens three")
    page.get_by_role("link", name="New chat").first.click()
    expect(page.get_by_role("heading", name="New chat")).to_be_visible()
    page.wait_for_timeout(4000)  # longer than a silence after which the portal notices
    page.get_by_role("link", name="Where is rounding done?").click()
    expect(page.locator("[data-answer] .prose:not(.thought)")).to_contain_text("Rounding happens three")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    slow.go.set()
    expect(page.locator("[data-answer] table")).to_be_visible()
    expect(page.locator("[data-answer] .chip")).to_have_count(0)


def test_trying_again_keeps_what_was_said_before(open_as, runtime, actors):
    with Upstream.openai(key=KEY, answer="The same again.") as up:
        connect(runtime, actors.ada, up.base_url)
        page = open_as("uma", "/chat")
        ask(page, "Where is rounding done?")
        expect(page.locator(".foot summary")).to_be_visible()
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("[data-answer]")).to_contain_text("1 earlier attempt")
        expect(page.locator("[data-answer]")).to_have_count(1)


def test_an_edited_message_opens_a_branch_and_both_can_be_read(open_as, demo):
    page = open_as("uma", "/chat")
    ask(page, "Where is rounding done?")
    expect(page.locator(".foot summary")).to_be_visible()
    page.get_by_label("Edit and send again").click()
    field = page.get_by_label("Your message")
    expect(field).to_be_focused()
    field.fill("Where is truncation done?")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".said")).to_have_text("Where is truncation done?")
    expect(page.locator(".foot summary")).to_be_visible()
    expect(page.locator(".branches")).to_contain_text("2 of 2")
    page.get_by_label("The version before").click()
    expect(page.locator(".said")).to_have_text("Where is rounding done?")


def test_a_busy_provider_is_told_and_the_button_counts_down(open_as, runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    upstream.stream_sse([{"choices": [{"index": 0, "delta": {"content": "Here."}}]}, "[DONE]"])
    upstream.respond(429, json={"error": {"message": "Slow down"}}, headers={"retry-after": "6"}, times=1)
    page = open_as("uma", "/chat")
    ask(page, "Where is rounding done?")
    box = page.locator(".fallback")
    expect(box).to_contain_text("is busy just now")
    box.get_by_role("button", name="Do not try again by itself").click()
    button = box.get_by_role("button", name=re.compile("Try again"))
    expect(button).to_be_disabled()
    expect(button).to_have_text(re.compile(r"Try again in \d s"))
    expect(button).to_be_enabled()
    button.click()
    expect(page.locator("[data-answer] .prose:not(.thought)")).to_have_text("Here.")


def test_a_message_that_cannot_be_sent_stays_where_it_was_typed(open_as, waiting):
    page = open_as("uma", "/chat")
    ask(page, "   ")
    expect(page.locator("#message-fault")).to_have_text("Write a message first.")
    ask(page, "x" * 256_001)
    expect(page.locator("#message-fault")).to_contain_text("256,000 fit")
    assert len(page.get_by_label("Message", exact=True).input_value()) == 256_001
    page.context.clear_cookies()
    ask(page, "Where is rounding done?")
    expect(page.locator("#message-fault")).to_contain_text("You are signed out.")
    assert page.get_by_label("Message", exact=True).input_value() == "Where is rounding done?"


def test_half_a_message_waits_in_its_chat_until_it_is_sent(open_as, demo):
    page = open_as("uma", "/chat")
    field = page.get_by_label("Message", exact=True)
    field.fill("half a thought")
    page.get_by_role("link", name="Profile").first.click()
    page.get_by_role("link", name="Chat", exact=True).first.click()
    expect(field).to_have_value("half a thought")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-answer] .foot")).to_be_visible()
    expect(field).to_have_value("")
    field.fill("and the other half")
    page.get_by_role("link", name="New chat").first.click()
    expect(page.get_by_role("heading", name="New chat")).to_be_visible()
    expect(field).to_have_value("")
    page.get_by_role("link", name="half a thought").click()
    expect(field).to_have_value("and the other half")


def test_the_whole_of_it_by_keyboard(open_as, waiting, slow):
    page = open_as("uma", "/chat")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.keyboard.type("Where is rounding")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("done?")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("Where is rounding\ndone?")
    expect(page.locator("[data-live]")).to_contain_text("Rounding happens three")
    page.keyboard.press("Escape")
    expect(page.locator("[data-answer] .chip")).to_have_text("stopped")
    page.get_by_label("Edit and send again").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Edit and send again")).to_be_focused()
    page.keyboard.press("m")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.locator("#main").focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Search chats")).to_be_focused()
    page.keyboard.type("zebra")
    page.keyboard.press("Enter")
    expect(page.locator("[data-talks]")).to_contain_text("No chat has all of “zebra”")


def test_without_a_script_a_message_is_sent_read_edited_and_tried_again(open_as, demo):
    page = open_as("uma", "/chat", script=False)
    ask(page, "Where is rounding done?")
    expect(page.locator("[data-answer]")).to_contain_text("This is the demo")
    page.get_by_label("Edit and send again").click()
    page.get_by_label("Your message").fill("Where is truncation done?")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".said")).to_have_text("Where is truncation done?")
    page.locator(".foot summary").click()
    expect(page.locator(".why-layers")).to_contain_text("The chat’s model")


def test_on_a_phone_the_list_is_a_drawer(open_as, runtime, actors, demo):
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Where is rounding done?"))
    page = open_as("uma", "/chat", width=PHONE[0], height=PHONE[1])
    expect(page.get_by_label("Search chats")).to_be_hidden()
    page.get_by_role("button", name="Your chats").click()
    expect(page.get_by_label("Search chats")).to_be_visible()
    page.get_by_role("link", name="Where is rounding done?").click()
    expect(page.locator("[data-answer]")).to_contain_text("This is the demo")


def test_copying_takes_the_markdown_and_the_code(open_as, runtime, actors, slow, waiting):
    slow.go.set()
    sent = send_message(actors.uma, runtime, "Where is rounding done?")
    collect_events(actors.uma, runtime, sent)
    page = open_as("uma")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/chat/{sent.chat_id}")
    page.get_by_label("Copy the answer").click()
    assert page.evaluate("navigator.clipboard.readText()") == ANSWER
    page.get_by_label("Copy the code").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("def settle(")


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_every_state_is_in_order(open_as, runtime, actors, upstream, width, height, theme):
    (model_id,) = connect(
        runtime, actors.ada, upstream.base_url, "gpt-5.2", name="acme-openai", prices={"input": "1.25", "output": "10"}
    )
    (other_id,) = connect(runtime, actors.ada, "http://127.0.0.1:9", "qwen3-30b", name="gpu-rack-2")
    for title in ("Why is the invoice job slow?", "Release notes, 4.12", "Answer to the auditor"):
        upstream.respond(500, times=1)
        collect_events(actors.uma, runtime, send_message(actors.uma, runtime, title))
    words = [ANSWER[start : start + 40] for start in range(0, len(ANSWER), 40)]
    frames = [{"model": "gpt-5.2", "choices": [{"index": 0, "delta": {"content": word}}]} for word in words]
    usage = {"choices": [], "usage": {"prompt_tokens": 1100, "completion_tokens": 104}}
    upstream.stream_sse([*frames, usage, "[DONE]"], times=1)
    sent = send_message(
        actors.uma, runtime, "Where is rounding done today? Look before you propose.", language_model_id=model_id
    )
    collect_events(actors.uma, runtime, sent)
    upstream.stream_sse(frames, drop_after=3, times=1)
    second = send_message(actors.uma, runtime, "And where is truncation done?", sent.chat_id, sent.turn_id)
    collect_events(actors.uma, runtime, second)
    upstream.respond(429, json={"error": {"message": "Slow down"}}, headers={"retry-after": "20"}, times=1)
    third = send_message(actors.uma, runtime, "Draft the nightly comparison, please.", sent.chat_id, second.turn_id)
    collect_events(actors.uma, runtime, third)
    page = open_as("uma", f"/chat/{sent.chat_id}", width=width, height=height, theme=theme)
    page.locator(".foot summary").first.click()
    assert_in_order(page)
    shoot(page, f"chat-{theme}")
    page.locator("#turn-" + str(sent.turn_id)).scroll_into_view_if_needed()
    shoot(page, f"chat-answer-{theme}")
    page.get_by_label("Edit and send again").first.click()
    assert_in_order(page)
    shoot(page, f"chat-edit-{theme}")
    page.goto("/chat")
    assert_in_order(page)
    shoot(page, f"chat-new-{theme}")
    page.goto(f"/chat/{sent.chat_id}/about")
    assert_in_order(page)
    shoot(page, f"chat-about-{theme}")
    if width == PHONE[0]:
        page.goto(f"/chat/{sent.chat_id}")
        page.get_by_role("button", name="Your chats").click()
        page.wait_for_timeout(400)
        assert_in_order(page)
        shoot(page, f"chat-list-{theme}")
    assert other_id
