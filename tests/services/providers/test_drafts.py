"""Forms as people fill them: what is taken apart, what is corrected with a word, what is refused beside its field."""

import pytest
from flask import Flask

from portal.domain.errors import Denied, Invalid
from portal.services.providers.drafts import Draft, Misplaced, prepare, read_over
from portal.services.runtime import Runtime
from tests.conftest import Actors
from tests.upstream.google import account

pytestmark = pytest.mark.usefixtures("app")
DEPLOYMENT = "https://acme-openai.openai.azure.com/openai/deployments/chat-4o/chat/completions?api-version=2024-10-21"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def faults(runtime: Runtime, **typed: object) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        prepare(Draft(**typed), runtime, saving=True)
    return caught.value.faults


def test_a_deployments_address_is_taken_apart(runtime: Runtime) -> None:
    read = prepare(Draft("azure", base_url=DEPLOYMENT, key="0123456789abcdef0123456789abcdef"), runtime, saving=True)
    assert read.base_url == "https://acme-openai.openai.azure.com"
    assert read.settings == {"resource": "acme-openai", "api_version": "2024-10-21"}
    assert (read.model, read.draft.test_model) == ("chat-4o", "chat-4o")
    assert {about for about, _ in read.remarks} == {"base_url"}
    assert any("deployment chat-4o" in notice for notice in read.notices)


def test_what_is_typed_goes_before_what_the_address_tells(runtime: Runtime) -> None:
    typed = {"api_version": "2024-06-01"}
    read = prepare(Draft("azure", base_url=DEPLOYMENT, settings=typed, key="k" * 32, test_model="mine"), runtime)
    assert read.settings["api_version"] == "2024-06-01"
    assert read.draft.test_model == "mine"


@pytest.mark.parametrize(
    ("type", "typed", "url"),
    [
        ("azure", {"resource": "acme-openai"}, "https://acme-openai.openai.azure.com"),
        ("bedrock", {"region": "eu-central-1"}, "https://bedrock-runtime.eu-central-1.amazonaws.com"),
        ("vertex", {"project": "acme-123", "location": "eu"}, "https://aiplatform.eu.rep.googleapis.com/v1"),
        ("vertex", {"project": "acme-123"}, "https://aiplatform.googleapis.com/v1"),
    ],
)
def test_an_address_follows_from_its_setting(runtime: Runtime, type: str, typed: dict[str, str], url: str) -> None:
    assert prepare(Draft(type, settings=typed), runtime, saving=True).base_url == url


def test_a_place_is_mended_with_a_word_or_asked_about(runtime: Runtime) -> None:
    read = prepare(Draft("bedrock", settings={"region": "us-east1"}), runtime, saving=True)
    assert (read.settings["region"], read.remarks[0][0]) == ("us-east-1", "setting_region")
    assert "Wrote us-east-1" in read.notices[0]
    said = faults(runtime, type="bedrock", settings={"region": "us-eaast-1"})
    assert said["setting_region"] == "There is no us-eaast-1. Did you mean us-east-1?"


def test_a_console_tells_region_and_project(runtime: Runtime) -> None:
    page = "https://eu-west-1.console.aws.amazon.com/bedrock/home?region=eu-west-1#/"
    read = prepare(Draft("bedrock", base_url=page), runtime, saving=True)
    assert (read.settings, read.base_url) == (
        {"region": "eu-west-1"},
        "https://bedrock-runtime.eu-west-1.amazonaws.com",
    )
    read = prepare(Draft("vertex", base_url="https://console.cloud.google.com/vertex-ai?project=acme-123"), runtime)
    assert read.settings == {"project": "acme-123"}


def test_every_missing_setting_has_its_own_sentence(runtime: Runtime) -> None:
    assert faults(runtime, type="bedrock", base_url="https://vpce-1.example.org") == {
        "setting_region": "Enter the region, as us-east-1."
    }
    assert "setting_project" in faults(runtime, type="vertex", key_kind="service_account")
    assert prepare(Draft("vertex", key_kind="key", key="AQ.0123456789"), runtime, saving=True).settings == {}


def test_an_account_tells_its_project_unless_one_is_typed(runtime: Runtime) -> None:
    file = {"private_key": account().file}
    read = prepare(Draft("vertex", key_kind="service_account", key_parts=file), runtime, saving=True)
    assert read.settings["project"] == "acme-123"
    assert account().client_email in read.notices[-1]
    typed = {"project": "other-456"}
    read = prepare(Draft("vertex", settings=typed, key_kind="service_account", key_parts=file), runtime, saving=True)
    assert read.settings["project"] == "other-456"


def test_a_key_of_another_vendor_is_refused_at_home_and_doubted_elsewhere(runtime: Runtime) -> None:
    key = "sk-ant-api03-0123456789"
    with pytest.raises(Misplaced) as caught:
        prepare(Draft("openai", base_url="https://api.openai.com/v1", key=key), runtime)
    assert (caught.value.switch_to, set(caught.value.faults)) == ("anthropic", {"key"})
    read = prepare(Draft("openai", base_url="https://gateway.example.org/v1", key=key), runtime)
    assert (read.key.text, read.switch_to) == (key, "anthropic")
    assert "Anthropic" in read.key.doubt


def test_an_azure_address_in_an_openai_provider_names_the_type_to_switch_to(runtime: Runtime) -> None:
    with pytest.raises(Misplaced) as caught:
        prepare(Draft("openai", base_url=DEPLOYMENT), runtime)
    assert caught.value.switch_to == "azure"


def test_the_portals_own_address_is_refused(runtime: Runtime) -> None:
    for host in ("127.0.0.1", "localhost", "127.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "LOCALHOST."):
        address = f"http://{host}:{runtime.settings.port}/v1"
        assert "portal’s own address" in faults(runtime, type="openai_compatible", base_url=address)["base_url"]


def test_the_parts_of_an_access_key_become_one_secret(runtime: Runtime) -> None:
    parts = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": SECRET}
    draft = Draft("bedrock", settings={"region": "us-east-1"}, key_kind="aws", key_parts=parts)
    read = prepare(draft, runtime, saving=True)
    assert (read.key.kind, SECRET in read.key.text) == ("aws", True)
    assert SECRET not in repr(read)
    assert SECRET not in repr(draft)


def test_while_a_form_is_filled_in_nothing_is_said_of_what_is_blank(runtime: Runtime) -> None:
    read = read_over(Actors.otto, runtime, Draft("bedrock"), new=True)
    assert (read.base_url, read.settings) == ("", {})
    with pytest.raises(Invalid):
        read_over(Actors.otto, runtime, Draft("bedrock", settings={"region": "us-eaast-1"}), new=True)
    with pytest.raises(Denied):
        read_over(Actors.uma, runtime, Draft("bedrock"), new=True)


def test_an_unknown_type_is_a_fault_of_its_field(runtime: Runtime, app: Flask) -> None:
    assert faults(runtime, type="nonsense") == {"type": "Choose a type of provider."}
