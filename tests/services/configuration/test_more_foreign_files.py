"""Further files as people have them: what they become, and what is said of the rest."""

import json

import pytest

from portal.services.configuration import importing, kinds
from portal.services.keys import shared_keys
from portal.services.runtime import Runtime
from portal.store import providers
from portal.store.base import reading
from tests.services.configuration.portals import ADA, file
from tests.services.configuration.test_foreign_files import environment as environment
from tests.services.configuration.test_foreign_files import given, held, said
from tests.services.configuration.test_foreign_files import settings as settings
from tests.upstream.google import account


def imported(runtime: Runtime, name: str) -> tuple[importing.Plan, dict]:
    plan = importing.apply(ADA, runtime, given(name), leave_out=True)
    return plan, held(runtime)


def models_of(found: dict) -> dict[str, dict]:
    return {f"{one['provider']}:{one['name']}": one for one in found["models"]}


def kinds_of_keys(name: str) -> list[str]:
    with reading() as session:
        return [row.kind for row in shared_keys.keys_of(session, providers.find(session, name).id)]


def test_continue_with_anchors_merge_keys_pictures_and_free_models(runtime: Runtime):
    plan, found = imported(runtime, "continue.yaml")
    assert said(plan.faults).keys() == {"models[10].apiBase", "models[11].provider"}
    left = said(plan.left_out)
    assert "from this file already" in left["models[4]"]
    assert "Discover" in left["models[7].model"]
    assert "only rank" in left["models[6]"]
    assert "hub" in left["models[9].uses"]
    assert "profile" in left["models[8].env.profile"]
    assert left["models[1].defaultCompletionOptions.stop"] == "No such option here."
    models = models_of(found)
    free = models["openrouter:deepseek/deepseek-r1:free"]
    assert (free["display_name"], free["options"]) == (
        "🧠 R1 (free)",
        {"temperature": 0.3, "max_output_tokens": 4096},
    )
    assert "tools" in free["capabilities"]
    small = models["openrouter:mistralai/devstral-small:free"]
    assert (small["context_limit"], small["options"]["top_p"]) == (65536, 0.9), "what stands beside a merge key wins"
    assert not models["llm:bge-m3"]["chats"]
    assert found["providers"]["openrouter"]["keys"] == [{"environment": "OPENROUTER_API_KEY"}]
    rack = found["providers"]["llm"]
    assert (rack["base_url"], rack["read_timeout"]) == ("http://llm.example.org:8001/v1", 3600)
    assert rack["headers"] == [{"name": "X-Tenant", "value": "blue"}]
    assert rack["keys"] == [{"environment": "RACK_KEY"}]
    assert found["providers"]["bedrock"]["settings"]["region"] == "eu-central-1"
    assert kinds_of_keys("bedrock") == ["aws"]


def test_open_webuis_addresses_and_keys_are_paired_by_their_places(runtime: Runtime):
    plan, found = imported(runtime, "open_webui.env")
    assert plan.faults == ()
    addresses = {name: one["base_url"] for name, one in found["providers"].items()}
    assert addresses == {
        "openai": "https://api.openai.com/v1",
        "llm": "http://llm.example.org:8001/v1",
        "groq": "https://api.groq.com/openai/v1",
        "late": "https://late.example.org/v1",
        "ollama": "http://one.example.org:11434/v1",
        "ollama-2": "http://two.example.org:11434/v1",
    }
    assert {name: one["type"] for name, one in found["providers"].items()}["groq"] == "groq"
    assert kinds_of_keys("openai") == kinds_of_keys("groq") == ["key"]
    assert kinds_of_keys("late") == []
    assert found["providers"]["llm"]["keys"] == [{"environment": "RACK_KEY"}]
    left = said(plan.left_out)
    assert "no key stands in its place" in left["OPENAI_API_BASE_URLS[4]"]
    assert "not its provider" in left["DEFAULT_MODELS"]
    assert "WEBUI_SECRET_KEY" in left


def test_open_webui_in_a_compose_file(runtime: Runtime):
    plan, found = imported(runtime, "open_webui_compose.yaml")
    assert said(plan.faults).keys() == {"OLLAMA_BASE_URL"}
    llm = found["providers"]["llm"]
    assert (llm["base_url"], llm["enabled"], llm["keys"]) == (
        "https://llm.example.org",
        False,
        [{"environment": "RACK_KEY"}],
    )
    plan, found = imported(runtime, "open_webui_mapping.yaml")
    assert said(plan.faults).keys() == {"services.chat.environment.OPENAI_API_BASE_URLS[2]"}
    assert "No address" in said(plan.left_out)["services.chat.environment.OPENAI_API_KEYS[3]"]
    assert found["providers"]["a"]["base_url"] == "https://a.example.org/v1"


