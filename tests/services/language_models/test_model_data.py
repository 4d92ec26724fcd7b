"""What is suggested for a model by its name: exact names first, then without region, date and version, else nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from portal.dialects.provider_types.table import TYPES
from portal.domain.language_models import ASSUMED_CONTEXT
from portal.services.language_models.model_data import UNPRICED, VENDORS, draft_of, facts_of


def test_an_exact_name_tells_limits_and_prices_in_decimals() -> None:
    found = facts_of("openai", "gpt-4o")
    assert found is not None
    assert (found.context, found.output) == (128_000, 16_384)
    assert found.prices == {"input": Decimal("2.5"), "output": Decimal(10), "cache_read": Decimal("1.25")}
    assert all(isinstance(price, Decimal) for price in found.prices.values())


def test_prices_are_exact() -> None:
    found = facts_of("openai", "gpt-4o-mini")
    assert found is not None
    assert str(found.prices["input"]) == "0.15"


@pytest.mark.parametrize(
    ("type", "wire_name", "like"),
    [
        ("openai", "gpt-4.1-2025-04-14", "gpt-4.1"),
        ("openai", "ft:gpt-4.1", "gpt-4.1"),
        ("vertex", "claude-opus-4-6", "claude-opus-4-6@default"),
        ("vertex", "publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("google", "models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("bedrock", "us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("bedrock", "apac.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("openai", "GPT-4o", "gpt-4o"),
    ],
)
def test_region_date_and_version_are_taken_off_a_name_that_is_not_there(type: str, wire_name: str, like: str) -> None:
    exact, found = facts_of(type, like), facts_of(type, wire_name)
    assert exact is not None
    assert found is not None
    assert found == replace(exact, exact=wire_name.lower() == like)


@pytest.mark.parametrize(
    "wire_name", ["my-gpt-deployment", "gpt", "gpt-4-0613-preview", "gpt-4o-super", "", "-v1:0", "20250101", "global."]
)
def test_nothing_is_guessed_from_a_name_that_is_merely_alike(wire_name: str) -> None:
    assert facts_of("openai", wire_name) is None


def test_on_ones_own_machines_nothing_has_a_price() -> None:
    found = facts_of("openai_compatible", "gpt-4o")
    assert found is not None
    assert (found.context, dict(found.prices)) == (128_000, {})


def test_every_type_with_a_price_list_is_known() -> None:
    assert VENDORS.keys() | UNPRICED.keys() <= TYPES.keys()
    for type in VENDORS:
        assert any(facts_of(type, name) for name in TYPES[type].default_models) or type in (
            "azure",
            "openai",
            "anthropic",
        )
    assert facts_of("demo", "demo-small") is None
    assert facts_of("no-such-type", "gpt-4o") is None


def test_a_name_alone_becomes_a_draft_with_all_that_is_known() -> None:
    known = draft_of("openai", "gpt-4o-mini")
    assert (known.context_limit, known.prices["input"], known.prices["output"]) == (128_000, "0.15", "0.6")
    unknown = draft_of("vllm", "our-own")
    assert (unknown.context_limit, unknown.prices) == (ASSUMED_CONTEXT, {})
