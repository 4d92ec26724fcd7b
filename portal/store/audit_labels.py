"""What the subjects of audit rows are called today. A row keeps the technical name, which never changes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, String, and_, cast, exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord

Columns = ReadOnlyColumnCollection[str, Column[Any]]

OF_PROVIDER_NAMES = ("key", "personal_key")
"""Kinds whose rows name the provider that they belong to."""


@dataclass(frozen=True)
class Subject:
    """What a row is about, as it is stored, and when the row was written."""

    kind: str
    id: str
    name: str
    at: datetime


def labels_of(session: Session, subjects: Collection[Subject]) -> dict[Subject, str]:
    """The label of each subject that has one and bears another name in its row. Three queries at most."""
    providers = _labels(session, ProviderRecord.id, ProviderRecord.label, _ids(subjects, "provider"))
    models = _labels(session, LanguageModelRecord.id, LanguageModelRecord.display_name, _ids(subjects, "model"))
    named = _providers_named(session, {one.name for one in subjects if one.kind in OF_PROVIDER_NAMES})
    found: dict[Subject, str] = {}
    for one in subjects:
        if one.kind in OF_PROVIDER_NAMES:
            bearers = (label for since, label in reversed(named.get(one.name, [])) if since <= one.at)
            label = next(bearers, "")
        else:
            label = {"provider": providers, "model": models}.get(one.kind, {}).get(one.id, "")
        if label and label != one.name:
            found[one] = label
    return found


def models_at(session: Session, addresses: Collection[str]) -> dict[str, str]:
    """The display names of living models by their addresses, `provider:model`."""
    pairs = [address.partition(":") for address in addresses]
    if not pairs:
        return {}
    query = (
        select(ProviderRecord.name, LanguageModelRecord.name, LanguageModelRecord.display_name)
        .join(ProviderRecord, LanguageModelRecord.provider_id == ProviderRecord.id)
        .where(
            ProviderRecord.name.in_({provider for provider, _, _ in pairs}),
            LanguageModelRecord.name.in_({model for _, _, model in pairs}),
            ProviderRecord.deleted_at.is_(None),
            LanguageModelRecord.deleted_at.is_(None),
        )
    )
    return {f"{provider}:{model}": label for provider, model, label in session.execute(query)}


def called(row: Columns, text: str) -> tuple[ColumnElement[bool], ...]:
    """Claims of which a row meets one when its subject is called so today, whole or in part."""
    provider, model = ProviderRecord.__table__.c, LanguageModelRecord.__table__.c
    id = func.replace(row.subject_id, "-", "")
    providers = select(_hex(provider.id)).where(provider.label.icontains(text, autoescape=True))
    models = select(_hex(model.id)).where(model.display_name.icontains(text, autoescape=True))
    bearer = exists().where(
        provider.name == row.subject, provider.created_at <= row.at, provider.label.icontains(text, autoescape=True)
    )
    return (
        and_(row.subject_kind == "provider", id.in_(providers)),
        and_(row.subject_kind == "model", id.in_(models)),
        and_(row.subject_kind.in_(OF_PROVIDER_NAMES), bearer),
    )


def _hex(id: ColumnElement[UUID]) -> ColumnElement[str]:
    """An id without its dashes: one database keeps them, the other does not."""
    return func.replace(cast(id, String), "-", "")


def _ids(subjects: Iterable[Subject], kind: str) -> set[UUID]:
    found = set()
    for one in subjects:
        if one.kind == kind:
            try:
                found.add(UUID(one.id))
            except ValueError:  # a row of something that never had an id
                continue
    return found


def _labels(session: Session, id: ColumnElement[UUID], label: ColumnElement[str], ids: set[UUID]) -> dict[str, str]:
    if not ids:
        return {}
    return {str(found): name for found, name in session.execute(select(id, label).where(id.in_(ids)))}


def _providers_named(session: Session, names: set[str]) -> dict[str, list[tuple[datetime, str]]]:
    """Who bears, and bore, each name: since when, and the label, the newest last. One bears it at a time."""
    found: dict[str, list[tuple[datetime, str]]] = {}
    if names:
        columns = (ProviderRecord.name, ProviderRecord.created_at, ProviderRecord.label)
        query = select(*columns).where(ProviderRecord.name.in_(names)).order_by(ProviderRecord.created_at)
        # house: bounded-all because a page names some dozens of providers, and one is made anew now and then
        for name, since, label in session.execute(query):
            found.setdefault(name, []).append((since, label))
    return found
