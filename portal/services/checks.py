"""Testing connections: the smallest possible chat, asked for by somebody, and recorded as a check."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from portal.dialects.base import Limits, ProviderType, Secret
from portal.dialects.types import TYPES
from portal.domain.errors import Denied, NotFound
from portal.domain.faults import Category, Fault, UpstreamError, sentence
from portal.domain.health import outcome_of, speaks_for_provider
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services import discovery, doors, upstream
from portal.services.doors import Opened
from portal.services.health import CheckView, noted, view_of
from portal.services.provider_drafts import Draft, Prepared, prepare
from portal.services.tools import Tools
from portal.store import language_models as stored_models
from portal.store import providers as stored_providers
from portal.store.base import Session, reading, transaction
from portal.store.health import CheckRecord
from portal.store.providers import ProviderRecord

PATIENCE = Limits(connect=5, read=15, total=15)
"""A person waits for a test."""

STAYS_HOME = "A stored key is only ever sent to the address it was entered for. Enter the key again for this one."


@dataclass(frozen=True)
class Subject:
    """What is looked at. `id` and `proven_from` belong to a saved provider, as it was when the look began."""

    about: str
    type: ProviderType
    label: str
    name: str = ""
    id: UUID | None = None
    base_url: str = ""
    proven_from: datetime | None = None
    model: str = ""


@dataclass(frozen=True)
class Finding:
    """What came back, or why nothing was sent."""

    fault: Fault | None = None
    opened: Opened | None = None
    status: int | None = None
    latency_ms: int | None = None
    url: str = ""
    reported_model: str = ""
    request_id: str = ""
    notes: Sequence[str] = ()


def check_saved(
    actor: Actor,
    tools: Tools,
    name: str,
    *,
    model: str = "",
    about: str = "provider",
    key_id: UUID | None = None,
    patience: Limits = PATIENCE,
) -> CheckView:
    """Test a saved provider with its own key, and record it. `about` is provider, key or model."""
    _require(actor, Permission.PROVIDER_TEST)
    with reading() as session:
        provider = stored_providers.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        subject = _subject(session, provider, about, model)
    started = tools.now()
    try:
        opened = doors.open_door(tools, provider.id, key_id=key_id)
    except UpstreamError as error:
        finding = Finding(error.fault)
    else:
        finding = _look(tools, subject, opened, patience)
    return _record(actor, tools, subject, finding, started)


def check_draft(actor: Actor, tools: Tools, draft: Draft, saved_name: str = "") -> tuple[CheckView, Prepared]:
    """Test a form as it stands, saved or not, and record it. Raises `Invalid` for fields that cannot be used.

    The stored key of `saved_name` is used only when the form's destination is the stored one.
    """
    _require(actor, Permission.PROVIDER_TEST)
    prepared = prepare(draft, tools)
    provider = _saved(actor, saved_name)
    subject = _draft_subject(prepared, provider)
    started = tools.now()
    try:
        finding = _look(tools, subject, _open_draft(tools, prepared, provider))
    except UpstreamError as error:
        finding = Finding(error.fault)
    return _record(actor, tools, subject, finding, started), prepared


def discover_draft(
    actor: Actor, tools: Tools, draft: Draft, saved_name: str = ""
) -> tuple[discovery.Discovery, Prepared]:
    """List the models behind a form as it stands. Raises `Invalid` for fields that cannot be used."""
    _require(actor, Permission.PROVIDER_TEST)
    prepared = prepare(draft, tools)
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
    key = prepared.draft.key
    if not key and provider is not None and provider.destination == prepared.destination_column:
        opened = doors.open_door(tools, provider.id)
        return replace(opened, door=replace(opened.door, base_url=prepared.base_url, settings=prepared.settings))
    try:
        return doors.typed_door(
            tools, prepared.type, prepared.base_url, prepared.settings, Secret(key) if key else None
        )
    except UpstreamError as error:
        if provider is None or error.fault.category is not Category.NEED_KEY:
            raise
        raise UpstreamError(error.fault.hinted(STAYS_HOME)) from None


def _look(tools: Tools, subject: Subject, opened: Opened, patience: Limits = PATIENCE) -> Finding:
    """The call itself. No database connection is held meanwhile."""
    found = upstream.probe(tools.wire, opened.door, opened.destination, subject.model, patience)
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
    )


def _record(actor: Actor, tools: Tools, subject: Subject, finding: Finding, started: datetime) -> CheckView:
    """Write the check down.

    It counts for the provider only if nothing that it proves was changed while it ran: the row is locked and compared
    with what was tested.
    """
    fault = finding.fault
    category = fault.category if fault else Category.OK
    opened = finding.opened
    source = opened.source if opened else "none"
    with transaction() as session:
        provider = stored_providers.lock_by_id(session, subject.id) if subject.id else None
        unchanged = provider is not None and provider.proven_from == subject.proven_from
        counts = subject.about != "form" and unchanged
        check = CheckRecord(
            id=uuid4(),
            # Never before the change that it proves, even where two processes' clocks differ a little.
            at=max(started, provider.proven_from) if provider is not None and unchanged else started,
            actor_id=actor.id,
            actor=actor.label,
            scheduled=False,
            about=subject.about,
            counts=speaks_for_provider(category, saved=counts, key_source=source),
            provider_id=subject.id,
            provider_name=subject.name,
            provider_type=subject.type.name,
            url=(finding.url or subject.base_url)[:600],
            model=subject.model[:300],
            reported_model=finding.reported_model[:300],
            key_source=source,
            key_id=opened.key_id if opened else None,
            fingerprint=(opened.fingerprint or "") if opened else "",
            outcome=outcome_of(category),
            category=category,
            status=finding.status if finding.status is not None else (fault.status if fault else None),
            latency_ms=finding.latency_ms,
            sentence=sentence(fault, subject.label),
            hint=fault.hint if fault else "",
            detail=fault.detail if fault else "",
            request_id=(finding.request_id or (fault.request_id if fault else ""))[:200],
        )
        session.add(check)
        session.flush()
        return noted(view_of(check), finding.notes)


def _subject(session: Session, provider: ProviderRecord, about: str, model: str) -> Subject:
    type = TYPES[provider.type]
    return Subject(
        about=about,
        type=type,
        label=provider.label,
        name=provider.name,
        id=provider.id,
        base_url=provider.base_url,
        proven_from=provider.proven_from,
        model=model.strip() or _model_of(session, provider, provider.default_model) or type.example_model,
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
