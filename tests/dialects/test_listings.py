"""What one row of a listing says of its model."""

from datetime import date
from decimal import Decimal

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


def test_a_row_of_litellm_tells_limits_prices_abilities_and_whether_it_chats():
    row = {
        "id": "acme/large",
        "mode": "chat",
        "max_input_tokens": 200_000,
        "max_output_tokens": 64_000,
        "max_tokens": 1,
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": "0.000015",
        "cache_creation_input_token_cost_above_1hr": "0.000006",
        "supports_vision": True,
        "supports_function_calling": False,
        "deprecation_date": "2027-05-01",
    }
    listing = read_listing(endpoint("openai_compatible"), row["id"], row)
    assert (listing.context_limit, listing.output_limit, listing.chat) == (200_000, 64_000, True)
    assert listing.prices == {"input": Decimal(3), "output": Decimal(15), "cache_write_long": Decimal(6)}
    assert listing.abilities == {"vision": True, "tools": False}
    assert (listing.retires_on, listing.retired) == (date(2027, 5, 1), False)


@pytest.mark.parametrize("mode", ["embedding", "image_generation", "audio_speech", "audio_transcription", "rerank"])
def test_a_mode_that_is_not_a_chat_is_told(mode):
    assert read_listing(endpoint("openai_compatible"), "acme/x", {"id": "acme/x", "mode": mode}).chat is False
    assert read_listing(endpoint("openai_compatible"), "acme/x", {"id": "acme/x", "mode": "responses"}).chat is True


def test_a_row_of_openrouter_tells_what_its_model_takes_and_gives():
    row = {
        "id": "a/b",
        "architecture": {"input_modalities": ["file", "image", "text", "smell"], "output_modalities": ["text"]},
        "supported_parameters": ["tools", "temperature"],
    }
    listing = read_listing(endpoint("openrouter"), "a/b", row)
    assert listing.modalities == ("input:text", "input:image", "input:pdf", "output:text")
    assert listing.abilities == {"vision": True, "tools": True, "reasoning": False}


@pytest.mark.parametrize("strange", [None, 7, "x", [], {}, [None, 3], {"supported": "yes"}])
def test_what_is_strange_in_a_row_says_nothing(strange):
    row = {
        "id": "m",
        "architecture": strange,
        "capabilities": strange,
        "mode": None,
        "supports_vision": strange,
        "deprecation_date": strange,
        "input_cost_per_token": strange if strange != 7 else "x",
    }
    listing = read_listing(endpoint("vllm"), "m", row)
    assert (listing.abilities, listing.modalities, listing.prices, listing.chat) == ({}, (), {}, True)
    assert listing.retires_on in (None, date(1970, 1, 1))


@pytest.mark.parametrize(
    ("wire_name", "only", "chats"),
    [
        ("o3-pro", True, True),
        ("gpt-5.5-pro-2026-10-01", True, True),
        ("o4-mini-deep-research", True, False),
        ("computer-use-preview", True, False),
        ("gpt-daybreak-dawn", True, True),
        ("gpt-5", False, True),
        ("gpt-6.2-sol", False, True),
        ("o3", False, True),
    ],
)
def test_what_answers_to_responses_only_says_so_and_chats_there(wire_name: str, only: bool, chats: bool):
    listing = read_listing(endpoint("openai"), wire_name, {"id": wire_name})
    assert (listing.responses_only, listing.chat) == (only, chats)
