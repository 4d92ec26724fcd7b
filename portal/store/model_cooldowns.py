"""Keys that pause for one model alone: the provider refused or throttled that model and no other."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Row, String, Uuid, and_, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.cooldown import Cooldown
from portal.store.base import Record
from portal.store.prepared import Prepared
from portal.store.shared_keys import SharedKeyRecord


class ModelCooldownRecord(Record):
    """One key and one model. Like a key's own cooldown it is outside the catalog; it goes with its key."""

    __tablename__ = "model_cooldowns"

    key_id: Mapped[UUID] = mapped_column(ForeignKey("shared_keys.id", ondelete="CASCADE"), primary_key=True)
    wire_name: Mapped[str] = mapped_column(String(300), primary_key=True)
    failures: Mapped[int]
    until: Mapped[datetime]
    category: Mapped[str] = mapped_column(String(30))
    retry_at: Mapped[datetime | None]


_KEYS, _PAUSES = SharedKeyRecord.__table__, ModelCooldownRecord.__table__
_KEYS_FOR_MODEL = Prepared(
    select(
        _KEYS,
        _PAUSES.c.failures.label("pause_failures"),
        _PAUSES.c.until.label("pause_until"),
        _PAUSES.c.category.label("pause_category"),
        _PAUSES.c.retry_at.label("pause_retry_at"),
    )
    .outerjoin_from(_KEYS, _PAUSES, and_(_PAUSES.c.key_id == _KEYS.c.id, _PAUSES.c.wire_name == bindparam("for_model")))
    .where(_KEYS.c.provider_id == bindparam("of_provider", type_=Uuid()), _KEYS.c.retired_at.is_(None))
    .order_by(_KEYS.c.position, _KEYS.c.created_at, _KEYS.c.id)
)


def keys_of_provider(session: Session, provider_id: UUID, wire_name: str) -> list[Row[Any]]:
    """Every column of a provider's keys that are not deleted, in order, each with its pause for this one model."""
    # Keys are entered by hand, a few for each provider
    return _KEYS_FOR_MODEL.rows(session.connection(), {"of_provider": provider_id, "for_model": wire_name[:300]})


def pause_of(row: Any) -> Cooldown | None:
    """The pause for one model of a key with these columns; None when it does not pause."""
    if row.pause_until is None:
        return None
    return Cooldown(row.pause_failures, row.pause_until, row.pause_category, row.pause_retry_at)


_PAUSE, _KEY = ModelCooldownRecord.__table__, SharedKeyRecord.__table__
# Of tables, put together once: the list of models asks it each time.
_PAUSED = (
    select(
        _KEY.c.provider_id,
        _PAUSE.c.wire_name,
        func.max(_PAUSE.c.until).label("until"),
    )
    .join(_KEY, _KEY.c.id == _PAUSE.c.key_id)
    .where(
        _KEY.c.provider_id.in_(bindparam("providers", expanding=True, type_=Uuid())),
        _KEY.c.retired_at.is_(None),
        _PAUSE.c.wire_name.in_(bindparam("wire_names", expanding=True)),
        _PAUSE.c.until > bindparam("now"),
    )
    .group_by(_KEY.c.provider_id, _PAUSE.c.wire_name)
)


def paused_among(
    session: Session, provider_ids: Iterable[UUID], wire_names: Iterable[str], now: datetime
) -> dict[tuple[UUID, str], datetime]:
    """Of these models, by provider and model ID, those for which a key pauses, and until when the last one does."""
    told = {
        "providers": list(provider_ids),
        "wire_names": list({name[:300] for name in wire_names}),
        "now": now,
    }
    # house: bounded-all because the models are those of one page
    return {(row.provider_id, row.wire_name): row.until for row in session.execute(_PAUSED, told)}


def put(session: Session, key_id: UUID, wire_name: str, cooldown: Cooldown) -> None:
    """Write the cooldown of a key for a model; whoever comes last is right, for both saw the same refusal."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "failures": cooldown.failures,
        "until": cooldown.until,
        "category": cooldown.category,
        "retry_at": cooldown.retry_at,
    }
    row = insert(ModelCooldownRecord).values(key_id=key_id, wire_name=wire_name[:300], **values)
    session.execute(row.on_conflict_do_update(index_elements=["key_id", "wire_name"], set_=values))


def clear(session: Session, key_id: UUID, wire_name: str) -> None:
    """The model answers with this key again."""
    session.execute(
        delete(ModelCooldownRecord).where(
            ModelCooldownRecord.key_id == key_id, ModelCooldownRecord.wire_name == wire_name[:300]
        )
    )
