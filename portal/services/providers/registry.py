"""Connecting, changing and retiring providers: one transaction each, its audit row inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from portal.dialects.secret import Secret
from portal.domain import language_models as models_domain
from portal.domain import versions
from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.providers import free_name
from portal.services.audit import trail as audit_trail
from portal.services.keys import headers as provider_headers
from portal.services.keys import shared_keys
from portal.services.language_models import lifecycle
from portal.services.people import team_rights
from portal.services.providers import first_keys, first_models, owners
from portal.services.providers.drafts import NAME_TAKEN, Draft, Prepared, prepare
from portal.services.providers.versions import fields_of, told
from portal.services.runtime import Runtime
from portal.store import personal_keys, provider_listings, teams
from portal.store import providers as store
from portal.store import shared_keys as stored_keys
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.providers import ProviderRecord


@dataclass(frozen=True)
class Saved:
    """What became of a form: the provider's name, what was tidied in its address, and what is still to do."""

    name: str
    label: str
    notices: tuple[str, ...] = ()
    models: int = 0
    needs_key_again: bool = False


@dataclass(frozen=True)
class Lost:
    """What went with a deleted provider."""

    label: str
    models: int
    keys: int
    personal_keys: int = 0


def suggest_name(actor: Actor, type_name: str) -> str:
    """A free name for a provider of this type, to prefill the form with."""
    actor.require(Permission.PROVIDER_CREATE)
    with reading() as session:
        return free_name(type_name.replace("_", "-"), store.names(session))


def register(
    actor: Actor, runtime: Runtime, draft: Draft, models: Sequence[models_domain.Draft] | None = None
) -> Saved:
    """Connect a provider with its first key and its models; without any, with its type's default models.

    `models` empty and not None means: none. On an empty portal the first model becomes the default.
    """
    actor.require(Permission.PROVIDER_CREATE)
    prepared = prepare(draft, runtime, naming=True, saving=True)
    first_keys.require(actor, runtime, prepared)
    with transaction() as session:
        lock_catalog(session)
        return register_in(session, actor, runtime, prepared, models)


def register_in(
    session: Session,
    actor: Actor,
    runtime: Runtime,
    prepared: Prepared,
    models: Sequence[models_domain.Draft] | None = None,
) -> Saved:
    """The same inside the caller's transaction, the catalog locked; without a key, it waits for one."""
    actor.require(Permission.PROVIDER_CREATE)
    team_rights.require_own(session, actor, actor.acts_for)
    if prepared.name in store.names(session):
        raise Invalid({"name": NAME_TAKEN.format(name=prepared.name)})
    now = runtime.now()
    provider = ProviderRecord(
        id=uuid4(),
        name=prepared.name,
        label=prepared.label or _own_label(session, prepared),
        type=prepared.type.name,
        created_at=now,
        created_by=actor.label,
        changed_at=now,
        proven_from=now,
        team_id=actor.acts_for,
        **_columns(prepared),
    )
    session.add(provider)
    session.flush()
    told_of = told(provider) | ({"owner": teams.name_of(session, provider.team_id)} if provider.team_id else {})
    audit_trail.record(
        session, runtime, actor, "provider.create", "provider", provider.id, provider.name, after=told_of
    )
    if prepared.draft.owner and actor.acts_for is None:
        owners.put(session, runtime, actor, provider, owners.read(prepared.draft.owner))
    provider_headers.save(session, runtime, provider, prepared.headers)
    if prepared.key.text:
        shared_keys.add(session, runtime, actor, provider, Secret(prepared.key.text), prepared.key.kind)
    drafts = first_models.unchosen(prepared) if models is None else models
    published = first_models.publish(session, runtime, actor, provider, drafts)
    return Saved(provider.name, provider.label, prepared.notices, published)


def change(actor: Actor, runtime: Runtime, name: str, draft: Draft, version: str) -> Saved:
    """Save a provider's form. Raises `Outdated` when what it overwrites is not what `version` was drawn from.

    A new address or new settings take the verdict back; a new destination also makes the stored key useless, for a
    stored key never travels to another host.
    """
    actor.require(Permission.PROVIDER_EDIT)
    prepared = prepare(draft, runtime, saving=True, kept_headers=provider_headers.kept_names(name))
    with transaction() as session:
        lock_catalog(session)
        return change_in(session, actor, runtime, name, prepared, version)


