"""Testing one's own key: the smallest chat with this key and no other. What comes back colours only this key."""

from uuid import UUID

from portal.domain.contexts import ROOT
from portal.domain.errors import NotFound
from portal.domain.faults import UpstreamError
from portal.domain.people import Actor
from portal.services.health import history
from portal.services.health.checks import ask_provider, subject_of
from portal.services.health.history import CheckView
from portal.services.health.recording import Finding, record
from portal.services.keys import endpoints
from portal.services.personal_keys import own_keys
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog, person
from portal.store import health as store
from portal.store import providers as stored_providers
from portal.store.base import reading

ABOUT = "personal key"


def check_own(actor: Actor, runtime: Runtime, name: str) -> CheckView:
    """Test one's own key for a provider, and record it.

    Raises `Denied` while personal keys are off, and `NotFound` without a key or where the provider serves one nothing.
    """
    user_id, provider_id = own_keys.require(actor), own_keys.offered(actor, runtime, name).id
    own_keys.must_exist(actor, provider_id)
    model = _model_within_reach(actor, runtime, provider_id)
    with reading() as session:
        provider = stored_providers.find_by_id(session, provider_id)
        if provider is None:
            raise NotFound(own_keys.NOT_HERE)
        subject = subject_of(session, provider, ABOUT, model)
    started = runtime.now()
    try:
        finding = ask_provider(runtime, subject, endpoints.resolve_personal(runtime, provider_id, user_id))
    except UpstreamError as error:
        finding = Finding(error.fault)
    return record(actor, runtime, subject, finding, started)


def read_own(actor: Actor, check_id: UUID) -> CheckView | None:
    """A test of a key of one's own; None for anybody else's, and for one that was cleared away."""
    user_id = own_keys.require(actor)
    with reading() as session:
        check = store.find(session, check_id)
        mine = check is not None and check.about == ABOUT and check.actor_id == user_id
        return history.view_of(check) if check is not None and mine else None


def _model_within_reach(actor: Actor, runtime: Runtime, provider_id: UUID) -> str:
    """The model ID to test with: the provider's default if this person reaches it, else the first; blank for none."""
    catalog = current_catalog(runtime)
    models = catalog.serving(ROOT, person(actor)).get(provider_id, ())
    default_id = catalog.providers[provider_id].default_id
    chosen = next((model for model in models if model.id == default_id), models[0] if models else None)
    return chosen.wire_name if chosen else ""
