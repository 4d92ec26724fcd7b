"""A genuine LLM server, llama.cpp's, on loopback with its key: connected, tested and chatted with in Chromium.

`make test-live` compiles the server once and runs this. Its model is half a megabyte of random weights: it really
decodes and streams, and what it says is noise.
"""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, assert_in_order, shoot
from tests.processes.portal_process import free_port

pytestmark = pytest.mark.live

KEY = "sk-llama-on-loopback"
TINY_LLAMA = Path(__file__).parents[1] / "live" / "tiny_llama.py"
CONTEXT = 512


@dataclass(frozen=True)
class Llama:
    """A running llama.cpp server."""

    base_url: str
    model: str


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    python = os.environ["LLAMA_PYTHON"]
    folder = tmp_path_factory.mktemp("llama")
    weights, port = folder / "tiny.gguf", free_port()
    subprocess.run([python, TINY_LLAMA, weights], check=True, timeout=60)
    command = [python, "-m", "llama_cpp.server", "--model", str(weights), "--model_alias", "tiny-llama"]
    command += ["--api_key", KEY, "--host", "127.0.0.1", "--port", str(port), "--n_ctx", str(CONTEXT)]
    base_url = f"http://127.0.0.1:{port}/v1"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(base_url, server)
            yield Llama(base_url, "tiny-llama")
        finally:
            server.terminate()
            server.wait(20)


def wait_for(base_url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, "the llama.cpp server ended"
        try:
            requests.get(f"{base_url}/models", headers={"Authorization": f"Bearer {KEY}"}, timeout=2)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the llama.cpp server does not answer")


def connect_page(open_as: OpenPage, llama: Llama, key: str) -> Page:
    page = open_as("ada", "/providers/connect?type=llama_cpp")
    expect(page.get_by_role("radio", name="llama.cpp")).to_be_checked()
    page.get_by_label("Name", exact=True).fill("llama")
    page.get_by_label("Base URL").fill(llama.base_url)
    page.locator("#key").fill(key)
    return page


def connected(open_as: OpenPage, llama: Llama) -> Page:
    page = connect_page(open_as, llama, KEY)
    page.get_by_role("button", name="Discover models").click()
    expect(page.get_by_role("checkbox", name=llama.model)).to_be_checked()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name=re.compile("answered"))).to_be_visible()
    page.get_by_role("button", name="Save provider").click()
    expect(page).to_have_url(re.compile("/providers/llama$"))
    return page


def test_a_wrong_key_is_refused_in_words(open_as: OpenPage, llama: Llama):
    page = connect_page(open_as, llama, "sk-wrong")
    page.get_by_label("Model to test with").fill(llama.model)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name=re.compile("refuses the key"))).to_be_visible()
    assert_in_order(page)


def test_it_is_connected_tested_and_chatted_with(open_as: OpenPage, llama: Llama):
    page = connected(open_as, llama)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text(re.compile("llama.cpp answers"))).to_be_visible()
    shoot(page, "live-provider")

    page.goto("/chat")
    page.get_by_label("Message", exact=True).fill("Tell me something.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-answer] .foot summary")).to_contain_text("shared key", timeout=60_000)
    expect(page.locator("[data-answer] .prose")).not_to_be_empty()
    page.locator("[data-answer] .foot summary").click()
    assert_in_order(page)
    shoot(page, "live-chat")


def test_a_prompt_that_is_too_long_says_so_and_keeps_the_question(open_as: OpenPage, llama: Llama):
    page = connected(open_as, llama)
    page.goto("/chat")
    page.get_by_label("Message", exact=True).fill("word " * 4 * CONTEXT)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".fallback")).to_contain_text(re.compile("too long|longer than", re.I), timeout=60_000)
    expect(page.locator(".turn-you")).to_contain_text("word word")
