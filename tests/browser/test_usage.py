"""The pages of usage before a reader: in order at every width and in both themes, by keyboard and without scripts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from playwright.sync_api import expect

from portal.services.runtime import Runtime
from portal.services.usage import summing
from tests.browser.conftest import SIGHTS, OpenPage, assert_accessible, assert_fits, assert_in_order, shoot
from tests.conftest import Actors
from tests.teams import furnish_team
from tests.using import UNKNOWN, use


@pytest.fixture
def month(app: Flask) -> None:
    now = datetime.now(UTC)
    for days in range(0, 28, 2):
        person = (Actors.uma, Actors.otto)[days % 4 // 2].id
        use(now - timedelta(days=days), person, days % 5 + 1, cost=Decimal(days) / 7 if days % 3 else None)
    use(
        now,
        Actors.uma.id,
        2,
        model="a-provider-with-a-long-name:" + "a-model-with-a-long-name-" * 4,
        client="codex_cli",
    )
    summing.sum_up()
    use(now, Actors.otto.id, state="failed", status=502, **UNKNOWN)
    use(now, None, state="left", client="", **UNKNOWN)


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_each_page_is_in_order_at_every_width_and_theme(open_as: OpenPage, month: None, width, height, theme):
    page = open_as("ada", "/usage", width=width, height=height, theme=theme)
    assert_in_order(page)
    shoot(page, f"usage-{theme}")
    for tab in ("By model", "By provider", "By person", "By team", "By token", "By session", "One by one"):
        page.get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "true")
        assert_fits(page)
        if tab in ("By person", "By session"):
            assert_accessible(page)
            shoot(page, f"usage-{tab.lower().replace(' ', '-')}-{theme}")
    assert_accessible(page)
    shoot(page, f"usage-requests-{theme}")


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_ones_own_page_is_in_order_also_without_any_use(open_as: OpenPage, month: None, width, height, theme):
    page = open_as("uma", "/usage/mine", width=width, height=height, theme=theme)
    assert_in_order(page)
    page = open_as("eve", "/usage/mine", width=width, height=height, theme=theme)
    expect(page.get_by_text("Nothing was used in these days.")).to_be_visible()
    assert_in_order(page)


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_a_managers_page_is_in_order_with_how_long_first_words_took(
    open_as: OpenPage, app: Flask, runtime: Runtime, month: None, width, height, theme
):
    team = furnish_team(runtime)
    now = datetime.now(UTC)
    for days in (0, 1, 2, 5, 6, 9):
        for wait in (120, 300, 900 + 300 * days):
            use(now - timedelta(days=days), Actors.uma.id, team_id=team.id, first_ms=wait)
    page = open_as("uma", "/my-team/usage?by=person", width=width, height=height, theme=theme)
    page.get_by_role("link", name="First words", exact=True).click()
    expect(page.get_by_role("img", name="First words of 30 days")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"usage-team-{theme}")


def test_days_are_typed_and_a_person_picked_without_scripts(open_as: OpenPage, month: None):
    page = open_as("ada", "/usage?by=person", script=False)
    page.get_by_role("link", name="Uma Ortiz").click()
    expect(page.get_by_text("Person Uma Ortiz")).to_be_visible()
    page.get_by_text("Other days").click()
    today = datetime.now(UTC).date().isoformat()
    page.get_by_label("From").fill(today)
    page.get_by_label("To", exact=True).fill(today)
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_text("Person Uma Ortiz")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_days_the_wrong_way_round_are_kept_with_a_sentence(open_as: OpenPage, month: None):
    page = open_as("ada", "/usage?since=2026-02-02&until=2026-01-01")
    expect(page.get_by_text("Swap the two")).to_be_visible()
    expect(page.get_by_label("From")).to_have_value("2026-02-02")
    assert_in_order(page)
