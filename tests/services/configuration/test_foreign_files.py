"""Configurations of other programs: what each becomes, what is named, and no key anywhere that is read."""

from pathlib import Path

import pytest
from sqlalchemy import select

from portal.domain.errors import Invalid
from portal.services.configuration import importing, kinds
from portal.services.configuration.exporting import collect
from portal.services.configuration.files import GivenFile
from portal.services.configuration.kinds.page import page
from portal.services.keys import shared_keys
from portal.services.keys.endpoints import resolve
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store import providers
from portal.store.base import reading
from portal.store.shared_keys import SharedKeyRecord
from tests.services.configuration.portals import ADA, file

FILES = Path(__file__).parent / "files"
NAMES = sorted(path.name for path in FILES.iterdir())


def given(name: str) -> GivenFile:
    return GivenFile(name, (FILES / name).read_bytes())


def held(runtime: Runtime) -> dict:
    with reading() as session:
        return collect(session, runtime)


def said(notes: tuple) -> dict[str, str]:
    return {note.place: note.said for note in notes}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(
        data_dir=settings.data_dir,
        database_url=settings.database_url,
        secret_key=settings.secret_key,
        master_key=settings.master_key,
        key_variables=("DO_KEY", "RACK_KEY"),
    )


@pytest.fixture
def environment() -> dict[str, str]:
    return {"DO_KEY": "do-inventedinvented0009", "SECRET_OF_THE_SERVER": "never"}


@pytest.mark.parametrize("name", NAMES)
def test_each_kind_is_read_in_and_a_second_time_changes_nothing(runtime: Runtime, name: str):
    plan = importing.rehearse(ADA, runtime, given(name))
    assert held(runtime)["providers"] == {}
    if plan.faults:
        with pytest.raises(Invalid):
            importing.apply(ADA, runtime, given(name))
        assert held(runtime)["providers"] == {}
    done = importing.apply(ADA, runtime, given(name), leave_out=True)
    assert done.changes == plan.changes
    again = importing.apply(ADA, runtime, given(name), leave_out=True)
    assert [told.said for told in again.changes] == []
    assert again.faults == plan.faults


@pytest.mark.parametrize("name", NAMES)
def test_no_key_of_a_file_is_in_its_plan_or_in_an_export(runtime: Runtime, name: str):
    plan = importing.apply(ADA, runtime, given(name), leave_out=True)
    shown = repr(plan) + repr(held(runtime)) + repr(kinds.read(given(name)).providers[:0])
    assert "invented" not in shown.lower()
    assert "0123456789abcdef" not in shown


def test_the_seeds_documents_with_all_their_keys(runtime: Runtime):
    plan = importing.apply(ADA, runtime, given("seeds.json"), leave_out=True)
    assert said(plan.faults).keys() == {"PROVIDERS.odd", "MODELS[4]"}
    found = held(runtime)
    assert {name: one["type"] for name, one in found["providers"].items()} == {
        "bedrock-eu": "bedrock",
        "claude": "anthropic",
        "my-openai": "openai",
        "rack": "openai_compatible",
        "studio": "google",
        "team-azure": "azure",
        "vertex": "vertex",
    }
    assert found["providers"]["my-openai"]["label"] == "My_OpenAI"
    assert found["providers"]["rack"]["headers"] == [
        {"name": "X-Tenant", "value": "blue"},
        {"name": "X-Api-Token", "secret": True},
    ]
    with reading() as session:
        kept = {
            one.name: [row.kind for row in shared_keys.keys_of(session, one.id)] for one in providers.living(session)
        }
        texts = session.scalars(select(SharedKeyRecord.encrypted)).all()
    assert kept["my-openai"] == ["key", "key"]
    assert kept["bedrock-eu"] == ["aws"]
    assert not any("invented" in text for text in texts)
    mini, sonnet, _ = found["models"]
    assert (mini["features"], mini["recommended"]) == (["conversations", "actions.fix-grammar"], True)
    assert sonnet["limits"] == {"max_files": 5, "max_pdf_pages": 20}
    assert "reasoning" in sonnet["capabilities"]


