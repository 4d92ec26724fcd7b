"""The rows of the large tables that selection reads, as the driver hands them over, and the entries they become.

A change touches a few of ten thousand rows. What is the same as in the version before is recognized while it is still a
plain row, and its entry is kept: so a change costs the reading of the rows and little else.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.catalog_entries import ModelEntry, Pin

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Rows:
    """What the large tables hold: the models by id as text, the overrides and keys of people in their order."""

    models: Mapping[str, Row] = field(default_factory=dict)
    personal_overrides: Sequence[Row] = ()
    personal_keys: Sequence[Row] = ()


_MODELS = (
    "SELECT CAST(id AS TEXT), CAST(provider_id AS TEXT), name, wire_name, display_name, enabled, "
    "deleted_at IS NOT NULL, position, recommended, context_limit, CAST(features AS TEXT), "
    "CAST(capabilities AS TEXT), chats, effort_default, effort_most, retires_on FROM language_models"
)
_PERSONAL_OVERRIDES = (
    "SELECT CAST(user_id AS TEXT), context, CAST(language_model_id AS TEXT), effort FROM personal_overrides "
    "ORDER BY user_id, context"
)
_PERSONAL_KEYS = (
    "SELECT CAST(user_id AS TEXT), CAST(provider_id AS TEXT), destination, master_key_id FROM personal_keys "
    "ORDER BY user_id, provider_id"
)


def read(session: Session, kept: Rows) -> Rows:
    """The rows as this transaction sees them. A table in which nothing changed is the same object as the kept one."""
    return Rows(
        _models(session, kept.models),
        _several(session, _PERSONAL_OVERRIDES, kept.personal_overrides),
        _several(session, _PERSONAL_KEYS, kept.personal_keys),
    )


def _plain(session: Session, statement: str) -> list[Row]:
    """All rows as the driver hands them over: SQLAlchemy would decode each value of each row, which is most of it."""
    result = session.connection().exec_driver_sql(statement)
    # house: bounded-all because the catalog is what selection reads of everything, in memory
    found: list[Row] = result.cursor.fetchall() if result.cursor is not None else []
    result.close()
    return found


def _several(session: Session, statement: str, kept: Sequence[Row]) -> Sequence[Row]:
    """The rows; if they are those that are kept, then these themselves."""
    found = _plain(session, statement)
    return kept if found == kept else found


def _models(session: Session, kept: Mapping[str, Row]) -> Mapping[str, Row]:
    """The rows of the models by id; of ten thousand that are the same, ten thousand are kept, in the same order."""
    found = _plain(session, _MODELS)
    changed = {row[0]: row for row in found if kept.get(row[0]) != row}
    if not changed and len(found) == len(kept):
        return kept
    known = {**kept, **changed}
    return known if len(known) == len(found) else {row[0]: row for row in found}


def entries(
    rows: Mapping[str, Row], kept_rows: Mapping[str, Row], kept: Mapping[UUID, ModelEntry]
) -> Mapping[UUID, ModelEntry]:
    """The entries of these rows. A row that is one of the kept ones has the entry that is kept for it."""
    if rows is kept_rows:
        return kept
    changed = {UUID(id): row for id, row in rows.items() if kept_rows.get(id) is not row}
    found = {**kept, **{id: _entry(id, row) for id, row in changed.items()}}
    return found if len(found) == len(rows) else {id: found[id] for id in map(UUID, rows)}


def _entry(id: UUID, row: Row) -> ModelEntry:
    return ModelEntry(
        id=id,
        provider_id=shared_id(row[1]),
        name=row[2],
        wire_name=row[3],
        display_name=row[4],
        enabled=bool(row[5]),
        deleted=bool(row[6]),
        position=row[7],
        recommended=bool(row[8]),
        context_limit=row[9],
        features=_names(row[10]),
        capabilities=_names(row[11]),
        chats=bool(row[12]),
        effort_default=row[13],
        effort_most=row[14],
        retires_on=_day(row[15]),
    )


@lru_cache(maxsize=4_096)
def shared_id(stored: str) -> UUID:
    """An id that many rows name, made once."""
    return UUID(stored)


@lru_cache(maxsize=4_096)
def _names(stored: str) -> frozenset[str]:
    return frozenset(json.loads(stored))


def _day(stored: Any) -> date | None:
    """A day as the driver hands it over: SQLite has text, PostgreSQL the value itself."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def pins(rows: Iterable[Row]) -> dict[UUID, dict[str, Pin]]:
    """Each person's own overrides, by context."""
    found: dict[UUID, dict[str, Pin]] = {}
    for user_id, context, language_model_id, effort in rows:
        found.setdefault(UUID(user_id), {})[context] = Pin(UUID(language_model_id), effort)
    return found
