"""Attaching files in Chromium: by button, paste and drop, with what does not fit said before anything is sent."""

import base64
import json

import pytest
from playwright.sync_api import Page, expect

from tests.attaching import image, let_read, pdf
from tests.browser.conftest import PHONE, assert_in_order, shoot
from tests.chatting import KEY, connect
from tests.upstream import Upstream

PICTURE = {"name": "square.png", "mimeType": "image/png", "buffer": image(size=(300, 200))}
NOTES = {"name": "notes.py", "mimeType": "text/x-python", "buffer": b"x = 1\n"}
CARRY = """([kind, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  const target = document.querySelector("[data-composer] [data-message]");
  if (kind === "paste") {
    target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
  } else {
    for (const step of ["dragover", "drop"]) {
      target.dispatchEvent(new DragEvent(step, { dataTransfer: carried, bubbles: true, cancelable: true }));
    }
  }
}"""


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="I see.") as up:
        yield up


@pytest.fixture
def models(runtime, actors, provider):
    found = connect(runtime, actors.ada, provider.base_url, "seer", "blind")
    let_read(found[0], ["vision"])
    return found


def choose(page: Page, *files) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))


def carry(page: Page, kind: str, file) -> None:
    page.evaluate(CARRY, [kind, file["name"], file["mimeType"], base64.b64encode(file["buffer"]).decode()])


def test_by_button_paste_and_drop_then_sent_and_opened_large(open_as, models, provider):
    page = open_as("uma", "/chat")
    chips = page.locator("[data-attached] [data-attachment]")
    choose(page, PICTURE)
    expect(chips).to_have_count(1)
    carry(page, "paste", NOTES)
    expect(chips).to_have_count(2)
    carry(page, "drop", {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": pdf("Rounding")})
    expect(chips).to_have_count(3)
    expect(page.locator("[data-status]")).to_have_text("paper.pdf is attached.")
    assert_in_order(page)
    shoot(page, "chat-attaching")
    page.reload()
    expect(chips).to_have_count(3)  # the draft keeps them
    message = page.get_by_label("Message", exact=True)
    message.fill("What is this?")
    message.press("Enter")
    expect(page.locator("[data-answer] .prose")).to_contain_text("I see.")
    expect(chips).to_have_count(0)
    asked = page.locator("[data-turn] .attached-sent")
    expect(asked.locator("[data-attachment]")).to_have_count(3)
    expect(asked.locator("img").first).to_have_js_property("complete", True)
    assert asked.locator("img").first.evaluate("image => image.naturalWidth") == 256
    body = json.loads(provider.requests[-1].body)
    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url", "text", "text", "text"]
    with page.context.expect_page() as opened:
        asked.get_by_role("link", name="square.png").click()
    expect(opened.value.locator("img")).to_have_js_property("naturalWidth", 300)
    opened.value.close()
    assert_in_order(page)
    page.reload()
    expect(chips).to_have_count(0)


def test_what_does_not_fit_is_said_at_once_and_goes_with_the_choice_of_a_model(open_as, models):
    page = open_as("uma", "/chat")
    fault = page.locator("[data-attached-fault]")
    page.get_by_label("Model").select_option(label="[Acme] BLIND")
    choose(page, PICTURE, {"name": "empty.txt", "mimeType": "text/plain", "buffer": b" "})
    expect(fault).to_contain_text("“empty.txt”: This file is empty.")
    expect(fault).to_contain_text("BLIND reads no images. Choose one that does: SEER.")
    page.get_by_label("Model").select_option(label="[Acme] SEER")
    expect(fault).not_to_contain_text("BLIND")
    page.get_by_role("button", name="Take out square.png").click()
    expect(page.locator("[data-attached] [data-attachment]")).to_have_count(0)
    expect(page.get_by_role("button", name="Attach files")).to_be_focused()
    expect(fault).to_be_hidden()


def test_by_keyboard_alone_on_a_phone(open_as, models):
    page = open_as("uma", "/chat", width=PHONE[0], height=PHONE[1])
    button = page.get_by_role("button", name="Attach files")
    button.focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([PICTURE, NOTES])
    expect(page.locator("[data-attached] [data-attachment]")).to_have_count(2)
    assert_in_order(page)
    shoot(page, "chat-attaching-phone")
    page.get_by_role("button", name="Take out notes.py").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take out square.png")).to_be_focused()


def test_while_a_file_arrives_there_is_progress_and_the_message_waits(open_as, models):
    page = open_as("uma", "/chat")
    held = []
    page.route("**/chat/attachments", lambda route: held.append(route))
    choose(page, PICTURE)
    expect(page.get_by_label("Attaching square.png")).to_be_visible()
    message = page.get_by_label("Message", exact=True)
    message.fill("What is this?")
    message.press("Enter")
    expect(page.locator("[data-attached-fault]")).to_have_text(
        "A file is still being attached. Send the message when it is there."
    )
    held[0].continue_()
    expect(page.locator("[data-attached] [data-attachment]")).to_have_count(1)
    expect(page.locator("[data-attached-fault]")).to_be_hidden()
    expect(message).to_have_value("What is this?")
