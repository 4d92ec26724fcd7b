"""What an administrator does with many models in Chromium: ticks, filters, order by dragging, the default and its undo,
fields with their sources, and what is not saved yet."""

import re
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from portal.domain.language_models import Draft
from portal.domain.permissions import Permission
from portal.services.language_models import lifecycle, publishing
from portal.services.people import roles
from portal.services.runtime import Runtime
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.services.published import connect


@pytest.fixture
def stocked(app: Flask, runtime: Runtime, actors: Actors) -> dict[str, UUID]:
    """Two providers; four models of the first, one of which retires soon and one of which does not chat."""
    connect("acme-openai", "openai")
    connect("demo")
    day = runtime.now().date().replace(day=1).isoformat()
    ids = {}
    for provider, draft in (
        ("demo", Draft("demo-small", display_name="Demo small")),
        ("demo", Draft("demo-large", display_name="Demo large")),
        ("demo", Draft("demo-other", display_name="Demo other", retires_on=day)),
        ("acme-openai", Draft("gpt-4o", display_name="GPT-4o")),
        ("acme-openai", Draft("text-embedding-3-small", display_name="Embedding small")),
    ):
        ids[draft.wire_name] = publishing.publish(actors.ada, runtime, provider, draft, typed=()).id
    return ids


def names(page: Page, provider: str = "demo") -> list[str]:
    return page.locator(f"tbody[data-of={provider}] a.title").all_inner_texts()


def row(page: Page, name: str) -> Locator:
    return page.locator("tr[data-model]").filter(has=page.get_by_role("link", name=name, exact=True))


def drag(page: Page, name: str, onto: str, *, below: bool = False) -> None:
    """Take a row by its handle to the upper or lower half of another one, and leave the button pressed."""
    row(page, name).locator("[data-drag]").hover()
    page.mouse.down()
    box = row(page, onto).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] * (0.8 if below else 0.2), steps=4)


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_pages_of_many_models_are_in_order_at_every_sight(
    open_as: OpenPage, stocked, runtime: Runtime, actors: Actors, width, height, theme
):
    roles.create(actors.ada, runtime, "Writers", "", [Permission.CHAT], "demo:demo-small")
    page = open_as("ada", "/models", width=width, height=height, theme=theme)
    page.get_by_role("link", name="Make Demo large the default").click()
    page.get_by_role("button", name="Make it the default").click()
    expect(page.get_by_text("Demo large is the default now")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"models-undo-{theme}")
    for button, name in (("Features…", "features"), ("Role access…", "access"), ("Delete…", "delete")):
        page.goto("/models")
        page.get_by_label("Tick Demo small").check()
        page.get_by_label("Tick GPT-4o").check()
        page.locator("#many").get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("2 models")
        assert_in_order(page)
        shoot(page, f"models-many-{name}-{theme}")
    page.goto(f"/models/{stocked['gpt-4o']}/edit")
    expect(page.get_by_text("from models.dev").first).to_be_visible()
    assert_in_order(page)
    shoot(page, f"models-sources-{theme}")
    page.goto("/models/new?provider=acme-openai")
    page.get_by_label("Model ID").fill("gpt-4o-mini")
    expect(page.get_by_text("128 k tokens")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"models-known-{theme}")


