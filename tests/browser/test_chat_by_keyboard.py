"""The whole story of a chat with the keyboard alone: no step of it needs a pointer."""

import pytest
from playwright.sync_api import Page, expect

from tests.attaching import image, let_read
from tests.chatting import KEY, connect
from tests.upstream import Upstream

NAME = """() => {
  const it = document.activeElement;
  return (it.getAttribute("aria-label") || it.textContent).replace(/\\s+/g, " ").trim();
}"""


def answered(wish) -> str:
    return "Rounding" if wish["messages"][0]["content"][:8] == "You name" else "The total drifts by two cents."


@pytest.fixture
def slow():
    """A provider that waits after two words while `go` is not set."""
    with Upstream.openai(key=KEY, answer=answered, pause_after=2) as up:
        yield up


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until something of this name has the focus: it is reached, or the test ends."""
    for _ in range(120):
        page.keyboard.press(key)
        if page.evaluate(NAME) == name:
            return
    raise AssertionError(f"“{name}” is not reached by {key}")


def menu_of(page: Page, title: str, act: str) -> None:
    """Take an entry of a chat's menu in the list."""
    tab_to(page, f"More for “{title}”")
    page.keyboard.press("Enter")
    for _ in range(8):
        if page.evaluate(NAME) == act:
            break
        page.keyboard.press("ArrowDown")
    assert page.evaluate(NAME) == act
    page.keyboard.press("Enter")


def ask(page: Page, words: str) -> None:
    """Write and send from wherever the focus is."""
    if page.evaluate("!document.activeElement.matches('#message')"):
        page.keyboard.press("m")
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_from_a_new_chat_to_undo(open_as, runtime, actors, slow, follows):
    for model_id in connect(runtime, actors.ada, slow.base_url, "gpt-5.2", "gpt-5.2-mini"):
        let_read(model_id, ["vision"])
    page = open_as("uma", "/chat")
    message, answers = page.get_by_label("Message", exact=True), page.locator("[data-answer]")
    done = answers.last.locator(".foot > summary")
    expect(message).to_be_focused()

    tab_to(page, "Attach files")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "square.png", "mimeType": "image/png", "buffer": image()})
    expect(page.locator("[data-attached] [data-attachment]")).to_have_count(1)
    ask(page, "Where does it drift?")
    expect(page.locator("[data-live]")).to_contain_text("The")

    page.keyboard.press("Escape")
    expect(page.locator("[data-answer] .chip")).to_have_text("stopped")
    expect(page.locator("[data-turn] .attached-sent [data-attachment]")).to_have_count(1)

    slow.go.set()
    tab_to(page, "Try again", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer] > .prose")).to_contain_text("by two cents.")
    follows()
    expect(page.locator("main h1")).to_have_text("Rounding")

    tab_to(page, "Edit and send again", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message", exact=True)).to_be_focused()
    page.keyboard.type(" Or not?")
    tab_to(page, "Cancel")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Edit and send again")).to_be_focused()
    expect(page.locator(".said")).to_have_text("Where does it drift?")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message", exact=True)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Where is it rounded?")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("Where is it rounded?")
    expect(page.locator(".branches")).to_contain_text("2 of 2")
    expect(done).to_be_visible()

    slow.go.clear()
    ask(page, "And the tax?")
    expect(page.locator("[data-live]")).to_contain_text("The")
    ask(page, "And the discount?")
    expect(page.locator("[data-queued]")).to_contain_text("And the discount?")
    slow.go.set()
    expect(page.locator("[data-turn]")).to_have_count(3)
    expect(page.locator("[data-live]")).to_have_count(0)
    expect(done).to_be_visible()

    tab_to(page, "Ask another model beside this answer", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Model to ask beside this answer")).to_be_focused()
    tab_to(page, "Ask beside")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pick this answer of GPT-5.2-MINI")).to_be_enabled()
    tab_to(page, "Pick this answer of GPT-5.2-MINI", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".rival")).to_have_count(0)
    expect(done).to_contain_text("GPT-5.2-MINI")

    menu_of(page, "Rounding", "Rename")
    expect(page.get_by_label("Name of this chat")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Two cents")
    page.keyboard.press("Enter")
    entry = page.locator("[data-talk]")
    expect(entry.locator(".talk-title")).to_have_text("Two cents")
    menu_of(page, "Two cents", "Pin")
    expect(page.get_by_role("heading", name="Pinned")).to_be_visible()

    page.keyboard.press("/")
    expect(page.get_by_label("Search chats")).to_be_focused()
    page.keyboard.type("discount")
    page.keyboard.press("Enter")
    expect(page.locator(".talk-place mark")).to_have_text("discount")

    with page.expect_download() as download:
        menu_of(page, "Two cents", "Export as Markdown")
    assert download.value.suggested_filename == "Two-cents.md"
    menu_of(page, "Two cents", "Delete")
    expect(page.locator(".talk-gone")).to_contain_text("“Two cents” is deleted.")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-talk] .talk-title")).to_have_text("Two cents")
