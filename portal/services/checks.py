"""Testing connections: the smallest possible chat, or the list of models, asked for by somebody or by the schedule."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from portal.dialects.base import Limits
from portal.dialects.kinds import API_KEY
from portal.dialects.secret import Secret
from portal.dialects.types import TYPES
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.faults import Category, Fault, UpstreamError, sentence
from portal.domain.language_models import asked_fault
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.schedule import Probe
from portal.services import discovery, doors, provider_headers, resting, upstream
from portal.services.doors import Opened
from portal.services.health import CheckView
from portal.services.listing_probe import probe_listing
from portal.services.provider_drafts import Draft, Prepared, prepare
from portal.services.recording import Finding, Subject, record
from portal.services.timing import Timed
from portal.services.tools import Tools
from portal.store import language_models as stored_models
from portal.store import providers as stored_providers
from portal.store.base import Session, reading
from portal.store.providers import ProviderRecord

PATIENCE = Limits(connect=5, read=15, total=15)
"""A person waits for a test."""

NO_LISTING = "This kind of provider does not list its models. Let the checks ask a model for one token instead."

PASSED_OVER = "Before that, the key {}: {}"

STAYS_HOME = "A stored key is only ever sent to the address it was entered for. Enter the key again for this one."


def check_saved(
    actor: Actor,
    tools: Tools,
    name: str,
    *,
    model: str = "",
    about: str = "provider",
    key_id: UUID | None = None,
    patience: Limits = PATIENCE,
    probe: Probe = Probe.PING,
) -> CheckView:
    """Test a saved provider with its own key, and record it. `about` is provider, key or model."""
    _require(actor, Permission.PROVIDER_TEST)
    if model and (fault := asked_fault(model)):
        raise Invalid({"test_model": fault})
    with reading() as session:
        provider = stored_providers.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        subject = subject_of(session, provider, about, model if probe is Probe.PING else "")
    started = tools.now()
    finding = look(tools, subject, probe=probe, key_id=key_id, patience=patience)
    return record(actor, tools, subject, finding, started)


def look(
    tools: Tools,
    subject: Subject,
    *,
    probe: Probe = Probe.PING,
    key_id: UUID | None = None,
    patience: Limits = PATIENCE,
) -> Finding:
    """Look at a saved provider, and write nothing down."""
    if subject.id is None:
        raise ValueError("a provider that is not saved has no door")
    passed: list[str] = []

    def ask(opened: Opened) -> tuple[Finding, Fault | None]:
        found = _look(tools, subject, opened, patience, probe)
        passed.append(PASSED_OVER.format(opened.fingerprint, sentence(found.fault, subject.label)))
        return found, found.fault

    try:
        if key_id is not None:
            return _ask_alone(tools, doors.open_door(tools, subject.id, key_id=key_id), ask)
        # As a chat would: a key that is refused leaves the question to the next of its pool.
        proves = probe is Probe.PING or subject.type.check_proves_key
        _, finding = resting.through(tools, subject.id, ask, proves=proves, listing=probe is Probe.LIST)
    except UpstreamError as error:
        if error.fault.category is not Category.RATE_LIMIT:
            return Finding(error.fault, probe=probe)
        # Chats wait until the provider takes something again; a test is there to find out.
        return _ask_alone(tools, doors.open_door(tools, subject.id), ask)
    return replace(finding, notes=(*passed[:-1], *finding.notes))


def _ask_alone(tools: Tools, opened: Opened, ask: Callable[[Opened], tuple[Finding, Fault | None]]) -> Finding:
    """Ask with one key and no other, and let it rest or wake by what comes back."""
    finding, fault = ask(opened)
    if fault is not None or finding.shows_key:
        resting.note(tools, opened, fault, listing=finding.lists)
    return finding


def check_draft(actor: Actor, tools: Tools, draft: Draft, saved_name: str = "") -> tuple[CheckView, Prepared]:
    """Test a form as it stands, saved or not, and record it. Raises `Invalid` for fields that cannot be used.

    The stored key of `saved_name` is used only when the form's destination is the stored one.
    """
    _require(actor, Permission.PROVIDER_TEST)
    prepared = prepare(draft, tools, kept_headers=provider_headers.kept_names(saved_name))
    provider = _saved(actor, saved_name)
    subject = _draft_subject(prepared, provider)
    started = tools.now()
    try:
        finding = _look(tools, subject, _open_draft(tools, prepared, provider))
    except UpstreamError as error:
        finding = Finding(error.fault)
    return record(actor, tools, subject, finding, started), prepared


def discover_draft(
    actor: Actor, tools: Tools, draft: Draft, saved_name: str = ""
) -> tuple[discovery.Discovery, Prepared]:
    """List the models behind a form as it stands. Raises `Invalid` for fields that cannot be used."""
    _require(actor, Permission.PROVIDER_TEST)
    prepared = prepare(draft, tools, kept_headers=provider_headers.kept_names(saved_name))
    provider = _saved(actor, saved_name)
    label = _label(prepared)
    try:
        opened = _open_draft(tools, prepared, provider)
    except UpstreamError as error:
        fault = error.fault
        return discovery.Discovery(prepared.name, label, fault=fault, sentence=sentence(fault, label)), prepared
    opened = replace(opened, provider_name=prepared.name, provider_label=label)
    return discovery.discover_unsaved(actor, tools, opened), prepared


def _open_draft(tools: Tools, prepared: Prepared, provider: ProviderRecord | None) -> Opened:
    """A form's door: with the typed key, else the stored one if it may go there, else the environment’s."""
    if not prepared.base_url:
        raise UpstreamError(Fault(Category.NEED_URL, hint="It looks like https://llm.example.com/v1."))
    key = prepared.key
    headers = provider_headers.values_for(tools, provider, prepared.destination_column, prepared.headers)
    if not key.text and provider is not None and provider.destination == prepared.destination_column:
        opened = doors.open_door(tools, provider.id)
        door = replace(opened.door, base_url=prepared.base_url, settings=prepared.settings, headers=headers)
        return replace(opened, door=door)
    try:
        secret = Secret(key.text) if key.text else None
        return doors.typed_door(
            tools,
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


def _look(
    tools: Tools, subject: Subject, opened: Opened, patience: Limits = PATIENCE, probe: Probe = Probe.PING
) -> Finding:
    """The call itself. No database connection is held meanwhile."""
    carrier = Timed(tools.wire)
    if probe is Probe.LIST:
        listed = probe_listing(carrier, opened.door, opened.destination, patience)
        found = listed or upstream.Verdict("failed", Fault(Category.ENDPOINT, hint=NO_LISTING))
    else:
        found = upstream.probe(carrier, opened.door, opened.destination, subject.model, patience)
    doors.note_use(tools, opened.key_id)
    return Finding(
        found.fault,
        opened,
        found.status,
        found.latency_ms,
        found.url,
        found.reported_model,
        found.request_id,
        found.notes,
        probe,
        carrier.steps,
    )


def subject_of(session: Session, provider: ProviderRecord, about: str, model: str) -> Subject:
    """What is looked at of a saved provider; without a model, the one that its tests ask."""
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
        model=asked or _model_of(session, provider, provider.default_model) or type.example_model,
    )


def _draft_subject(prepared: Prepared, provider: ProviderRecord | None) -> Subject:
    draft = prepared.draft
    model = draft.test_model.strip()
    if not model and provider is not None:
        with reading() as session:
            model = _model_of(session, provider, draft.default_model.strip())
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


def _model_of(session: Session, provider: ProviderRecord, default_model: str) -> str:
    """The wire name to test with: the provider's default model's, else the first enabled one's, else the first's."""
    models = stored_models.living_of(session, provider.id)
    named = next((model.wire_name for model in models if default_model and model.name == default_model), "")
    if named or default_model:
        return named or default_model
    return next((model.wire_name for model in sorted(models, key=lambda model: not model.enabled)), "")


def _saved(actor: Actor, name: str) -> ProviderRecord | None:
    """The provider whose form this is, if it is saved. One may only test a form that one may save."""
    if not name:
        _require(actor, Permission.PROVIDER_CREATE)
        return None
    _require(actor, Permission.PROVIDER_EDIT)
    with reading() as session:
        provider = stored_providers.find(session, name)
    if provider is None:
        raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
    return provider


def _require(actor: Actor, permission: Permission) -> None:
    if not actor.may(permission):
        raise Denied("You may not do this here. Ask an administrator for the permission.")