def test_ticked_models_are_turned_offered_reached_and_deleted(
    open_as: OpenPage, stocked, runtime: Runtime, actors: Actors
):
    role = roles.create(actors.ada, runtime, "Writers", "", [Permission.CHAT], "nobody:*")
    page = open_as("ada", "/models?provider=demo")
    bar = page.locator("#many")
    expect(bar.get_by_role("button", name="Turn off")).to_be_disabled()

    def tick(*wanted: str) -> None:
        for name in wanted:
            page.get_by_label(f"Tick {name}").check()
        expect(bar.get_by_role("status")).to_have_text(f"{len(wanted)} ticked")

    tick("Demo small", "Demo other")
    bar.get_by_role("button", name="Features…").click()
    page.get_by_label("Use").select_option(label="Reviews")
    page.get_by_role("button", name="No longer for it").click()
    expect(page.get_by_text("2 models are no longer offered for “Reviews”.")).to_be_visible()
    assert page.url.endswith("?provider=demo")
    tick("Demo small", "Demo other")
    bar.get_by_role("button", name="Role access…").click()
    page.get_by_label("Role", exact=True).select_option(label="Writers")
    page.get_by_role("button", name="Let it reach them").click()
    expect(page.get_by_text("2 models are reached by Writers.")).to_be_visible()
    assert "demo:demo-other" in roles.find(actors.ada, runtime, role).patterns
    tick("Demo other", "Demo large")
    bar.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("They were on already.")).to_be_visible()
    page.get_by_role("button", name="Tick all").click()
    expect(bar.get_by_role("status")).to_have_text("3 ticked")
    page.get_by_role("button", name="Tick none").click()
    tick("Demo other", "Demo large")
    bar.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete 2 models?")
    page.get_by_role("button", name="Delete 2 models").click()
    expect(page.get_by_text("2 models are deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Demo large", exact=True)).to_have_count(0)


def test_filters_narrow_the_list_and_are_taken_off(open_as: OpenPage, stocked, runtime: Runtime, actors: Actors):
    roles.create(actors.ada, runtime, "Writers", "", [Permission.CHAT], "demo:demo-small")
    page = open_as("ada", "/models")
    titles = page.locator("tr[data-model] a.title")
    page.get_by_role("link", name="Retiring soon").click()
    expect(titles).to_have_text(["Demo other"])
    page.get_by_role("link", name=re.compile("Retiring")).click()
    expect(titles).to_have_count(5)
    page.get_by_text("Role", exact=True).click()
    page.get_by_role("link", name="Writers").click()
    expect(titles).to_have_text(["Demo small"])
    assert_in_order(page)


def test_a_row_is_dragged_to_its_place_and_escape_leaves_it_where_it_was(open_as: OpenPage, stocked):
    page = open_as("ada", "/models")
    drag(page, "Demo other", "Demo small")
    with page.expect_response(lambda answer: answer.url.endswith("/move")) as moved:
        page.mouse.up()
    assert moved.value.status == 204
    expect(page.get_by_text("Demo other stands at place 1 of the 3 shown of demo.")).to_be_visible()
    assert names(page) == ["Demo other", "Demo small", "Demo large"]
    drag(page, "Demo other", "Demo large", below=True)
    with page.expect_response(lambda answer: answer.url.endswith("/move")):
        page.mouse.up()
    page.reload()
    assert names(page) == ["Demo small", "Demo large", "Demo other"]
    drag(page, "Demo other", "Demo small")
    assert names(page) == ["Demo other", "Demo small", "Demo large"]
    page.keyboard.press("Escape")
    page.mouse.up()
    assert names(page) == ["Demo small", "Demo large", "Demo other"]
    drag(page, "Demo other", "GPT-4o")
    assert "Demo other" not in names(page, "acme-openai"), "a row stays with its provider"
    page.keyboard.press("Escape")
    page.mouse.up()


def test_a_place_that_is_gone_meanwhile_is_told_and_the_row_goes_back(
    open_as: OpenPage, stocked, runtime: Runtime, actors: Actors
):
    page = open_as("ada", "/models")
    lifecycle.delete(actors.ada, runtime, stocked["demo-small"])
    drag(page, "Demo other", "Demo small")
    page.mouse.up()
    expect(page.get_by_text("Demo other was not moved: somebody changed these models meanwhile.")).to_be_visible()
    assert names(page) == ["Demo small", "Demo large", "Demo other"]


def test_the_menu_orders_by_keyboard_and_the_focus_stays_with_the_row(open_as: OpenPage, stocked):
    page = open_as("ada", "/models")
    menu = page.get_by_label("More for Demo large")
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Move up Demo large").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Demo large has moved.")).to_be_visible()
    assert names(page) == ["Demo large", "Demo small", "Demo other"]
    expect(page.get_by_label("More for Demo large")).to_be_focused()


