"""Testing connections: the smallest possible chat, or the list of models, asked for by somebody or by the schedule."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from portal.dialects.base import Limits
from portal.dialects.provider_types.table import TYPES
from portal.domain.errors import Invalid, NotFound
from portal.domain.faults import Category, Fault, UpstreamError, sentence
from portal.domain.language_models import asked_fault
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.schedule import Probe
from portal.services.health.history import CheckView
from portal.services.health.listing_probe import probe_listing
from portal.services.health.recording import Finding, Subject, record
from portal.services.health.timing import Timed
from portal.services.keys import cooldown as key_cooldown
from portal.services.keys import endpoints
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.language_models import refreshing
from portal.services.language_models.prefilling import BASED_ON
from portal.services.runtime import Runtime
from portal.services.upstream import probing
from portal.services.upstream.behind import model_behind
from portal.store import language_models as stored_models
from portal.store import providers as stored_providers
from portal.store.base import Session, reading
from portal.store.providers import ProviderRecord

PATIENCE = Limits(connect=5, read=15, total=15)
"""A person waits for a test."""

NO_LISTING = "This kind of provider does not list its models. Let the checks ask a model for one token instead."

TRIED_BEFORE = "Before that, the key {}: {}"


def check_saved(
    actor: Actor,
    runtime: Runtime,
    name: str,
    *,
    model: str = "",
    about: str = "provider",
    key_id: UUID | None = None,
    patience: Limits = PATIENCE,
    probe: Probe = Probe.PING,
) -> CheckView:
    """Test a saved provider with its own key, and record it. `about` is provider, key or model."""
    actor.require(Permission.PROVIDER_TEST)
    if model and (fault := asked_fault(model)):
        raise Invalid({"test_model": fault})
    with reading() as session:
        provider = stored_providers.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        subject = subject_of(session, provider, about, model if probe is Probe.PING else "")
    started = runtime.now()
    finding, behind = with_model_behind(runtime, run(runtime, subject, probe=probe, key_id=key_id, patience=patience))
    check = record(actor, runtime, subject, finding, started)
    if behind and subject.id is not None:
        refreshing.refresh(actor, runtime, subject.id, {finding.model: {BASED_ON: behind}})
    return check


def with_model_behind(runtime: Runtime, finding: Finding) -> tuple[Finding, str]:
    """A test that passed, with what the provider says of the model behind the name that was asked; "" for nothing."""
    resolved = finding.resolved
    if finding.fault is not None or resolved is None or finding.lists:
        return finding, ""
    behind = model_behind(resolved.way_out(runtime), resolved.endpoint, resolved.destination, finding.model)
    return (replace(finding, notes=(*finding.notes, behind.note)) if behind.note else finding), behind.model


def run(
    runtime: Runtime,
    subject: Subject,
    *,
    probe: Probe = Probe.PING,
    key_id: UUID | None = None,
    patience: Limits = PATIENCE,
) -> Finding:
    """Check a saved provider, and write nothing down."""
    if subject.id is None:
        raise ValueError("a provider that is not saved has no endpoint")
    tried: list[str] = []

    def ask(resolved: ResolvedEndpoint) -> tuple[Finding, Fault | None]:
        found = ask_provider(runtime, subject, resolved, patience, probe)
        tried.append(TRIED_BEFORE.format(resolved.fingerprint, sentence(found.fault, subject.label)))
        return found, found.fault

    listing, model = probe is Probe.LIST, subject.model if probe is Probe.PING else ""
    try:
        if key_id is not None:
            return _ask_alone(runtime, endpoints.resolve(runtime, subject.id, key_id=key_id, model=model), ask)
        # As a chat would: a key that is refused leaves the question to the next of its pool.
        proves = probe is Probe.PING or subject.type.check_proves_key
        _, finding = key_cooldown.through(runtime, subject.id, ask, proves=proves, listing=listing, model=model)
    except UpstreamError as error:
        if error.fault.category is not Category.RATE_LIMIT:
            return Finding(error.fault, probe=probe)
        # Chats wait until the provider takes something again; a test is there to find out.
        return _ask_alone(runtime, endpoints.resolve(runtime, subject.id, model=model), ask)
    return replace(finding, notes=(*tried[:-1], *finding.notes))


def _ask_alone(
    runtime: Runtime, resolved: ResolvedEndpoint, ask: Callable[[ResolvedEndpoint], tuple[Finding, Fault | None]]
) -> Finding:
    """Ask with one key and no other, and set its cooldown by what comes back."""
    finding, fault = ask(resolved)
    if fault is not None or finding.shows_key:
        model = "" if finding.lists else finding.model
        key_cooldown.note(runtime, resolved, fault, listing=finding.lists, model=model)
    return finding


def ask_provider(
    runtime: Runtime,
    subject: Subject,
    resolved: ResolvedEndpoint,
    patience: Limits = PATIENCE,
    probe: Probe = Probe.PING,
) -> Finding:
    """The request itself. No database connection is held meanwhile."""
    transport = Timed(resolved.way_out(runtime))
    if probe is Probe.LIST:
        listed = probe_listing(transport, resolved.endpoint, resolved.destination, patience)
        found = listed or probing.ProbeResult("failed", Fault(Category.ENDPOINT, hint=NO_LISTING))
    else:
        found = probing.probe(
            transport, resolved.endpoint, resolved.destination, subject.model, patience, resolved.way_out(runtime)
        )
    endpoints.note_use(runtime, resolved)
    return Finding(
        found.fault,
        resolved,
        found.status,
        found.latency_ms,
        found.url,
        found.reported_model,
        found.request_id,
        found.notes,
        probe,
        transport.steps,
        found.any_key,
        found.unlisted,
        subject.model,
    )


def subject_of(session: Session, provider: ProviderRecord, about: str, model: str) -> Subject:
    """What is checked of a saved provider; without a model, the one that its tests ask."""
    type = TYPES[provider.type]
    asked = model.replace("\0", "").strip()
    return Subject(
        about=about,
        type=type,
        label=provider.label,
        name=provider.name,
        id=provider.id,
        base_url=provider.base_url,
        proven_from=provider.proven_from,
        model=asked or model_to_test(session, provider, provider.default_model) or type.example_model,
    )


def model_to_test(session: Session, provider: ProviderRecord, default_model: str) -> str:
    """The model ID to test with: the provider's default model's, else the first enabled one's, else the first's."""
    models = stored_models.living_of(session, provider.id)
    named = next((model.wire_name for model in models if default_model and model.name == default_model), "")
    if named or default_model:
        return named or default_model
    return next((model.wire_name for model in sorted(models, key=lambda model: not model.enabled)), "")
