"""What requests learned against a provider, or against one of its models: written only when that changes."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Row,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.attempts import Asked, AttemptRecord
from portal.store.base import Record, Time
from portal.store.chats import ChatRecord
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord

WHOLE = ""
"""In the place of a model's ID: the provider itself is at fault."""

NO_ANSWER = ("fallback", "failed", "incomplete")
"""The states of attempts after which somebody was left without an answer, or with a part of one."""

MOST_ATTEMPTS = 2_000
"""So many failed attempts of one provider are looked at to count whom they left without an answer."""


class ProviderFaultRecord(Record):
    """Failures in a row, from `since` to `at`. With `wire_name` blank they are the provider's, else that model's alone.

    `asked` is the model that was asked last. `by_chats`: somebody's question met them, and not checks alone. `until`
    ends a limit that the provider set; with `answered_at` they are over. The key is the one that was sent. Like
    cooldowns it is outside the catalog and never raises its version.
    """

    __tablename__ = "provider_faults"

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id", ondelete="CASCADE"), primary_key=True)
    wire_name: Mapped[str] = mapped_column(String(300), primary_key=True)
    asked: Mapped[str] = mapped_column(String(300))
    by_chats: Mapped[bool]
    category: Mapped[str] = mapped_column(String(30))
    hint: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    key_source: Mapped[str] = mapped_column(String(20))
    key_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(String(8))


@dataclass(frozen=True)
class ProviderFault:
    """One row as a value: what `put` writes."""

    provider_id: UUID
    wire_name: str
    asked: str
    by_chats: bool
    category: str
    hint: str
    since: datetime
    at: datetime
    until: datetime | None
    answered_at: datetime | None
    key_source: str
    key_id: UUID | None
    fingerprint: str


def value_of(row: ProviderFaultRecord) -> ProviderFault:
    return ProviderFault(**{field.name: getattr(row, field.name) for field in fields(ProviderFault)})


def put(session: Session, row: ProviderFault) -> None:
    """Write a row; of two requests that end at once whoever comes last is right, for both saw the same."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {field.name: getattr(row, field.name) for field in fields(ProviderFault)}
    key = ("provider_id", "wire_name")
    changed = {name: value for name, value in values.items() if name not in key}
    session.execute(
        insert(ProviderFaultRecord)
        .values(**values)
        .on_conflict_do_update(index_elements=list(key), set_=changed)
        .execution_options(synchronize_session=False)
    )


def of_request(session: Session, provider_id: UUID, wire_name: str) -> dict[str, ProviderFaultRecord]:
    """What stands against the provider and against this model, by model ID; at most these two."""
    record = ProviderFaultRecord
    query = select(record).where(record.provider_id == provider_id, record.wire_name.in_([WHOLE, wire_name[:300]]))
    return {found.wire_name: found for found in session.scalars(query.limit(2))}


_FAULTS = ProviderFaultRecord.__table__
# SQLite's RETURNING takes no names of tables; what a fault's row has is meant before what is around it.
_STANDS = exists().where(
    _FAULTS.c.provider_id == bindparam("fault_provider"),
    or_(
        and_(_FAULTS.c.wire_name == WHOLE, _FAULTS.c.answered_at.is_(None)),
        and_(_FAULTS.c.wire_name == bindparam("fault_model"), _FAULTS.c.wire_name != WHOLE),
    ),
)


def stands_against(provider_id: UUID, wire_name: str) -> Asked:
    """Whether an answer of this model would end anything: a failure of the provider's, or of the model alone."""
    return Asked(_STANDS, {"fault_provider": provider_id, "fault_model": wire_name[:300]})


def of_providers(session: Session, provider_ids: Iterable[UUID]) -> dict[UUID, ProviderFaultRecord]:
    """What was learned against each of these providers itself: one row for each at most."""
    record = ProviderFaultRecord
    query = select(record).where(record.provider_id.in_(list(provider_ids)), record.wire_name == WHOLE)
    return {found.provider_id: found for found in session.scalars(query)}