def test_a_new_default_is_taken_back_by_one_press(open_as: OpenPage, stocked):
    page = open_as("ada", "/models")
    page.get_by_role("link", name="Make Demo large the default").click()
    page.get_by_role("button", name="Make it the default").click()
    expect(page.get_by_role("img", name="Demo large is the default")).to_be_visible()
    expect(page.get_by_role("link", name="Demo large", exact=True)).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("img", name="Demo small is the default")).to_be_visible()
    expect(page.get_by_text("Demo small is the default again")).to_be_visible()
    expect(page.get_by_role("link", name="Make Embedding small the default")).to_have_count(0)


def test_what_is_not_saved_is_asked_about_before_the_sheet_closes(open_as: OpenPage, stocked):
    page = open_as("ada", "/models")
    link = page.get_by_role("link", name="GPT-4o", exact=True)
    link.click()
    sheet = page.get_by_role("dialog", name="GPT-4o")
    expect(sheet.get_by_text("from models.dev").first).to_be_attached()
    sheet.get_by_label("Description").fill("Not yet")
    page.keyboard.press("Escape")
    ask = page.get_by_role("dialog", name="Leave without saving?")
    expect(ask).to_be_visible()
    assert_in_order(page)
    shoot(page, "models-unsaved")
    ask.get_by_role("button", name="Keep editing").click()
    expect(sheet.get_by_label("Description")).to_have_value("Not yet")
    sheet.get_by_role("button", name="Close").click()
    ask.get_by_role("button", name="Discard changes").click()
    expect(sheet).to_be_hidden()
    expect(link).to_be_focused()
    link.click()
    sheet.get_by_label("Description").fill("Saved now")
    sheet.get_by_role("button", name="Save model").click()
    expect(page.get_by_text("GPT-4o is saved.")).to_be_visible()
    expect(link).to_be_focused()
    link.click()
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_row_is_deleted_from_its_menu_after_its_impact_was_told(open_as: OpenPage, stocked):
    page = open_as("ada", "/models?provider=demo")
    page.get_by_label("More for Demo other").click()
    page.get_by_role("link", name="Delete… Demo other").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete Demo other?")
    page.get_by_role("button", name="Delete model").click()
    expect(page.get_by_text("Demo other is deleted.")).to_be_visible()
    assert names(page) == ["Demo small", "Demo large"]
    assert page.url.endswith("?provider=demo")


def test_the_selector_searches_among_many(open_as: OpenPage, stocked, runtime: Runtime, actors: Actors):
    drafts = [Draft(f"extra-{number}", display_name=f"Extra {number}") for number in range(70)]
    publishing.publish_ticked(actors.ada, runtime, "demo", drafts)
    page = open_as("uma", "/chat")
    page.get_by_role("searchbox", name="Search models").fill("extra 69")
    expect(page.get_by_text("1 found. Choose one in the list of models.")).to_be_attached()
    page.get_by_role("combobox", name="Model").select_option(label="[Demo] Extra 69")
    expect(page.get_by_role("combobox", name="Model")).to_have_value(re.compile("^[0-9a-f-]{36}$"))
    assert_in_order(page)


def test_the_sheet_says_whom_it_changes_before_it_is_saved(open_as: OpenPage, stocked):
    page = open_as("ada", "/models")
    page.get_by_role("link", name="Demo small", exact=True).click()
    sheet = page.get_by_role("dialog", name="Demo small")
    sheet.get_by_label("Reviews", exact=True).check()
    sheet.get_by_label("Conversations", exact=True).uncheck()
    moves = sheet.locator(".impact-moves")
    expect(moves).to_contain_text("Demo large")
    assert_in_order(page)
    shoot(page, "models-sheet-impact")
    sheet.get_by_label("Conversations", exact=True).check()
    expect(moves).to_be_hidden()
