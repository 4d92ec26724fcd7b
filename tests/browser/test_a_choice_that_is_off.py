"""A chat on a model that goes off, comes back and is deleted: what selector, composer, trail and overview say."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from portal.domain.language_models import Draft
from portal.services.language_models import lifecycle, publishing
from portal.services.runtime import Runtime
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.services.published import connect

SAID = "Demo large cannot be used now: the model is off."


@pytest.fixture
def large(app: object, runtime: Runtime, actors: Actors) -> UUID:
    """The chat’s model; the first that is published is the default."""
    connect("demo")
    _, found = (
        publishing.publish(actors.ada, runtime, "demo", Draft(name, display_name=label)).id
        for name, label in (("demo-small", "Demo small"), ("demo-large", "Demo large"))
    )
    return found


def ask(page: Page, words: str, answers: int) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-live]")).to_have_count(0)
    expect(page.locator("[data-answer]")).to_have_count(answers)


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_what_is_said_while_it_is_off_when_it_is_back_and_once_it_is_deleted(
    open_as: OpenPage, runtime: Runtime, actors: Actors, large: UUID, width: int, height: int, theme: str
):
    page = open_as("uma", "/chat", width=width, height=height, theme=theme)
    page.get_by_label("Model", exact=True).select_option(str(large))
    ask(page, "Where is rounding done?", 1)
    chosen = page.get_by_label("Model", exact=True).locator("option:checked")

    lifecycle.turn(actors.ada, runtime, large, on=False)
    page.reload()
    expect(chosen).to_contain_text("Demo large – the model is off")
    expect(page.get_by_text(SAID)).to_be_visible()
    assert_in_order(page)
    shoot(page, f"choice-off-{theme}")
    ask(page, "And truncation?", 2)
    trail = page.locator("[data-answer]").last.locator(".foot")
    expect(trail.locator("summary")).to_contain_text("Demo small")
    trail.locator("summary").click()
    expect(trail).to_contain_text("the model is off")
    expect(chosen).to_contain_text("Demo large – the model is off")
    assert_in_order(page)
    shoot(page, f"choice-off-answered-{theme}")
    desk = open_as("ada", "/overview", width=width, height=height, theme=theme)
    expect(desk.get_by_text("Demo large")).to_have_count(0)  # that somebody turned it off needs nobody
    shoot(desk, f"choice-off-overview-{theme}")

    lifecycle.turn(actors.ada, runtime, large, on=True)
    page.reload()
    expect(page.get_by_text("cannot be used now")).to_have_count(0)
    ask(page, "Is it back?", 3)
    expect(page.locator("[data-answer]").last.locator(".foot summary")).to_contain_text("Demo large")
    shoot(page, f"choice-back-{theme}")

    lifecycle.delete(actors.ada, runtime, large)
    page.reload()
    expect(chosen).to_contain_text("Demo large – the model was deleted")
    expect(page.get_by_text("Demo small answers instead, because it is the default.")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"choice-deleted-{theme}")
