"""The portal below a path, as many serve it beside other things: signing in, links, scripts and a streamed answer."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.settings import Settings
from tests.browser.conftest import AXE, DESK, PHONE, OpenPage, assert_in_order
from tests.conftest import Actors
from tests.connecting import connect

PATH = "/ai"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, public_url=f"http://127.0.0.1{PATH}")


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_everything_works_below_a_path(runtime: Runtime, open_as: OpenPage, size: tuple[int, int]):
    provider_registry.register(Actors.ada, runtime, Draft("demo", name="demo"))
    connect(Actors.ada, runtime, "http://127.0.0.1:9/v1", label="Acme")
    page = open_as("ada", width=size[0], height=size[1])
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{PATH}/chat")
    page.get_by_label("Message", exact=True).fill("Where is rounding done?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-answer]")).to_contain_text("This is the demo")
    page.goto(f"{PATH}/overrides/pins/general")
    page.get_by_label("Model", exact=True).fill("dem")
    page.goto(f"{PATH}/providers")
    page.get_by_role("link", name="Acme").first.click()
    assert_in_order(page)
    page.reload()

    beside = [path for path in (urlsplit(url).path for url in asked) if not path.startswith(f"{PATH}/")]
    assert beside == [AXE]
