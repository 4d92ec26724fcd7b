"""A configuration as a diff in words before a reader: at both widths, in order, and read in by pressing a button."""

import json

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


def long_file() -> str:
    """Two hundred changes: ten providers, models with prices, teams, roles, limits and budgets."""
    names = [f"rack-{number}" for number in range(1, 11)]
    models = [
        {
            "provider": names[number % 10],
            "model_id": f"qwen/qwen3-{number}b-instruct-2507-with-a-name-as-long-as-they-come",
            "display_name": f"Qwen {number}",
            "prices": {"input": "0.5", "output": "2"},
        }
        for number in range(165)
    ]
    whole = {
        "llm_portal": 1,
        "teams": {f"Team {number}": {"entitled": True} for number in range(3)},
        "roles": {f"Role {number}": {"permissions": ["chat.use"], "models": ["rack-1:*"]} for number in range(3)},
        "providers": {
            name: {"type": "ollama", "label": name.title(), "base_url": f"http://{name}.example.org:11434/v1"}
            for name in names
        },
        "models": models,
        "gates": {"personal_keys": False},
        "settings": {"fallback_reply": "Ask Otto. " * 40},
        "limits": {
            "providers": {name: {"per_minute": 60} for name in names},
            "people": {"uma@example.org": {"per_day": 9}},
        },
        "budgets": {"people": {"uma@example.org": {"amount": 20}}, "roles": {"Role 1": {"amount": 5}}},
    }
    return json.dumps(whole)


def faulty_file() -> str:
    """Thirty entries that cannot be used, and a change."""
    models = [{"provider": f"nobody-{number}", "model_id": "x" * 120} for number in range(20)]
    limits = {f"somebody.with.a.long.name.{number}@example.org": {"per_day": 1} for number in range(10)}
    gates = {"personal_keys": False}
    return json.dumps({"llm_portal": 1, "models": models, "gates": gates, "limits": {"people": limits}})


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
@pytest.mark.parametrize(
    ("name", "written", "counted"), [("long", long_file, "2"), ("faulty", faulty_file, "30 entries")]
)
def test_a_plan_of_any_length_is_in_order(open_as: OpenPage, tmp_path, name, written, counted, width, height, theme):
    page = open_as("ada", "/settings/configuration", width=width, height=height, theme=theme)
    file = tmp_path / f"{name}.json"
    file.write_text(written())
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_role("heading", name="What this file changes")).to_be_visible()
    expect(page.get_by_text(counted).first).to_be_visible()
    assert_in_order(page)
    shoot(page, f"configuration-{name}-{theme}")
