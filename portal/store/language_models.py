"""Published language models, and the one row that holds the catalog's version and the star."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Record


class LanguageModelRecord(Record):
    """A model as administrators publish it. Limits in the units of SPEC §7, prices in USD per 1M tokens as text."""

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
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254), default="")
    changed_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class CatalogStateRecord(Record):
    """One row (id 1). Whoever changes anything that selection reads locks it and raises `version`; it holds the star."""

    __tablename__ = "catalog_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    default_id: Mapped[UUID | None] = mapped_column(ForeignKey("language_models.id"))