@pytest.mark.parametrize(
    ("text", "providers"),
    [
        ("OPENAI_API_KEYS=sk-proj-inventedinvented0021\n", ["openai"]),
        ("OPENAI_API_BASE_URL=\nOPENAI_API_KEY=sk-proj-inventedinvented0021\n", ["openai"]),
        ("OPENAI_API_BASE_URL=\nOPENAI_API_KEY=\n", []),
        ("OLLAMA_BASE_URL='http://localhost:11434' # here\nOPENAI_API_BASE_URLS=\n", ["ollama"]),
        ("OPENAI_API_BASE_URLS=http://a.example.org/v1;http://a.example.org/v1\nOPENAI_API_KEYS=;\n", ["a"]),
    ],
)
def test_open_webuis_shortest_files(runtime: Runtime, text: str, providers: list[str]):
    plan = importing.apply(ADA, runtime, file(text, ".env"))
    assert (plan.kind, list(held(runtime)["providers"])) == ("Open WebUI's environment", providers)


def test_litellm_all_by_reference_and_three_names_on_one_deployment(runtime: Runtime):
    plan, found = imported(runtime, "litellm_references.yaml")
    assert said(plan.faults).keys() == {"model_list[1].litellm_params.api_base"}
    left = said(plan.left_out)
    assert "AZURE_API_VERSION" in left["model_list[2].litellm_params.api_version"]
    models = models_of(found)
    names = ("gpt-4o", "gpt-4o-latest", "azure-gpt-4o")
    assert {models[f"azure-acme-llm:{name}"]["model_id"] for name in names} == {"gpt-4o-prod"}
    assert found["providers"]["azure-acme-llm"]["keys"] == [{"environment": "AZURE_OPENAI_API_KEY"}]
    (notice,) = [note.said for note in plan.notices if "OUR_CLAUDE_KEY" in note.said]
    assert "Name ANTHROPIC_API_KEY instead, or add OUR_CLAUDE_KEY to PORTAL_KEY_VARIABLES" in notice


def test_litellms_pools(runtime: Runtime):
    plan, found = imported(runtime, "litellm_pools.yaml")
    refused = said(plan.faults)
    assert refused.keys() == {"model_list[2].settings.project", "model_list[2].provider"}
    assert "project ID" in refused["model_list[2].settings.project"], "an express address names none"
    left = said(plan.left_out)
    assert "Clients name one" in left["model_list[1]"]
    for place in ("model_list[8]", "model_list[9]"):
        assert "asterisk" in left[place]
    assert "no further headers" in left["model_list[3].litellm_params.extra_headers"]
    assert "by weight" in left["model_list[1].litellm_params.weight"]
    assert "router_settings.fallbacks" in left
    models = models_of(found)
    assert (
        models["anthropic:opus"]["prices"] | {"input": "5", "cache_read": "0.5"} == models["anthropic:opus"]["prices"]
    )
    assert models["anthropic:opus-thinks"]["effort_default"] == "high"
    assert "vertex:flash" not in models
    assert models["google:flash"]["model_id"] == "gemini-2.5-flash"
    assert not models["openai:pictures"]["chats"]
    regions = [one["settings"]["region"] for one in found["providers"].values() if one["type"] == "bedrock"]
    assert regions == ["eu-central-1", "us-east-1"]


@pytest.mark.parametrize(
    "text", ["model_list: []\n", "model_list:\n", "litellm_settings: ~\n", "router_settings: {timeout: 6000}\n"]
)
def test_litellm_with_nearly_nothing(runtime: Runtime, text: str):
    plan = importing.apply(ADA, runtime, file(text))
    assert (plan.kind, plan.nothing, plan.faults) == ("LiteLLM config.yaml", True, ())


def test_librechats_six_providers_of_one_address(runtime: Runtime):
    plan, found = imported(runtime, "librechat_six.yaml")
    assert plan.faults == ()
    assert len(found["providers"]) == 6
    assert {one["base_url"] for one in found["providers"].values()} == {"https://inference.example.org/v1"}
    assert found["providers"]["openai-digitalocean"]["label"] == "OpenAI (DigitalOcean)"
    assert found["default"] == "alibaba-digitalocean:alibaba-qwen3-32b"
    left = said(plan.left_out)
    assert "endpoints.custom[6].disableStreaming" in left
    assert "does not define" in left["modelSpecs.list[2]"]


def test_a_private_key_with_its_line_breaks_in_letters(runtime: Runtime):
    key = account().private_key.replace("\n", "\\n")
    parts = {"clientEmail": account().client_email, "privateKey": key}
    vertex = {"type": "vertex", "project": "acme-models", "location": "europe-west4", "credentials": parts}
    plan = importing.apply(ADA, runtime, file(json.dumps({"PROVIDERS": {"Vertex_EU": vertex}}), "p.json"))
    assert plan.faults == ()
    assert kinds_of_keys("vertex-eu") == ["service_account"]


@pytest.mark.parametrize(
    "name", ["continue.yaml", "open_webui.env", "litellm_pools.yaml", "librechat_six.yaml", "opencode.json"]
)
def test_nothing_of_a_file_goes_without_a_word(runtime: Runtime, name: str):
    """Each provider, model and note of a file has a place in it: nobody has to guess what is spoken of."""
    document = kinds.read(given(name))
    notes = [*document.left_out, *document.faults, *document.notices]
    assert all(one.place and one.said.endswith((".", "…")) for one in notes)
    assert all(one.place for one in (*document.providers, *document.models))
