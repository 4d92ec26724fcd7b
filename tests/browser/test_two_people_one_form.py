"""Two administrators on one role: the second is told what the first saved, beside what was typed."""

import pytest
from playwright.sync_api import expect

from portal.domain.permissions import Permission
from portal.services.people import roles
from portal.services.runtime import Runtime
from tests.browser.conftest import DESK, PHONE, OpenPage, assert_in_order, shoot
from tests.conftest import Actors


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_second_to_save_reads_what_changed_and_saves_knowingly(
    runtime: Runtime, open_as: OpenPage, size: tuple[int, int]
):
    role_id = roles.create(Actors.ada, runtime, "Editors", "Who edits", [Permission.CHAT])
    page = open_as("ada", f"/people/roles/{role_id}", width=size[0], height=size[1])
    roles.change(Actors.ada, runtime, role_id, "Editors", "Who reads", [])

    page.get_by_label("Description").fill("Who writes")
    page.get_by_role("button", name="Save role").click()

    told = page.get_by_role("alert")
    expect(told).to_contain_text("While you had this open, Editors changed. Nothing of yours is saved yet.")
    expect(told).to_be_focused()
    expect(page.get_by_text("Stored now: “Who reads”.")).to_be_visible()
    expect(page.get_by_text("Stored now: no permission.")).to_be_visible()
    expect(page.get_by_label("Description")).to_have_value("Who writes")
    assert_in_order(page)
    shoot(page, "two-people-one-form")

    page.get_by_role("button", name="Save role").click()
    expect(page.get_by_role("heading", name="Roles", level=1)).to_be_visible()
    assert roles.find(Actors.ada, runtime, role_id).role.description == "Who writes"
