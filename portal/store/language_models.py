"""Published language models, and the one row that holds the catalog's version and the default model."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Row,
    String,
    Text,
    bindparam,
    cast,
    delete,
    false,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record


class LanguageModelRecord(Record):
    """A model as administrators publish it. Limits in tokens, prices in USD per 1M tokens as text."""

    __tablename__ = "language_models"
    __table_args__ = (
        Index(
            "uq_language_models_living_name",
            "provider_id",
            "name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    name: Mapped[str] = mapped_column(String(200))
    wire_name: Mapped[str] = mapped_column(String(300))
    display_name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    position: Mapped[int] = mapped_column(default=0)
    context_limit: Mapped[int]
    recommended: Mapped[bool] = mapped_column(default=False, server_default=false())
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    features: Mapped[list[Any]] = mapped_column(JSON, default=list)
    capabilities: Mapped[list[Any]] = mapped_column(JSON, default=list)
    limits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    prices: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    chats: Mapped[bool] = mapped_column(default=True, server_default=true())
    effort_default: Mapped[str] = mapped_column(String(10), default="", server_default="")
    effort_most: Mapped[str] = mapped_column(String(10), default="", server_default="")
    output_limit: Mapped[int | None]
    modalities: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    retires_on: Mapped[date | None]
    sources: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    """Where each field came from, by `portal.domain.model_facts`; one that is not in it was typed before there were
    marks."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254), default="")
    changed_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ModelAliasRecord(Record):
    """A further name of a model for the gateway, unique in the deployment; it may end in `*`."""

    __tablename__ = "model_aliases"

    alias: Mapped[str] = mapped_column(String(200), primary_key=True)
    language_model_id: Mapped[UUID] = mapped_column(ForeignKey("language_models.id"), index=True)


class CatalogStateRecord(Record):
    """One row (id 1). Whoever changes what selection reads locks it and raises `version`; it has the default model.

    `endpoints` is raised where a key pauses, or stands against a provider or not any more: requests read that, too.
    """

    __tablename__ = "catalog_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    endpoints: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    default_id: Mapped[UUID | None] = mapped_column(ForeignKey("language_models.id"))


@dataclass(frozen=True)
class ListedFacts:
    """What a list shows of a model beside what the catalog holds."""

    id: UUID
    price_in: str | None
    price_out: str | None
    sources: Mapping[str, str]
    """Where its fields came from; not to be changed, for models whose fields came from the same share it."""


def find(session: Session, language_model_id: UUID) -> LanguageModelRecord | None:
    """A living model."""
    record = session.get(LanguageModelRecord, language_model_id)
    return record if record is not None and record.deleted_at is None else None


def record_of(session: Session, language_model_id: UUID) -> LanguageModelRecord:
    """A model that there is or was: the deleted keep their rows."""
    return session.get_one(LanguageModelRecord, language_model_id)


def names_of(session: Session, provider_id: UUID) -> set[str]:
    """The names that living models of a provider bear."""
    # house: bounded-all because the models that one provider publishes are some hundreds
    return set(session.scalars(select(LanguageModelRecord.name).where(*_living(provider_id))))


@dataclass(frozen=True)
class Published:
    """What is published under a model ID: one display name and limit it bears; enabled if any of its models is."""

    display_name: str
    context_limit: int
    enabled: bool


def published_on(session: Session, provider_id: UUID) -> dict[str, Published]:
    """Each model ID that is published on a provider."""
    model = LanguageModelRecord
    columns = (model.wire_name, model.display_name, model.context_limit, model.enabled)
    found: dict[str, Published] = {}
    # house: bounded-all because the models that one provider publishes are some hundreds
    for row in session.execute(select(*columns).where(*_living(provider_id)).order_by(model.position)):
        known = found.get(row.wire_name)
        on = row.enabled or (known is not None and known.enabled)
        found[row.wire_name] = Published(row.display_name, row.context_limit, on)
    return found


def living_of(session: Session, provider_id: UUID) -> list[LanguageModelRecord]:
    """A provider's models in order of position."""
    query = select(LanguageModelRecord).where(*_living(provider_id))
    # house: bounded-all because the models that one provider publishes are some hundreds
    return list(session.scalars(query.order_by(LanguageModelRecord.position, LanguageModelRecord.name)))


def living_among(session: Session, ids: Iterable[UUID]) -> list[LanguageModelRecord]:
    """Those of these models that there are, in order of position."""
    model = LanguageModelRecord
    query = select(model).where(model.id.in_(list(ids)), model.deleted_at.is_(None))
    return list(session.scalars(query.order_by(model.position, model.name)))


def first_position(session: Session, provider_id: UUID) -> int | None:
    """Where the first of a provider's models stands; None when there is none."""
    return session.scalar(select(func.min(LanguageModelRecord.position)).where(*_living(provider_id)))


def neighbour_of(session: Session, record: LanguageModelRecord, *, up: bool) -> int | None:
    """Where the next model of the same provider stands, upwards or downwards; None at the end of the list."""
    place = LanguageModelRecord.position
    nearest, beyond = (func.max(place), place < record.position) if up else (func.min(place), place > record.position)
    return session.scalar(select(nearest).where(*_living(record.provider_id), beyond))


def place_before(session: Session, record: LanguageModelRecord, other: LanguageModelRecord | None) -> int | None:
    """Where a model comes to stand that is put just before another one of its provider, or behind all without one."""
    place = LanguageModelRecord.position
    if other is not None and other.position <= record.position:
        return other.position
    here = [*_living(record.provider_id)] + ([] if other is None else [place < other.position])
    return session.scalar(select(func.max(place)).where(*here))