def test_litellms_deployments(runtime: Runtime):
    plan = importing.apply(ADA, runtime, given("litellm.yaml"), leave_out=True)
    assert said(plan.faults).keys() == {"model_list[5].litellm_params.api_base", "model_list[9].litellm_params.model"}
    left = said(plan.left_out)
    assert "Clients name one" in left["model_list[2]"]
    assert "further key" in left["model_list[4]"]
    assert "many models" in left["model_list[7]"]
    notices = [note.said for note in plan.notices]
    assert any("ACME_AZURE_KEY may not hold" in one and "PORTAL_KEY_VARIABLES" in one for one in notices)
    found = held(runtime)
    models = {f"{one['provider']}:{one['name']}": one for one in found["models"]}
    assert models["openai:gpt-5"]["prices"]["input"] == "1.25"
    assert models["openai:gpt-5"]["prices"]["output"] == "10"
    assert models["openai:gpt-5"]["context_limit"] == 272_000
    assert models["azure-acme-llm:gpt-5"]["model_id"] == "gpt-5-prod"
    assert not models["openai:embed"]["chats"]
    assert models["ollama:local"]["aliases"] == ["small"]
    assert found["providers"]["openai"]["keys"] == [{"environment": "OPENAI_API_KEY"}], "a reference stays one"
    assert found["providers"]["openai"]["read_timeout"] == 3600


def test_librechats_endpoints(runtime: Runtime):
    plan = importing.apply(ADA, runtime, given("librechat.yaml"), leave_out=True)
    assert said(plan.faults).keys() == {"endpoints.custom[3].baseURL"}
    left = said(plan.left_out)
    assert "does not define" in left["modelSpecs.list[2]"]
    assert "own" in left["endpoints.custom[2].apiKey"]
    assert "endpoints.custom[1].headers.X-User" in left
    found = held(runtime)
    assert found["providers"]["openai-digitalocean"]["keys"] == [{"environment": "DO_KEY"}]
    assert found["providers"]["openai-digitalocean"]["base_url"] == "https://inference.example.org/v1"
    assert found["default"] == "groq:llama-3.1-8b-instant"
    assert found["overrides"]["title_generation"]["model"] == "openai-digitalocean:llama3.3-70b"
    assert found["providers"]["east"]["settings"] == {"resource": "acme-east", "api_version": "2024-10-21"}


def test_opencode_and_codex(runtime: Runtime):
    plan = importing.apply(ADA, runtime, given("opencode.json"), leave_out=True)
    assert said(plan.faults).keys() == {"provider.mystery"}
    assert held(runtime)["default"] == "rack:meta/llama-3.3"
    assert held(runtime)["models"][0]["prices"] == {"input": "0.1", "output": "0.4"}
    plan = importing.apply(ADA, runtime, given("codex.toml"))
    azure = held(runtime)["providers"]["azure"]
    assert azure["settings"]["api_version"] == "2025-04-01-preview"
    assert azure["base_url"] == "https://acme-llm.openai.azure.com"
    assert azure["keys"] == [{"environment": "AZURE_OPENAI_API_KEY"}]


def test_a_reference_leads_to_what_the_variable_holds_now_and_to_nothing_that_is_not_allowed(runtime: Runtime):
    importing.apply(ADA, runtime, given("librechat.yaml"), leave_out=True)
    with reading() as session:
        provider = providers.find(session, "openai-digitalocean")
        (row,) = shared_keys.keys_of(session, provider.id)
        stored = session.scalar(select(SharedKeyRecord.encrypted).where(SharedKeyRecord.id == row.id))
    assert "do-invented" not in stored
    resolved = resolve(runtime, provider.id)
    assert resolved.endpoint.secret.reveal() == "do-inventedinvented0009"
    assert (resolved.endpoint.key_kind, resolved.source) == ("key", "shared")
    text = "llm_portal: 1\nproviders: {x: {type: openai_compatible, base_url: 'http://h.example.org/v1', keys: %s}}"
    plan = importing.apply(ADA, runtime, file(text % "[{environment: SECRET_OF_THE_SERVER}]"))
    assert any("SECRET_OF_THE_SERVER may not hold" in note.said for note in plan.notices)
    assert held(runtime)["providers"]["x"]["keys"] == []


@pytest.mark.parametrize("text", ["hello: world\n", "just words", "[]", "", "a: [", '{"a": 1, "a": 2}'])
def test_what_is_no_configuration_is_refused_in_a_sentence(runtime: Runtime, text: str):
    with pytest.raises(Invalid) as refused:
        importing.rehearse(ADA, runtime, file(text, "x"))
    assert refused.value.sentence.endswith(".")


def test_the_page_of_documentation_is_what_the_readers_do():
    written = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == page(), "run `python -m portal.services.configuration.kinds.page > docs/configuration.md`"
