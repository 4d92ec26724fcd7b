"""What a model may be called."""

import pytest

from portal.domain.language_models import Draft, asked_fault, faults_of

KEY = "sk-0123456789abcdef0123456789"


@pytest.mark.parametrize("field", ["wire_name", "name", "display_name", "description"])
@pytest.mark.parametrize("key", [KEY, f"see-{'x'}:{KEY}"])
def test_a_key_is_no_name_and_never_repeated(field: str, key: str) -> None:
    faults = faults_of(Draft(**({"wire_name": "gpt-5.2"} | {field: key})))
    assert "key" in faults[field]
    assert KEY not in str(faults)


@pytest.mark.parametrize("name", ["..", ".", "../../evil", "a/../b", "a/./b", "..\\b", "models/.."])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    assert "only dots" in faults_of(Draft(name))["wire_name"]
    assert "only dots" in faults_of(Draft("m", name=name))["name"]
    assert asked_fault(name)


@pytest.mark.parametrize("name", ["gpt-5.2", "a/b.c", "...", "v1..2", "org/.hidden", "qwen3:30b", "a//b"])
def test_other_dots_are_fine(name: str) -> None:
    assert faults_of(Draft(name)) == {}
    assert asked_fault(name) == ""


def test_a_display_name_shows_all_that_it_holds() -> None:
    assert "U+202E" in faults_of(Draft("m", display_name="abc\u202edef"))["display_name"]
    assert faults_of(Draft("m", display_name="👩‍💻 for code")) == {}
