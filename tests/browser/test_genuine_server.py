"""A genuine LLM server, llama.cpp's, on loopback with its key: connected, tested and chatted with in Chromium.

`make test-live` runs this. Its model is half a megabyte of random weights: it really decodes and streams, and what it
says is noise.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, assert_in_order, shoot
from tests.live.servers import CONTEXT, Server, llama_cpp

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with llama_cpp(tmp_path_factory.mktemp("llama")) as server:
        yield server


def connect_page(open_as: OpenPage, llama: Server, key: str) -> Page:
    page = open_as("ada", "/providers/connect?type=llama_cpp")
    expect(page.get_by_role("radio", name="llama.cpp")).to_be_checked()
    page.get_by_label("Name", exact=True).fill("llama")
    page.get_by_label("Base URL").fill(llama.base_url)
    page.locator("#key").fill(key)
    return page


def connected(open_as: OpenPage, llama: Server) -> Page:
    page = connect_page(open_as, llama, llama.key)
    page.get_by_role("button", name="Discover models").click()
    expect(page.get_by_role("checkbox", name=llama.model)).to_be_checked()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name=re.compile("answered"))).to_be_visible()
    page.get_by_role("button", name="Save provider").click()
    expect(page).to_have_url(re.compile("/providers/llama$"))
    return page


def test_a_wrong_key_is_refused_in_words(open_as: OpenPage, llama: Server):
    page = connect_page(open_as, llama, "sk-wrong")
    page.get_by_label("Model to test with").fill(llama.model)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name=re.compile("refuses the key"))).to_be_visible()
    assert_in_order(page)


def test_it_is_connected_tested_and_chatted_with(open_as: OpenPage, llama: Server):
    page = connected(open_as, llama)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text(re.compile("llama.cpp answers"))).to_be_visible()
    shoot(page, "live-provider")

    page.goto("/chat")
    page.get_by_label("Message", exact=True).fill("Tell me something.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-answer] .foot summary")).to_contain_text("shared key", timeout=60_000)
    expect(page.locator("[data-answer] .prose:not(.thought)")).not_to_be_empty()
    page.locator("[data-answer] .foot summary").click()
    assert_in_order(page)
    shoot(page, "live-chat")


def test_a_prompt_that_is_too_long_says_so_and_keeps_the_question(open_as: OpenPage, llama: Server):
    page = connected(open_as, llama)
    page.goto("/chat")
    page.get_by_label("Message", exact=True).fill("word " * 4 * CONTEXT)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".fallback")).to_contain_text(re.compile("too long|longer than", re.I), timeout=60_000)
    expect(page.locator(".turn-you")).to_contain_text("word word")
