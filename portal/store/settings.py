"""Settings that live in the database: gates, the fallback reply, the one-time set-up link."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record


class SettingRecord(Record):
    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime]


def find(session: Session, name: str, *, lock: bool = False) -> Any:
    """The stored value; None when there is none. `lock` keeps it as it is until the transaction ends."""
    query = select(SettingRecord.value).where(SettingRecord.name == name)
    return session.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def find_texts(session: Session, names: Iterable[str]) -> dict[str, str]:
    """The stored values by name, of those that are there and not empty; all of them are texts."""
    found = session.execute(select(SettingRecord.name, SettingRecord.value).where(SettingRecord.name.in_(names)))
    return {name: text for name, text in found if text}


def put(session: Session, name: str, value: Any, now: datetime) -> None:
    """Store a value, whether or not there was one; of two who store one at once, the second's stays."""
    into = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    stored = {"value": value, "changed_at": now}
    row = into(SettingRecord).values(name=name, **stored)
    session.execute(row.on_conflict_do_update(index_elements=[SettingRecord.name], set_=stored))


def forget(session: Session, name: str) -> None:
    """Remove a value, if there is one."""
    session.execute(delete(SettingRecord).where(SettingRecord.name == name))
