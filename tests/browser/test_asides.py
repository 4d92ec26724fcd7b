"""What is made beside a chat, seen in Chromium: a name that comes by itself, and the thin line of a summary."""

import pytest
from playwright.sync_api import Page, expect

from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from tests.browser.conftest import SIGHTS, assert_in_order, shoot
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream

SUMMARY = "They want rounding in **one** place:\n\n- tests first\n- no flag day"
LINE = "4 earlier messages are summarised; the model reads the summary, you can read all"


def answered(wish) -> str:
    system = wish["messages"][0]["content"]
    if system.startswith("You summarise"):
        return SUMMARY
    return "Rounding, three times" if system.startswith("You name") else "sum " * 120


@pytest.fixture
def small(runtime, actors):
    """A model that reads little, so that a chat of three exchanges passes its threshold."""
    with Upstream.openai(key=KEY, answer=answered) as up:
        (model_id,) = connect(runtime, actors.ada, up.base_url, prices={"input": "1.25", "output": "10"})
        with transaction() as session:
            lock_catalog(session)
            session.get_one(LanguageModelRecord, model_id).context_limit = 500
        yield up


@pytest.fixture
def long(small, runtime, actors, follows):
    """A chat of three exchanges, of which the first two are summarised; the address of its page."""
    chat_id = parent = None
    for words in ("Where is rounding done?", "Who else rounds?", "What now?"):
        sent = send_message(actors.uma, runtime, words, chat_id, parent)
        collect_events(actors.uma, runtime, sent)
        follows()
        chat_id, parent = sent.chat_id, sent.turn_id
    return f"/chat/{chat_id}"


def ask(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def test_the_name_and_the_line_come_to_the_page_by_themselves(open_as, small, follows):
    page = open_as("uma", "/chat")
    ask(page, "Where is rounding done?")
    expect(page.locator("[data-talks] [aria-current]")).to_have_text("Rounding, three times")
    expect(page).to_have_title("Rounding, three times · LLM Portal")
    expect(page.locator("main h1")).to_have_text("Rounding, three times")
    for number, words in enumerate(("Who else rounds?", "What now?"), 2):
        ask(page, words)
        expect(page.locator("[data-answer]")).to_have_count(number)
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(page.locator("[data-compaction] summary")).to_have_text(LINE)
    expect(page.locator("[data-answer]").nth(1).locator("xpath=following-sibling::*[1]")).to_have_class("compaction")
    ask(page, "And then?")
    expect(page.locator("[data-answer]")).to_have_count(4)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    asked = [each for each in small.requests if "And then?" in str(each.json) and each.json.get("stream")]
    assert "They want rounding" in str(asked[0].json["messages"][0])


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_line_opens_to_the_summary_by_keyboard_and_is_undone(open_as, long, width, height, theme):
    page = open_as("uma", long, width=width, height=height, theme=theme)
    line = page.locator("[data-compaction]")
    expect(line.locator("summary")).to_have_text(LINE)
    assert_in_order(page)
    line.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(line.get_by_text("tests first")).to_be_visible()
    expect(line.get_by_text("because it is the default")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"chat-compaction-{theme}")
    line.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator("[data-compaction] summary")).to_contain_text("is undone; the model reads the messages")
    assert_in_order(page)
    page.locator("[data-compaction] summary").click()
    page.get_by_role("button", name="Use the summary again").click()
    expect(page.locator("[data-compaction] summary")).to_have_text(LINE)


def test_without_a_script_it_opens_and_is_undone_and_made_again(open_as, long):
    page = open_as("uma", long, script=False)
    page.locator("[data-compaction] summary").click()
    expect(page.get_by_text("tests first")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-compaction] summary")).to_contain_text("is undone")
