"""Testing a provider's form as it stands, and listing the models behind it, before anything is saved."""

from dataclasses import replace

from portal.dialects.provider_types.shape import API_KEY
from portal.dialects.secret import Secret
from portal.domain.errors import NotFound
from portal.domain.faults import Category, Fault, UpstreamError, sentence
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.health.checks import ask_provider, model_to_test, with_model_behind
from portal.services.health.history import CheckView
from portal.services.health.recording import Finding, Subject, record
from portal.services.keys import credentials, endpoints, stored_endpoints
from portal.services.keys import headers as provider_headers
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.language_models import discovery
from portal.services.people import team_rights
from portal.services.providers import owners
from portal.services.providers.drafts import Draft, Prepared, prepare
from portal.services.runtime import Runtime
from portal.store import providers as stored_providers
from portal.store.base import reading
from portal.store.providers import ProviderRecord

STAYS_HOME = "A stored key is only ever sent to the address it was entered for. Enter the key again for this one."


def check_draft(actor: Actor, runtime: Runtime, draft: Draft, saved_name: str = "") -> tuple[CheckView, Prepared]:
    """Test a form as it stands, saved or not, and record it. Raises `Invalid` for fields that cannot be used.

    The stored key of `saved_name` is used only when the form's destination is the stored one.
    """
    actor.require(Permission.PROVIDER_TEST)
    provider, networks = _saved(actor, draft, saved_name)
    prepared = prepare(draft, runtime, kept_headers=provider_headers.kept_names(saved_name))
    subject = _draft_subject(prepared, provider)
    started = runtime.now()
    try:
        asked = ask_provider(runtime, subject, _open_draft(actor, runtime, prepared, provider, networks))
        finding, _ = with_model_behind(runtime, asked)
    except UpstreamError as error:
        finding = Finding(error.fault)
    return record(actor, runtime, subject, finding, started), prepared


def discover_draft(
    actor: Actor, runtime: Runtime, draft: Draft, saved_name: str = ""
) -> tuple[discovery.Discovery, Prepared]:
    """List the models behind a form as it stands. Raises `Invalid` for fields that cannot be used."""
    actor.require(Permission.PROVIDER_TEST)
    provider, networks = _saved(actor, draft, saved_name)
    prepared = prepare(draft, runtime, kept_headers=provider_headers.kept_names(saved_name))
    label = _label(prepared)
    try:
        resolved = _open_draft(actor, runtime, prepared, provider, networks)
    except UpstreamError as error:
        fault = error.fault
        return discovery.Discovery(prepared.name, label, fault=fault, sentence=sentence(fault, label)), prepared
    resolved = replace(resolved, provider_name=prepared.name, provider_label=label)
    return discovery.discover_unsaved(actor, runtime, resolved), prepared


def _open_draft(
    actor: Actor,
    runtime: Runtime,
    prepared: Prepared,
    provider: ProviderRecord | None,
    networks: tuple[str, ...] | None,
) -> ResolvedEndpoint:
    """A form's endpoint: with the typed key, else the stored one if it may go there, else the environment’s.

    It reaches the private networks of whose it is to be. The environment's key is the deployment's, not a team's.
    """
    resolved = replace(_with_key(runtime, prepared, provider), team_networks=networks)
    if actor.acts_for is not None and resolved.source == credentials.ENVIRONMENT:
        raise UpstreamError(Fault(Category.NEED_KEY, hint=stored_endpoints.PASTE_ONE))
    return resolved


def _with_key(runtime: Runtime, prepared: Prepared, provider: ProviderRecord | None) -> ResolvedEndpoint:
    if not prepared.base_url:
        raise UpstreamError(Fault(Category.NEED_URL, hint="It looks like https://llm.example.com/v1."))
    key = prepared.key
    headers = provider_headers.values_for(runtime, provider, prepared.destination_column, prepared.headers)
    if not key.text and provider is not None and provider.destination == prepared.destination_column:
        resolved = endpoints.resolve(runtime, provider.id)
        endpoint = replace(resolved.endpoint, base_url=prepared.base_url, settings=prepared.settings, headers=headers)
        return replace(resolved, endpoint=endpoint)
    try:
        secret = Secret(key.text) if key.text else None
        return endpoints.resolve_typed(
            runtime,
            prepared.type,
            prepared.base_url,
            prepared.settings,
            secret,
            headers,
            kind=key.kind if secret else API_KEY.name,
        )
    except UpstreamError as error:
        if provider is None or error.fault.category is not Category.NEED_KEY:
            raise
        raise UpstreamError(error.fault.hinted(STAYS_HOME)) from None


def _draft_subject(prepared: Prepared, provider: ProviderRecord | None) -> Subject:
    draft = prepared.draft
    model = draft.test_model.strip()
    if not model and provider is not None:
        with reading() as session:
            model = model_to_test(session, provider, draft.default_model.strip())
    return Subject(
        about="form",
        type=prepared.type,
        label=_label(prepared),
        name=provider.name if provider else prepared.name[:64],
        id=provider.id if provider else None,
        base_url=prepared.base_url,
        model=model or draft.default_model.strip() or prepared.type.example_model,
    )


def _label(prepared: Prepared) -> str:
    return prepared.label or prepared.type.label


def _saved(actor: Actor, draft: Draft, name: str) -> tuple[ProviderRecord | None, tuple[str, ...] | None]:
    """The provider whose form this is, if it is saved, and the private networks that the form may reach.

    One may only test a form that one may save.
    """
    actor.require(Permission.PROVIDER_EDIT if name else Permission.PROVIDER_CREATE)
    with reading() as session:
        provider = stored_providers.find(session, name) if name else None
        if name and provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        owner = provider.team_id if provider is not None else actor.acts_for
        team_rights.require_own(session, actor, owner)
        return provider, owners.networks_of(session, actor, draft.owner, owner)
