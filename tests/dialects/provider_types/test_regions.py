"""Regions as people spell them, and web pages pasted in place of an address."""

import pytest

from portal.dialects.input.web_pages import PAGES, page_of, settings_in_page
from portal.dialects.provider_types.regions import AMAZON, AMAZON_NAMES, GOOGLE, GOOGLE_NAMES, spell
from portal.dialects.provider_types.table import TYPES, host_owner


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("us-east-1", "us-east-1"),
        ("US-EAST-1", "us-east-1"),
        ("us-east1", "us-east-1"),
        ("useast1", "us-east-1"),
        ("us_east_1", "us-east-1"),
        ("us-east-1a", "us-east-1"),
        ("US East (N. Virginia)", "us-east-1"),
        ("Europe (Frankfurt)", "eu-central-1"),
        ("frankfurt", "eu-central-1"),
        ("eu-central-4", "eu-central-4"),  # there will be more
    ],
)
def test_a_region_is_written_as_its_vendor_spells_it(typed: str, meant: str) -> None:
    read = spell(typed, AMAZON, AMAZON_NAMES)
    assert (read.region, read.fault) == (meant, "")
    assert bool(read.notice) == (meant != typed.lower())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("europe-west-4", "europe-west4"),
        ("europe-west4-a", "europe-west4"),
        ("Global", "global"),
        ("Iowa", "us-central1"),
    ],
)
def test_google_spells_otherwise(typed: str, meant: str) -> None:
    assert spell(typed, GOOGLE, GOOGLE_NAMES).region == meant


def test_a_slip_is_asked_about() -> None:
    assert spell("us-eaast-1", AMAZON, AMAZON_NAMES).fault == "There is no us-eaast-1. Did you mean us-east-1?"
    assert spell("the moon", AMAZON, AMAZON_NAMES, "Enter a region.").fault == "Enter a region."


def test_pages_of_vendors_are_known_and_their_apis_are_none() -> None:
    for url in (
        "https://platform.openai.com/api-keys",
        "https://console.anthropic.com/settings/keys",
        "https://us-east-1.console.aws.amazon.com/bedrock/home",
        "https://portal.azure.com/#home",
        "https://chat.mistral.ai",
    ):
        assert page_of(url)
    for type in TYPES.values():
        address = type.base_url if "//" in type.base_url else "https://bedrock-runtime.us-east-1.amazonaws.com"
        assert host_owner(address) or page_of(address) is None
    assert {type for _, type, _ in PAGES} - {""} <= TYPES.keys()
    assert page_of("https://[") is None


def test_a_page_names_the_settings_in_its_address() -> None:
    amazon = "https://eu-central-1.console.aws.amazon.com/bedrock/home?region=eu-central-1#/overview"
    assert settings_in_page("bedrock", amazon) == {"region": "eu-central-1"}
    assert settings_in_page("openai", amazon) == {}
    google = "https://console.cloud.google.com/vertex-ai/studio?project=acme-123"
    assert settings_in_page("vertex", google) == {"project": "acme-123"}
    azure = (
        "https://portal.azure.com/#@acme.org/resource/subscriptions/0/resourceGroups/ai/providers/"
        "Microsoft.CognitiveServices/accounts/acme-openai/overview"
    )
    assert settings_in_page("azure", azure) == {"resource": "acme-openai"}
