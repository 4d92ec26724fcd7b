"""Further headers that a provider's requests carry; the value of a secret one is encrypted like a key."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from sqlalchemy import (
    ForeignKey,
    Row,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    false,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record
from portal.store.encrypted_rows import EncryptedRows
from portal.store.prepared import Prepared


class ProviderHeaderRecord(Record):
    """One header. A secret one has `encrypted`, and beside it what says without decryption whether it would open."""

    __tablename__ = "provider_headers"
    __table_args__ = (UniqueConstraint("provider_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(100))
    value: Mapped[str] = mapped_column(Text, default="", server_default="")
    secret: Mapped[bool] = mapped_column(default=False, server_default=false())
    encrypted: Mapped[str] = mapped_column("sealed", Text, key="encrypted", default="", server_default="")
    destination: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    master_key_id: Mapped[str] = mapped_column(String(16), default="", server_default="", index=True)
    fingerprint: Mapped[str] = mapped_column(String(8), default="", server_default="")


_secret = ProviderHeaderRecord.secret


def of_providers(session: Session, provider_ids: Iterable[UUID]) -> list[Row]:
    """Every column of the headers of these providers, in order of position."""
    table = ProviderHeaderRecord.__table__
    query = select(table).where(table.c.provider_id.in_(list(provider_ids)))
    return list(session.execute(query.order_by(table.c.position, table.c.name)))


def of_provider(session: Session, provider_id: UUID) -> list[Row]:
    """The same for one provider."""
    # A provider has 20 headers at most
    return _OF_PROVIDER.rows(session.connection(), {"of_provider": provider_id})


_TABLE = ProviderHeaderRecord.__table__
_OF_PROVIDER = Prepared(
    select(_TABLE)
    .where(_TABLE.c.provider_id == bindparam("of_provider", type_=Uuid()))
    .order_by(_TABLE.c.position, _TABLE.c.name)
)
"""Put together once, as every answer needs it."""


def lock_of_provider(session: Session, provider_id: UUID) -> list[ProviderHeaderRecord]:
    """A provider's headers in order of position, as they are until the transaction ends; locked in order of id."""
    query = select(ProviderHeaderRecord).where(ProviderHeaderRecord.provider_id == provider_id)
    headers = session.scalars(query.order_by(ProviderHeaderRecord.id).with_for_update())
    # house: bounded-all because a provider has 20 headers at most
    return sorted(headers, key=lambda header: (header.position, header.name))


def delete_of_provider(session: Session, provider_id: UUID) -> int:
    """Delete a provider's headers for good; how many there were."""
    mine = ProviderHeaderRecord.provider_id == provider_id
    return session.execute(delete(ProviderHeaderRecord).where(mine)).rowcount


encrypted_rows = EncryptedRows(ProviderHeaderRecord, _secret)
