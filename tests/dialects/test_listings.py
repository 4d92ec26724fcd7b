"""What one row of a listing says of its model."""

import pytest

from portal.dialects.listings import read_listing
from tests.dialects.recordings import endpoint


@pytest.mark.parametrize(
    ("type", "row", "retired"),
    [
        ("openai", {"id": "gpt-4.1-mini"}, False),
        ("openai", {"id": "gpt-4.1-mini", "shutdown_date": None}, False),
        ("openai", {"id": "gpt-4.1-mini", "shutdown_date": "2027-01-31"}, True),
        ("openai", {"id": "gpt-4.1-mini", "shutdown_date": 1_801_000_000}, True),
        ("mistral", {"id": "mistral-small-2503", "deprecation": None}, False),
        ("mistral", {"id": "mistral-small-2503", "deprecation": "2026-11-30T12:00:00Z"}, True),
        ("mistral", {"id": "mistral-small-2503", "deprecation": False}, False),
        ("azure", {"id": "gpt-4o", "deprecation": {"inference": 1_900_000_000}}, False),  # each of its models has one
        ("azure", {"id": "gpt-4o", "lifecycle_status": "deprecated"}, True),
        ("groq", {"id": "gemma", "active": False}, True),
        ("groq", {"id": "gemma", "active": True}, False),
    ],
)
def test_a_model_whose_end_is_dated_goes_soon(type, row, retired):
    assert read_listing(endpoint(type), row["id"], row).retired is retired


@pytest.mark.parametrize(
    ("wire_name", "only"),
    [
        ("o3-pro", True),
        ("gpt-5.5-pro-2026-10-01", True),
        ("o4-mini-deep-research", True),
        ("gpt-daybreak-dawn", True),
        ("gpt-5", False),
        ("gpt-6.2-sol", False),
        ("o3", False),
    ],
)
def test_what_answers_to_responses_only_says_so(wire_name: str, only: bool):
    listing = read_listing(endpoint("openai"), wire_name, {"id": wire_name})
    assert (listing.responses_only, listing.chat) == (only, not only)
