"""A configuration as a diff in words before a reader: at both widths, in order, and read in by pressing a button."""

import pytest
from playwright.sync_api import expect

from portal.services.runtime import Runtime
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.services.configuration.portals import fill
from tests.services.configuration.test_foreign_files import FILES


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_a_file_is_looked_at_and_read_in(open_as: OpenPage, runtime: Runtime, width, height, theme):
    fill(runtime)
    page = open_as("ada", "/settings/configuration", width=width, height=height, theme=theme)
    assert_in_order(page)
    page.get_by_label("File").set_input_files(FILES / "seeds.json")
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_role("heading", name="What this file changes")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"configuration-{theme}")
    page.get_by_label("Import the rest").check()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Imported:")).to_be_visible()