_TABLE = ProviderFaultRecord.__table__
# Put together once, of the table, as what the list of models asks each time.
_ALONE = select(
    _TABLE.c.provider_id,
    _TABLE.c.wire_name,
    _TABLE.c.category,
    _TABLE.c.since,
).where(
    _TABLE.c.provider_id.in_(bindparam("providers", expanding=True, type_=Uuid())),
    _TABLE.c.wire_name.in_(bindparam("wire_names", expanding=True)),
    _TABLE.c.until.is_(None) | (_TABLE.c.until > bindparam("now", type_=Time)),
)


def of_models(
    session: Session, provider_ids: Iterable[UUID], wire_names: Iterable[str], now: datetime
) -> dict[tuple[UUID, str], Row[Any]]:
    """Of these models, by provider and model ID, those that fail alone: provider_id, wire_name, category, since."""
    told = {
        "providers": list(provider_ids),
        "wire_names": list({name[:300] for name in wire_names if name}),
        "now": now,
    }
    # house: bounded-all because the models are those of one page
    return {(row.provider_id, row.wire_name): row for row in session.execute(_ALONE, told)}


def of_offered_models(session: Session, now: datetime, most: int) -> list[Row[Any]]:
    """The models that are on, on providers that are on, and fail alone: (fault, model, provider), oldest first."""
    record, model, provider = ProviderFaultRecord, LanguageModelRecord, ProviderRecord
    query = (
        select(
            record.provider_id,
            record.wire_name,
            record.category,
            record.since,
            model.id.label("model_id"),
            model.name,
            model.display_name,
            provider.name.label("provider_name"),
            provider.label.label("provider_label"),
        )
        .join(provider, provider.id == record.provider_id)
        .join(model, (model.provider_id == record.provider_id) & (model.wire_name == record.wire_name))
        .where(
            record.wire_name != WHOLE,
            record.until.is_(None) | (record.until > now),
            record.at >= provider.proven_from,
            provider.deleted_at.is_(None),
            provider.enabled,
            model.deleted_at.is_(None),
            model.enabled,
        )
        .order_by(record.since, model.id)
    )
    return list(session.execute(query.limit(most)))


def forget_model(session: Session, provider_id: UUID, wire_name: str) -> None:
    """The model answers again."""
    record = ProviderFaultRecord
    session.execute(delete(record).where(record.provider_id == provider_id, record.wire_name == wire_name[:300]))


Outage = tuple[UUID, datetime, str]
"""A provider, since when it fails, and the model that fails alone as `provider:name`; blank for all of its models."""


def people_without_answer(session: Session, outages: Iterable[Outage], categories: Iterable[str]) -> dict[Outage, int]:
    """How many people were left without an answer for one of these reasons: one query, by the index of attempts.

    Attempts with people's own keys are not counted.
    """
    attempt, wanted, reasons = AttemptRecord, list(outages), list(categories)
    if not wanted:
        return {}
    parts = []
    for number, (provider_id, since, model) in enumerate(wanted):
        query = select(literal(number).label("number"), attempt.chat_id).where(
            attempt.provider_id == literal(provider_id, Uuid),
            attempt.created_at >= since,
            attempt.state.in_(NO_ANSWER),
            attempt.category.in_(reasons),
            attempt.key_source != "personal",
        )
        if model:
            query = query.where(attempt.selected_model == model)
        parts.append(select(query.limit(MOST_ATTEMPTS).subquery()))
    failed = union_all(*parts).subquery()
    query = (
        select(failed.c.number, func.count(func.distinct(ChatRecord.user_id)))
        .join(ChatRecord, ChatRecord.id == failed.c.chat_id)
        .group_by(failed.c.number)
    )
    return {wanted[number]: people for number, people in session.execute(query)}
