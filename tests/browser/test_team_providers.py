"""A manager's journey: connect, test, publish, choose, chat; then the entitlement goes, and all of it is kept."""

import re

from playwright.sync_api import expect

from portal.services.people import team_rights
from portal.services.teams import members, teams
from tests.browser.conftest import PHONE, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.services.published import connect
from tests.services.teams.cast import publish


def test_a_manager_connects_tests_publishes_chooses_and_it_answers(open_as: OpenPage, runtime):
    connect("deployment")
    publish(runtime, "deployment", "demo-small")
    team_id = teams.create(Actors.ada, runtime, "Red")
    members.add_member(Actors.ada, runtime, team_id, "uma@example.org")
    members.make_manager(Actors.ada, runtime, team_id, Actors.uma.id, on=True)
    teams.entitle(Actors.ada, runtime, team_id, on=True)

    page = open_as("uma", "/my-team")
    assert_in_order(page)
    page.get_by_role("link", name="Connect a provider").click()
    page.locator(".type").filter(has_text="Demo").first.click()
    expect(page.locator("input[name=shown_type]")).to_have_value("demo")
    page.get_by_label("Name", exact=True).fill("red-demo")
    page.get_by_label("Label").fill("Red’s own")
    page.get_by_text("Type names").click()
    page.get_by_label("Further models").fill("demo-small")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("[data-part=result] .result")).to_contain_text("Red’s own")
    assert_in_order(page)
    shoot(page, "team-connect")
    page.get_by_role("button", name="Save provider").click()
    expect(page.get_by_text("Red’s own is connected")).to_be_visible()

    page.get_by_role("link", name="Models of Red’s own").click()
    page.get_by_role("button", name="Discover models").click()
    assert_in_order(page)
    page.get_by_label("demo-large").check()
    page.get_by_role("button", name="Publish models").click()
    expect(page.get_by_text("is published.")).to_be_visible()
    page.get_by_role("button", name=re.compile("Make default .*large", re.IGNORECASE)).click()
    page.locator(".modal").get_by_role("button", name="Make default").click()
    expect(page.locator("main")).to_contain_text("of Red’s own, the team’s own.")
    assert_in_order(page)
    shoot(page, "my-team")

    page.goto("/chat")
    page.get_by_label("Message", exact=True).fill("Hello?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("main")).to_contain_text("because it is your team’s default")
    expect(page.locator("main")).to_contain_text("There is no AI behind these words")
    shoot(page, "team-answer")

    teams.entitle(Actors.ada, runtime, team_id, on=False)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.emulate_media(color_scheme="dark")
    page.goto("/my-team")
    expect(page.get_by_text(team_rights.LOCKED)).to_be_visible()
    expect(page.locator("main")).to_contain_text("of Deployment, the deployment’s.")
    expect(page.get_by_text("kept, and serves nobody")).to_be_visible()
    expect(page.get_by_role("link", name="Connect a provider")).to_have_count(0)
    assert_in_order(page)
    shoot(page, "my-team-locked")
    page.goto("/my-team/providers/red-demo/edit")
    expect(page.get_by_text(team_rights.LOCKED)).to_be_visible()