def change_in(
    session: Session, actor: Actor, runtime: Runtime, name: str, prepared: Prepared, version: str | None = None
) -> Saved:
    """The same inside the caller's transaction, the catalog locked. Without a version none is compared."""
    actor.require(Permission.PROVIDER_EDIT)
    draft = prepared.draft
    provider = _locked(session, actor, name)
    if prepared.type.name != provider.type:
        raise Invalid({"type": "The type of a provider stays as it is. Connect another provider instead."})
    columns = _columns(prepared) | {"label": prepared.label or provider.label}
    kept = {field for field, typed in (("key", prepared.key.text), ("owner", draft.owner is not None)) if not typed}
    if version is not None:
        versions.require(provider.label, fields_of(session, provider), version, kept=kept)
    before = told(provider)
    moved = provider.destination != columns["destination"]
    doubtful = moved or any(getattr(provider, column) != columns[column] for column in ("base_url", "settings"))
    if doubtful:
        provider.missing_apis = []
    for column, value in columns.items():
        setattr(provider, column, value)
    headers = provider_headers.save(session, runtime, provider, prepared.headers)
    named = draft.owner is not None and actor.acts_for is None
    if named and owners.put(session, runtime, actor, provider, owners.read(draft.owner or "")):
        provider.changed_at = runtime.now()
    before, after = before | {"headers": ""}, told(provider) | {"headers": ", ".join(headers)}
    differing = [field for field in after if after[field] != before[field]]
    if differing:
        provider.changed_at = runtime.now()
        audit_trail.record(
            session,
            runtime,
            actor,
            "provider.change",
            "provider",
            provider.id,
            provider.name,
            before={field: before[field] for field in differing},
            after={field: after[field] for field in differing},
        )
    if doubtful or headers:
        provider.proven_from = runtime.now()
    session.flush()
    if prepared.key.text:
        shared_keys.replace(session, runtime, actor, provider, Secret(prepared.key.text), prepared.key.kind)
    stored = stored_keys.of_provider(session, provider.id) if moved and not prepared.key.text else []
    needs_key = bool(stored) and not any(shared_keys.opens(runtime, key, provider.destination) for key in stored)
    return Saved(provider.name, provider.label, prepared.notices, needs_key_again=needs_key)


def turn(actor: Actor, runtime: Runtime, name: str, *, on: bool) -> Saved:
    """Enable or disable a provider: it keeps everything, and serves again or serves nobody."""
    with transaction() as session:
        lock_catalog(session)
        return turn_in(session, actor, runtime, name, on=on)


def turn_in(session: Session, actor: Actor, runtime: Runtime, name: str, *, on: bool) -> Saved:
    """The same inside the caller's transaction, the catalog locked."""
    actor.require(Permission.PROVIDER_EDIT)
    provider = _locked(session, actor, name)
    if provider.enabled != on:
        provider.enabled = on
        audit_trail.record(
            session,
            runtime,
            actor,
            "provider.enable" if on else "provider.disable",
            "provider",
            provider.id,
            provider.name,
            before={"enabled": not on},
            after={"enabled": on},
        )
    return Saved(provider.name, provider.label)


def delete(actor: Actor, runtime: Runtime, name: str) -> Lost:
    """Delete a provider with its keys and models, leaving a tombstone for trails and checks to name."""
    actor.require(Permission.PROVIDER_DELETE)
    with transaction() as session:
        lock_catalog(session)
        provider = _locked(session, actor, name)
        provider.deleted_at = runtime.now()
        session.flush()
        keys = shared_keys.forget_all(session, provider.id)
        personal = personal_keys.forget_of_provider(session, provider.id)
        provider_headers.forget_all(session, provider.id)
        provider_listings.forget(session, provider.id)
        models = lifecycle.delete_all_of(session, runtime, actor, provider)
        gone = told(provider) | {"shared_keys": keys, "personal_keys": personal}
        audit_trail.record(
            session, runtime, actor, "provider.delete", "provider", provider.id, provider.name, before=gone
        )
        return Lost(provider.label, len(models), keys, personal)


def read_draft(actor: Actor, name: str) -> tuple[Draft, str]:
    """What the form of a saved provider holds, its key left out, and its version."""
    actor.require(Permission.PROVIDER_EDIT)
    with reading() as session:
        provider = store.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        team_rights.require_own(session, actor, provider.team_id)
        return draft_of(session, provider), versions.version_of(fields_of(session, provider))


def draft_of(session: Session, provider: ProviderRecord) -> Draft:
    """What the form of a saved provider holds: saved again, it changes nothing."""
    keys = stored_keys.of_provider(session, provider.id)
    return Draft(
        type=provider.type,
        name=provider.name,
        label=provider.label,
        base_url=provider.base_url,
        settings=dict(provider.settings),
        key_kind=keys[0].kind if keys else "",
        default_model=provider.default_model,
        connect_timeout=provider.connect_timeout,
        read_timeout=provider.read_timeout,
        headers=provider_headers.typed_of(session, provider.id),
        who_asked=dict(provider.who_asked),
        rotate_after_days=provider.rotate_after_days,
        owner=str(provider.team_id or ""),
    )


def _own_label(session: Session, prepared: Prepared) -> str:
    """What to call a provider that nobody gave a label: its type, unless another one is called that."""
    return prepared.name if store.label_taken(session, prepared.type.label) else prepared.type.label


def _columns(prepared: Prepared) -> dict[str, Any]:
    draft = prepared.draft
    return {
        "base_url": prepared.base_url,
        "settings": prepared.settings,
        "destination": prepared.destination_column,
        "default_model": draft.default_model.strip(),
        "connect_timeout": draft.connect_timeout,
        "read_timeout": draft.read_timeout,
        "rotate_after_days": draft.rotate_after_days,
        "who_asked": dict(draft.who_asked),
    }


def _locked(session: Session, actor: Actor, name: str) -> ProviderRecord:
    provider = store.lock(session, name)
    if provider is None:
        raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
    team_rights.require_own(session, actor, provider.team_id)
    return provider
