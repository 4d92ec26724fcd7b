"""Connecting each type of provider in Chromium, from its card to a green test, and what is said of pasted mistakes."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import TYPES
from tests.browser.conftest import PICTURES, OpenPage, assert_fits, assert_in_order, shoot
from tests.connecting import KEY, connect
from tests.upstream import Upstream
from tests.upstream.google import account
from tests.upstream.scripted import SCRIPTED, ScriptedProvider, scripted

SIGHTS = [
    *((type, 1280, "light") for type in TYPES),
    *((type, 390, "dark") for type in (TYPES if PICTURES else ("openai", "azure", "vertex", "bedrock"))),
]

ACCESS = "[data-part=access]"

PASTE = """([selector, text]) => {
  const field = document.querySelector(selector);
  const data = new DataTransfer();
  data.setData("text", text);
  field.focus();
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  if (field.dispatchEvent(event)) field.value = text.replace(/\\n/g, field.tagName === "TEXTAREA" ? "\\n" : "");
}"""


def choose(page: Page, type: str) -> None:
    card = page.get_by_role("radio", name=TYPES[type].label, exact=False).and_(page.locator(f"[value={type}]"))
    if not card.is_visible():
        page.locator(".more-types > summary").click()
    if not card.is_checked():
        card.check(force=True)
        expect(page).to_have_url(re.compile(f"type={type}$"))
    expect(page.get_by_label("Name", exact=True)).to_have_value(type.replace("_", "-"))


def fill(page: Page, it: ScriptedProvider) -> None:
    for name, text in it.typed.items():
        field = page.locator(f"[name={name}]")
        if not field.is_visible():
            page.locator("details.more-fields", has=field).locator("summary").click()
        field.fill(text)
    page.get_by_label("Model to test with").fill(it.model)


def paste(page: Page, selector: str, text: str) -> None:
    page.evaluate(PASTE, [selector, text])


BEFORE_THE_SCRIPTS = """document.addEventListener("readystatechange", () => {
  const card = document.querySelector("input[name=type][value=ollama]");
  if (document.readyState === "interactive" && card) card.checked = true;
})"""


def test_a_card_chosen_before_the_scripts_were_there_brings_its_fields(open_as: OpenPage) -> None:
    page = open_as("ada")
    page.add_init_script(BEFORE_THE_SCRIPTS)
    page.goto("/providers/connect")
    expect(page.locator("input[name=shown_type]")).to_have_value("ollama")
    expect(page.get_by_label("Name", exact=True)).to_have_value("ollama")


def test_every_type_has_a_welcome() -> None:
    assert SCRIPTED.keys() == TYPES.keys()


@pytest.mark.parametrize(("type", "width", "theme"), SIGHTS)
def test_from_its_card_to_a_green_test(open_as: OpenPage, type: str, width: int, theme: str) -> None:
    label = TYPES[type].label
    with scripted(type) as it:
        page = open_as("ada", "/providers/connect", width=width, theme=theme)
        choose(page, type)
        assert_in_order(page)
        shoot(page, f"connect-{type}")
        fill(page, it)
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_role("heading", name=f"{label} answered.")).to_be_visible()
        shoot(page, f"connect-{type}-green")
        page.get_by_role("button", name="Discover models").click()
        expect(page.locator("[data-part=models]").get_by_text(f"{label} lists")).to_be_visible()
        assert_fits(page)
        page.locator("[data-tick=none]").click()
        if page.locator("[name=typed_models]").is_visible():
            page.locator("[name=typed_models]").fill(it.model)
        else:
            page.locator("[data-ticks] input").first.check()
        page.get_by_role("button", name="Save provider").click()
        expect(page).to_have_url(re.compile(r"/providers/[a-z-]+$"))
        expect(page.get_by_text(re.compile("is connected, with one model"))).to_be_visible()
        for secret in it.secrets:
            assert secret not in page.content()
        expect(page.get_by_text(f"{label} answers.")).to_be_visible()


@pytest.mark.parametrize("type", ["vertex", "bedrock"])
def test_without_a_script_the_kind_of_key_shows_its_own_fields(open_as: OpenPage, type: str) -> None:
    page = open_as("ada", f"/providers/connect?type={type}", script=False)
    kinds = TYPES[type].key_kinds
    inside = page.locator(".key-kind-fields")
    expect(inside.nth(0)).to_be_visible()
    expect(inside.nth(1)).to_be_hidden()
    page.get_by_role("radio", name=kinds[1].label).check()
    expect(inside.nth(0)).to_be_hidden()
    expect(inside.nth(1)).to_be_visible()


def test_without_a_script_a_service_account_reaches_a_green_test(open_as: OpenPage) -> None:
    with scripted("vertex") as it:
        page = open_as("ada", "/providers/connect?type=vertex", script=False)
        fill(page, it)
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_role("heading", name="Google Vertex AI answered.")).to_be_visible()
        expect(page.get_by_label("Project ID")).to_have_value("acme-123")
        expect(page.get_by_label("Client e-mail")).to_have_value(account().client_email)
        assert "PRIVATE KEY" not in page.content().replace("BEGIN PRIVATE KEY", "")
        expect(page.locator("[name=service_account_private_key]")).to_have_value("")


def test_the_address_follows_the_region_until_somebody_types_one(open_as: OpenPage) -> None:
    page = open_as("ada", "/providers/connect?type=bedrock")
    region, address = page.get_by_label("Region"), page.get_by_label("Base URL")
    region.fill("eu-central-1")
    expect(address).to_have_value("https://bedrock-runtime.eu-central-1.amazonaws.com")
    region.fill("cn-north-1")
    expect(address).to_have_value("https://bedrock-runtime.cn-north-1.amazonaws.com.cn")
    address.fill("https://vpce-1.example.org")
    region.fill("us-west-2")
    expect(address).to_have_value("https://vpce-1.example.org")
    page = open_as("ada", "/providers/connect?type=vertex")
    location, address = page.get_by_label("Location"), page.get_by_label("Base URL")
    expect(address).to_have_value("https://aiplatform.googleapis.com/v1")
    for typed, url in (("eu", "aiplatform.eu.rep"), ("europe-west4", "europe-west4-aiplatform"), ("", "aiplatform")):
        location.fill(typed)
        expect(address).to_have_value(f"https://{url}.googleapis.com/v1")


def test_fields_that_another_type_does_not_have_come_back_with_their_type(open_as: OpenPage) -> None:
    page = open_as("ada", "/providers/connect?type=bedrock")
    page.get_by_label("Region").fill("eu-central-1")
    page.locator("[name=aws_access_key_id]").fill("AKIAIOSFODNN7EXAMPLE")
    page.locator("[name=aws_secret_access_key]").fill("wJalrXUtnFEMI")
    choose(page, "openai")
    assert "wJalrXUtnFEMI" not in page.content()
    choose(page, "bedrock")
    expect(page.get_by_label("Region")).to_have_value("eu-central-1")
    expect(page.locator("[name=aws_access_key_id]")).to_have_value("AKIAIOSFODNN7EXAMPLE")
    expect(page.locator("[name=aws_secret_access_key]")).to_have_value("wJalrXUtnFEMI")


def test_a_pasted_azure_address_falls_apart_into_its_fields(open_as: OpenPage) -> None:
    page = open_as("ada", "/providers/connect?type=azure")
    pasted = "https://acme-openai.openai.azure.com/openai/deployments/chat-4o/chat/completions?api-version=2024-10-21"
    paste(page, "#base_url", pasted)
    expect(page.get_by_label("Resource name")).to_have_value("acme-openai")
    expect(page.get_by_label("API version")).to_have_value("2024-10-21")
    expect(page.get_by_label("Base URL")).to_have_value("https://acme-openai.openai.azure.com")
    expect(page.locator(ACCESS).get_by_text("The address names the deployment chat-4o")).to_be_visible()
    assert_in_order(page)
    shoot(page, "connect-azure-pasted")


def test_an_azure_address_in_an_openai_provider_offers_the_switch(open_as: OpenPage) -> None:
    page = open_as("ada", "/providers/connect?type=openai")
    page.locator("#key").fill("0123456789abcdef0123456789abcdef")
    paste(page, "#base_url", "https://acme-openai.openai.azure.com/openai/v1")
    expect(page.locator(ACCESS).get_by_text("This is an Azure address")).to_be_visible()
    assert_in_order(page)
    shoot(page, "connect-switch")
    page.get_by_role("button", name="Change the type to Azure OpenAI").click()
    expect(page.get_by_label("Resource name")).to_have_value("acme-openai")
    expect(page.get_by_role("radio", name="Azure OpenAI")).to_be_checked()
    expect(page.get_by_label("Name", exact=True)).to_have_value("azure")
    expect(page.locator("#key")).to_have_value("0123456789abcdef0123456789abcdef")


def test_a_key_file_pasted_anywhere_goes_where_keys_go(open_as: OpenPage) -> None:
    page = open_as("ada", "/providers/connect?type=vertex")
    file = account().file
    paste(page, "#setting_project", file)
    expect(page.locator("[name=service_account_private_key]")).to_have_value(file)
    expect(page.get_by_label("Project ID")).to_have_value("acme-123")
    expect(page.locator(ACCESS).get_by_text("Read the e-mail and the key of")).to_be_visible()
    assert_in_order(page)
    shoot(page, "connect-vertex-pasted")


def test_a_key_file_in_a_gemini_provider_moves_to_a_vertex_one(open_as: OpenPage) -> None:
    page = open_as("ada", "/providers/connect?type=google")
    paste(page, "#key", account().file)
    expect(page.locator(ACCESS).get_by_text("It belongs into a Google Vertex AI provider.")).to_be_visible()
    page.get_by_role("button", name="Change the type to Google Vertex AI").click()
    field = page.locator("[name=service_account_private_key]")
    expect(field).to_be_visible()
    assert json.loads(field.input_value())["client_email"] == account().client_email


def fill_further(page: Page) -> dict[str, str]:
    """What a person typed before another card is chosen, by the ids of the fields."""
    further = page.locator("details.more-fields", has=page.locator("#default_model"))
    if not further.evaluate("it => it.open"):
        further.locator("summary").click()
    typed = {"label": "Ours", "default_model": "small", "connect_timeout": "7", "test_model": "tiny"}
    for name, text in typed.items():
        page.locator(f"#{name}").fill(text)
    return typed


@pytest.mark.parametrize("script", [True, False])
def test_another_card_loses_nothing_that_was_typed(open_as: OpenPage, script: bool) -> None:
    page = open_as("ada", "/providers/connect?type=openai_compatible", script=script)
    typed = fill_further(page) | {"base_url": "https://llm.example.com/v1", "name": "my-own"}
    for name in ("base_url", "name"):
        page.locator(f"#{name}").fill(typed[name])
    page.locator("#key").fill("my-key-0123456789")
    page.locator(".more-types").evaluate("it => { it.open = true }")
    page.locator("input[name=type][value=vllm]").check(force=True)
    if script:
        expect(page).to_have_url(re.compile("type=vllm$"))
        expect(page.locator("#key")).to_have_value("my-key-0123456789")
        expect(page.locator("#connect_timeout")).to_be_visible()
    else:
        page.get_by_role("button", name="Use this type").click()
    expect(page.locator("[name=shown_type]")).to_have_value("vllm")
    for name, text in typed.items():
        expect(page.locator(f"#{name}")).to_have_value(text)


def test_what_was_only_filled_in_gives_way_and_the_last_card_counts(open_as: OpenPage) -> None:
    page = open_as("ada", "/providers/connect?type=openai")
    page.locator("#label").fill("Ours")
    for type in ("anthropic", "google", "anthropic"):
        page.locator(f"input[name=type][value={type}]").evaluate("it => it.click()")
    expect(page).to_have_url(re.compile("type=anthropic$"))
    expect(page.locator("#name")).to_have_value("anthropic")
    expect(page.locator("#base_url")).to_have_value(TYPES["anthropic"].base_url)
    expect(page.locator("#label")).to_have_value("Ours")
    assert page.locator("input[name=type]:checked").evaluate_all("them => them.map((it) => it.value)") == ["anthropic"]


def test_a_card_that_cannot_be_brought_is_not_chosen(open_as: OpenPage) -> None:
    page = open_as("ada", "/providers/connect?type=openai")
    page.locator("#label").fill("Ours")
    page.locator("form[data-connect] [name=csrf_token]").evaluate("it => { it.value = 'gone' }")
    page.locator("input[name=type][value=anthropic]").evaluate("it => it.click()")
    expect(page.locator("[data-part=result] .notice-bad")).to_be_visible()
    expect(page.locator("input[name=type][value=openai]")).to_be_checked()
    expect(page.locator("#label")).to_have_value("Ours")


MISTAKES = [
    ("openai", "key", "sk-ant-api03-0123456789", "This is a key of Anthropic."),
    ("openai", "key", '"sk-0123456789"', "quotation marks"),
    ("openai", "key", "Bearer sk-0123456789", "Leave out the word “Bearer”"),
    ("anthropic", "base_url", "https://console.anthropic.com/settings/keys", "a page of Anthropic for people"),
    ("openai_compatible", "base_url", "https://platform.openai.com/docs", "This is a page of OpenAI for people"),
    ("openai", "base_url", "https://api.openai.com/v1/chat/completions", "Cut off /chat/completions"),
    ("ollama", "base_url", "http://localhost:11434", "Added /v1"),
    ("bedrock", "setting_region", "us-eaast-1", "Did you mean us-east-1?"),
    ("bedrock", "setting_region", "US East (N. Virginia)", "Wrote us-east-1 for"),
    ("bedrock", "base_url", "https://eu-west-1.console.aws.amazon.com/bedrock/home", "a page of AWS for people"),
    ("bedrock", "aws_access_key_id", "ABSKQmVkcm9jaw==", "This is a Bedrock API key."),
    ("vertex", "service_account_private_key", "-----BEGIN PRIVATE KEY-----\nMIIE", "last line is missing"),
]


@pytest.mark.parametrize(("type", "field", "text", "said"), MISTAKES)
def test_a_pasted_mistake_is_told_at_once_and_nobody_is_called(
    open_as: OpenPage, type: str, field: str, text: str, said: str
) -> None:
    page = open_as("otto", f"/providers/connect?type={type}")
    paste(page, f"[name={field}]", text)
    expect(page.locator(ACCESS).get_by_text(said)).to_be_visible()
    expect(page.locator("[data-say]")).to_contain_text(said.split(".")[0])


def test_enter_in_a_field_tests_the_connection(open_as: OpenPage) -> None:
    with scripted("openai") as it:
        page = open_as("ada", "/providers/connect?type=openai")
        fill(page, it)
        page.locator("#base_url").press("Enter")
        expect(page.get_by_role("heading", name="OpenAI answered.")).to_be_visible()


def test_a_key_required_by_its_type_is_asked_for_beside_its_field(open_as: OpenPage) -> None:
    for type in ("bedrock", "vertex"):
        assert TYPES[type].key is KeyRule.REQUIRED
        page = open_as("ada", f"/providers/connect?type={type}")
        page.get_by_role("button", name="Save provider").click()
        expect(page.locator(".field-error").first).to_be_visible()
        assert_in_order(page)


def test_hundreds_are_published_with_a_bar_that_tells_the_truth(open_as: OpenPage) -> None:
    models = [f"model-{number:03}" for number in range(215)]
    with Upstream.openai(models=models) as up:
        page = open_as("ada", "/providers/connect?type=openai_compatible")
        page.locator("#base_url").fill(f"{up.url}/v1")
        page.get_by_label("Label").fill("Acme")
        page.get_by_role("button", name="Save provider").click()
        expect(page).to_have_url(re.compile("/providers/openai-compatible"))
        page.goto("/models/discover?provider=openai-compatible")
        page.get_by_role("button", name="List its models").click()
        expect(page.get_by_text("Acme lists 215 models: 215 new")).to_be_visible()
        seen: list[str] = []
        page.expose_function("noteBar", lambda words: seen.append(words))
        page.evaluate(
            """() => new MutationObserver(() => window.noteBar(
                document.querySelector("[data-publishing-words]").textContent
                + "|" + document.querySelector("#published-so-far").value
            )).observe(document.querySelector("[data-publishing-words]"), { childList: true })"""
        )
        page.get_by_role("button", name="Tick all").click()
        page.get_by_role("button", name="Publish 215 models").click()
        expect(page.get_by_text("215 models are published.")).to_be_visible(timeout=60_000)
        steps = [int(words.split("|")[1]) for words in seen]
        assert steps == sorted(steps)
        assert {0, 40, 80} <= set(steps)


def test_a_name_that_is_refused_costs_neither_the_key_nor_the_test(open_as: OpenPage, runtime, actors) -> None:
    connect(actors.ada, runtime, "http://127.0.0.1:9/v1", name="taken")
    with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
        page = open_as("ada", "/providers/connect?type=openai_compatible")
        page.locator("#name").fill("taken")
        page.locator("#base_url").fill(up.base_url)
        page.locator("#key").fill(KEY)
        page.locator("#test_model").fill("gpt-5.2")
        page.get_by_role("button", name="Test connection").click()
        expect(page.locator("[data-part=result] .result-good")).to_be_visible()
        page.get_by_role("button", name="Save provider").click()
        expect(page.locator("[data-part=faults]")).to_contain_text("Check this field: Name.")
        expect(page.locator("#key")).to_have_value(KEY)
        expect(page.locator("[data-part=result] .result-good")).to_be_visible()
        page.locator("#name").fill("free")
        page.get_by_role("button", name="Save provider").click()
        expect(page).to_have_url(re.compile("/providers/free"))


def test_a_name_that_is_taken_is_said_when_its_field_is_left(open_as: OpenPage, runtime, actors) -> None:
    connect(actors.ada, runtime, "http://127.0.0.1:9/v1", name="taken")
    page = open_as("ada", "/providers/connect?type=openai_compatible")
    page.locator("#key").fill(KEY)
    page.locator("#name").fill("taken")
    with page.expect_request("**/providers/look") as asked:
        page.locator("#base_url").focus()
    assert KEY not in (asked.value.post_data or ""), "nothing secret is sent for a name"
    expect(page.locator("#name-fault")).to_contain_text("Another provider is called “taken” already.")
    expect(page.locator("#key")).to_have_value(KEY)
    expect(page.locator("#base_url")).to_be_focused()


def test_a_label_that_is_refused_on_a_saved_provider_costs_neither_the_key_nor_the_test(
    open_as: OpenPage, runtime, actors
) -> None:
    with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
        connect(actors.ada, runtime, up.base_url, name="acme", key="sk-an-older-one-4711")
        page = open_as("ada", "/providers/acme/edit")
        page.locator("#key").fill(KEY)
        page.locator("#test_model").fill("gpt-5.2")
        page.get_by_role("button", name="Test connection").click()
        expect(page.locator("[data-part=result] .result-good")).to_be_visible()
        page.locator("#label").evaluate(
            "(field) => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(200); }"
        )
        page.get_by_role("button", name="Save changes").click()
        expect(page.locator("[data-part=faults]")).to_contain_text("Check this field: Label.")
        expect(page.locator("#key")).to_have_value(KEY)
        expect(page.locator("[data-part=result] .result-good")).to_be_visible()
        page.locator("#label").fill("Better")
        page.get_by_role("button", name="Save changes").click()
        expect(page).to_have_url(re.compile("/providers/acme$"))
        expect(page.get_by_text("Better is saved.")).to_be_visible()