def shift(session: Session, record: LanguageModelRecord, place: int) -> None:
    """Let a model stand at this place, which is one of its provider's: each model between takes the next one's.

    The places stay the same ones, so that the models of other providers stand where they stood. One statement,
    however many models are between.
    """
    model = LanguageModelRecord
    low, high = sorted((place, record.position))
    taken = func.lead if place < record.position else func.lag
    between = (
        select(model.id, taken(model.position, 1, place).over(order_by=(model.position, model.name)).label("place"))
        .where(*_living(record.provider_id), model.position.between(low, high))
        .subquery()
    )
    session.flush()
    statement = update(model).where(model.id == between.c.id).values(position=between.c.place)
    session.execute(statement.execution_options(synchronize_session=False))
    session.refresh(record, ["position"])


def facts_for_a_request(session: Session, language_model_id: UUID) -> Row[Any] | None:
    """The plain columns that a request needs of a living model."""
    columns = LanguageModelRecord.__table__.c
    return session.execute(
        select(columns.wire_name, columns.options, columns.prices, columns.context_limit).where(
            columns.id == language_model_id, columns.deleted_at.is_(None)
        )
    ).one_or_none()


def described(session: Session, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """What is said of these models, and what each takes: `description` and `limits`."""
    columns = LanguageModelRecord.__table__.c
    query = select(columns.id, columns.description, columns.limits).where(columns.id.in_(ids))
    return {row.id: row for row in session.execute(query)}


def aliases_of(session: Session, language_model_id: UUID) -> list[str]:
    """A model's aliases, by name."""
    alias = ModelAliasRecord
    query = select(alias.alias).where(alias.language_model_id == language_model_id).order_by(alias.alias)
    # house: bounded-all because a model has some aliases at most
    return list(session.scalars(query))


def set_aliases(session: Session, language_model_id: UUID, aliases: Iterable[str]) -> None:
    """Give a model these aliases and no others. None of them may be another model's."""
    alias, wanted = ModelAliasRecord, set(aliases)
    kept = set(aliases_of(session, language_model_id))
    if gone := kept - wanted:
        session.execute(delete(alias).where(alias.language_model_id == language_model_id, alias.alias.in_(gone)))
    session.add_all(alias(alias=name, language_model_id=language_model_id) for name in sorted(wanted - kept))
    session.flush()


def alias_holder(session: Session, aliases: Iterable[str], but: UUID) -> tuple[str, LanguageModelRecord] | None:
    """The first of these aliases that another model has, and that model."""
    alias, model = ModelAliasRecord, LanguageModelRecord
    query = (
        select(alias.alias, model)
        .join(model, model.id == alias.language_model_id)
        .where(alias.alias.in_(list(aliases)), model.id != but)
        .order_by(alias.alias)
        .limit(1)
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None


def next_position(session: Session) -> int:
    """The place behind every model there is."""
    return (session.scalar(select(func.max(LanguageModelRecord.position))) or 0) + 1


_COLUMNS = LanguageModelRecord.__table__.c
# Columns of the table, and only what is shown of them: read as attributes and whole, they cost as much again.
_FACTS = select(
    _COLUMNS.id,
    _COLUMNS.prices["input"].as_string(),
    _COLUMNS.prices["output"].as_string(),
    cast(_COLUMNS.sources, Text),  # the models of a page share a few, each decoded once
).where(_COLUMNS.id.in_(bindparam("ids", expanding=True)))


def facts_of(session: Session, ids: Iterable[UUID]) -> dict[UUID, ListedFacts]:
    """What a list shows, for the models of one page."""
    rows = session.execute(_FACTS, {"ids": list(ids)})
    # house: bounded-all because the ids are those of one page
    return {id: ListedFacts(id, taken, given, _sources(sources)) for id, taken, given, sources in rows}


@lru_cache(1024)
def _sources(text: str | None) -> Mapping[str, str]:
    return json.loads(text) if text else {}


def sources_among(session: Session, ids: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """Where the fields of these models came from."""
    model = LanguageModelRecord
    rows = session.execute(select(model.id, model.sources).where(model.id.in_(list(ids))))
    return {row.id: row.sources for row in rows}


def clear_recommendation(session: Session, keep: UUID) -> None:
    """Take the recommendation from every model but one."""
    session.execute(
        update(LanguageModelRecord)
        .where(LanguageModelRecord.recommended, LanguageModelRecord.id != keep)
        .values(recommended=False)
    )


def _living(provider_id: UUID) -> tuple[Any, Any]:
    return LanguageModelRecord.provider_id == provider_id, LanguageModelRecord.deleted_at.is_(None)


def count_by_provider(session: Session, provider_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many living models each of these providers has; one without any is left out."""
    model = LanguageModelRecord
    rows = session.execute(
        select(model.provider_id, func.count())
        .where(model.provider_id.in_(list(provider_ids)), model.deleted_at.is_(None))
        .group_by(model.provider_id)
    )
    return dict(rows.all())


def abilities_of(session: Session, language_model_id: UUID) -> tuple[list[str], list[str]]:
    """A model's capabilities and modalities, by their names; none of either where there is no such model."""
    model = LanguageModelRecord
    found = session.execute(select(model.capabilities, model.modalities).where(model.id == language_model_id)).first()
    return (list(found[0]), list(found[1])) if found else ([], [])
