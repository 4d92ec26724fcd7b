"""What `/readyz` reads."""

from functools import cache

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.store import schema
from portal.store.provider_headers import ProviderHeaderRecord
from portal.store.shared_keys import SharedKeyRecord

DatabaseError = SQLAlchemyError


@cache
def head() -> str:
    """The revision this program is written for; read from the migrations once."""
    return schema.head()


def read_state(session: Session) -> tuple[str | None, list[str]]:
    """The database's revision, and the master keys under which keys and headers are encrypted."""
    revision = schema.revision_in(session.connection())
    keys = select(SharedKeyRecord.master_key_id).where(SharedKeyRecord.retired_at.is_(None))
    headers = select(ProviderHeaderRecord.master_key_id).where(ProviderHeaderRecord.secret)
    return revision, list(session.scalars(keys.union(headers)))  # house: bounded-all because each master key comes once
