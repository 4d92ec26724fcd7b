"""Names that do not tell their model, as the ARN of an inference profile: the provider is asked, its word counts."""

import pytest
from flask import Flask

from portal.domain.language_models import ASSUMED_CONTEXT, Draft
from portal.services.health import checks
from portal.services.language_models import discovery, publishing
from portal.services.language_models.view import LanguageModelView
from portal.services.providers import draft_checks
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft as ProviderDraft
from portal.services.runtime import Runtime
from portal.store import providers as stored_providers
from portal.store.base import reading
from tests.conftest import Actors, Client
from tests.upstream import Upstream
from tests.upstream.scripted import ACCESS_KEY

ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"
CLAUDE = "anthropic.claude-sonnet-4-6"
NOVA = "amazon.nova-lite-v1:0"


def form(up: Upstream, **changes: object) -> ProviderDraft:
    parts = {"access_key_id": ACCESS_KEY[0], "secret_access_key": ACCESS_KEY[1]}
    told = {"name": "aws", "base_url": up.origin, "settings": {"region": "us-east-1"}, "key_kind": "aws"}
    return ProviderDraft("bedrock", **(told | {"key_parts": parts} | changes))  # type: ignore[arg-type]


def connected(runtime: Runtime, up: Upstream) -> LanguageModelView:
    provider_registry.register(Actors.ada, runtime, form(up), [])
    return publishing.publish(Actors.ada, runtime, "aws", Draft(ARN), typed=())


def asked_about(up: Upstream) -> list[str]:
    return [request.target for request in up.requests if request.target.startswith("/inference-profiles/")]


def test_a_test_asks_which_model_it_is_and_the_model_gets_what_is_known_of_that_one(
    app: Flask, runtime: Runtime, ada: Client
) -> None:
    with Upstream.bedrock(access_key=ACCESS_KEY, models=[NOVA], own={ARN: CLAUDE}) as up:
        before = connected(runtime, up)
        assert before.context_limit == ASSUMED_CONTEXT
        ada.get("/models")
        ada.get(f"/models/{before.id}/edit")
        assert asked_about(up) == [], "no page calls a provider"
        check = checks.check_saved(Actors.ada, runtime, "aws", model=ARN)
        assert (check.outcome, len(asked_about(up))) == ("ok", 1)
        assert f"Its provider says that {CLAUDE} stands behind this profile." in check.notes
    after = publishing.read(Actors.ada, runtime, before.id)
    assert (after.context_limit, after.sources["context_limit"]) == (1_000_000, "models-dev")
    assert after.wire_name == ARN
    assert "not known" not in ada.get("/models").text


def test_a_form_that_is_not_saved_says_it_too(app: Flask, runtime: Runtime) -> None:
    with Upstream.bedrock(access_key=ACCESS_KEY, models=[NOVA], own={ARN: CLAUDE}) as up:
        check, _ = draft_checks.check_draft(Actors.ada, runtime, form(up, test_model=ARN))
    assert check.outcome == "ok"
    assert any(CLAUDE in note for note in check.notes)


def test_a_refusal_of_that_question_is_said_and_fails_nothing(app: Flask, runtime: Runtime) -> None:
    with Upstream.bedrock(access_key=ACCESS_KEY, models=[NOVA], own={ARN: CLAUDE}, may_ask=False) as up:
        model = connected(runtime, up)
        check = checks.check_saved(Actors.ada, runtime, "aws", model=ARN)
    assert check.outcome == "ok"
    assert any("did not say" in note and "bedrock:GetInferenceProfile" in note for note in check.notes)
    assert publishing.read(Actors.ada, runtime, model.id).context_limit == ASSUMED_CONTEXT


@pytest.mark.parametrize("name", [NOVA, f"us.{CLAUDE}"])
def test_a_name_that_tells_its_model_is_not_asked_about(app: Flask, runtime: Runtime, name: str) -> None:
    with Upstream.bedrock(access_key=ACCESS_KEY, models=[NOVA], profiles=[f"us.{CLAUDE}"]) as up:
        connected(runtime, up)
        assert checks.check_saved(Actors.ada, runtime, "aws", model=name).outcome == "ok"
        assert asked_about(up) == []


def test_a_discovery_lists_the_profiles_of_the_account_with_what_is_known_of_their_models(
    app: Flask, runtime: Runtime
) -> None:
    with Upstream.bedrock(access_key=ACCESS_KEY, models=[NOVA], own={ARN: CLAUDE}) as up:
        connected(runtime, up)
        with reading() as session:
            provider = stored_providers.find(session, "aws")
            assert provider is not None
        found = discovery.discover(Actors.ada, runtime, provider.id)
        (row,) = [row for row in found.rows if row.wire_name == ARN]
        assert (row.state.value, row.display_name, row.context_limit) == ("published", "for-the-helpdesk", 1_000_000)
        assert (row.limit_from, found.refreshed) == ("models-dev", 1)
        # What may not be listed is not told as gone.
        up.handler.own, up.handler.may_list = {}, True
        again = discovery.discover(Actors.ada, runtime, provider.id)
        assert again.count("gone") == 0
