"""Embedding applications in Chromium: registered, its secret copied, and the gateway asked with a token made of it."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from portal.services.applications import keys, registry
from portal.services.runtime import Runtime
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.chatting import connect
from tests.conftest import Actors
from tests.signing import Editor
from tests.upstream import Upstream
from tests.web.gateway.callers import Tool

SIGHT = pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)


@SIGHT
def test_from_its_registration_to_an_answer(app: Flask, open_as: OpenPage, runtime: Runtime, width, height, theme):
    page = open_as("ada", "/applications", width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"applications-none-{theme}")
    page.get_by_role("link", name="Register an application").first.click()
    page.get_by_role("button", name="Register application").click()
    expect(page.locator("#name-fault")).to_contain_text("Type a name")
    expect(page.locator("#environments-fault")).to_contain_text("Name at least one environment")
    assert_in_order(page)
    shoot(page, f"applications-new-{theme}")
    page.get_by_label("Name", exact=True).fill("intranet-editor")
    page.get_by_label("Environments").fill("production: editor-prod")
    page.get_by_label("Models at most").fill("Acme:*")
    page.get_by_role("button", name="Register application").click()
    expect(page.locator("#models-fault")).to_contain_text("cannot be a provider’s name")
    assert_in_order(page)
    shoot(page, f"applications-ceiling-fault-{theme}")
    page.get_by_label("Models at most").fill("acme:gpt*\n*:small")
    page.get_by_role("button", name="Register application").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The secret of intranet-editor")
    assert_in_order(page)
    secret = page.locator("#value").inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("link", name="How to sign").click()
    expect(page.get_by_role("heading", name="How to sign")).to_be_visible()
    assert secret not in page.content()
    assert_in_order(page)
    shoot(page, f"applications-one-{theme}")

    (found,) = registry.list_all(Actors.ada, runtime)
    made = keys.Made(found.id, found.name, found.current.kid, "HS256", None)
    editor = Editor(made, secret, int(runtime.now().timestamp()))
    with Upstream() as up:
        up.respond(json={"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
        connect(runtime, Actors.ada, up.base_url, "gpt-5.2")
        assert Tool(app, editor.sign(sub="jo")).chat().status_code == 200
    page.goto("/usage?by=request")
    expect(page.get_by_text("application, for jo")).to_be_visible()

    page.goto(f"/applications/{found.id}")
    expect(page.get_by_text("It has a ceiling of 2 patterns.")).to_be_visible()
    expect(page.get_by_text("Its ceiling leaves 1 of 1 model: acme:gpt-5.2.")).to_be_visible()
    page.get_by_label("Models at most").fill("acme:other")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It has a ceiling of 1 pattern.")).to_be_visible()
    expect(page.get_by_text("Its ceiling leaves none of 1 model.")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"applications-ceiling-{theme}")
    refused = Tool(app, editor.sign()).chat()
    assert "ceiling of models of its own" in refused.json["error"]["message"]
    page.get_by_role("link", name="Replace the key").click()
    assert_in_order(page)
    shoot(page, f"applications-key-{theme}")
    page.get_by_role("button", name="Replace key").click()
    page.get_by_role("link", name="How to sign").click()
    expect(page.get_by_text("Replaced", exact=True)).to_be_visible()
    page.locator("summary", has_text="End now").click()
    page.get_by_role("dialog").get_by_role("button", name="End now").click()
    expect(page.get_by_text("Replaced", exact=True)).to_have_count(0)
    assert Tool(app, editor.sign()).get("/v1/models").status_code == 401
    page.locator("summary", has_text="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No applications yet.")).to_be_visible()
    assert_in_order(page)
