"""Teams in Chromium: an administrator's pages, a manager's page, and what a role's patterns reach while one types."""

import pytest
from playwright.sync_api import expect

from portal.domain.permissions import Permission
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.services.teams import teams
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.services.teams.cast import Cast, two_teams

SIGHT = pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)


@pytest.fixture
def cast(runtime: Runtime) -> Cast:
    return two_teams(runtime)


@SIGHT
def test_the_pages_of_teams_are_in_order(open_as: OpenPage, runtime, cast, width, height, theme):
    page = open_as("ada", width=width, height=height, theme=theme)
    for name, path in (
        ("teams", "/people/teams"),
        ("team-new", "/people/teams/new"),
        ("team", f"/people/teams/{cast.red}"),
        ("provider-owner", "/providers/red/edit"),
    ):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"{name}-{theme}")
    teams.entitle(Actors.ada, runtime, cast.blue, on=False)
    for person in ("uma", "eve"):
        own = open_as(person, width=width, height=height, theme=theme)
        own.goto("/my-team")
        assert_in_order(own)
        shoot(own, f"my-team-{person}-{theme}")


def test_what_patterns_reach_follows_the_typing(open_as: OpenPage, runtime, cast):
    role_id = roles.create(Actors.ada, runtime, "Limited", "", [Permission.CHAT], "red:*")
    page = open_as("ada")
    page.goto(f"/people/roles/{role_id}")
    reach = page.locator("[data-reach]")
    expect(reach).to_contain_text("It reaches 2 of")
    assert_in_order(page)
    page.get_by_label("Which models it reaches").fill("red:*\nblue:small")
    expect(reach).to_contain_text("It reaches 3 of")
    expect(reach).to_contain_text("blue:small")
    page.get_by_label("Which models it reaches").fill("red:")
    expect(reach).to_contain_text("names no model")
    expect(page.get_by_role("button", name="Preview")).to_have_count(0)
