"""Importing and sharing chats in Chromium: each page in order, and the whole way by hand."""

import pytest
from playwright.sync_api import expect

from portal.services.overrides import gates
from tests.browser.conftest import SIGHTS, assert_in_order, shoot
from tests.chatting import collect_events, connect, send_message


@pytest.fixture
def talk(runtime, actors):
    connect(runtime, actors.ada, "demo:", "demo-small", name="demo", type="demo", key=None)
    sent = send_message(actors.uma, runtime, "Where is rounding done?")
    collect_events(actors.uma, runtime, sent)
    gates.turn(actors.ada, runtime, "chat_sharing", on=True)
    return sent.chat_id


def test_a_chat_is_exported_and_imported_by_hand(open_as, talk, tmp_path):
    page = open_as("uma", f"/chat/{talk}/about")
    with page.expect_download() as download:
        page.get_by_role("link", name="all as JSON").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    page.goto("/chat")
    page.get_by_role("link", name="Import").click()
    page.get_by_label("Files").set_input_files(file)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("“Where is rounding done?” is imported.")).to_be_visible()
    expect(page.locator("[data-talk]")).to_have_count(2)


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_pages_are_in_order(open_as, talk, width, height, theme):
    look = {"width": width, "height": height, "theme": theme}
    page = open_as("uma", f"/chat/{talk}/about", **look)
    page.get_by_label("E-mail of a colleague").fill("ada@example.org")
    page.get_by_role("button", name="Share a copy").click()
    expect(page.get_by_role("button", name="Take back the copy of Ada Marsh")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"chat-about-{theme}")
    page.goto("/chat/import")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Choose a file first")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"chat-import-{theme}")
    reader = open_as("ada", "/chat/shared", **look)
    assert_in_order(reader)
    reader.get_by_role("link", name="Where is rounding done?").click()
    expect(reader.get_by_text("Nobody writes in it.")).to_be_visible()
    assert_in_order(reader)
    shoot(reader, f"chat-shared-{theme}")
    reader.get_by_role("button", name="Go on in a chat of your own").click()
    expect(reader.get_by_label("Message", exact=True)).to_be_visible()
