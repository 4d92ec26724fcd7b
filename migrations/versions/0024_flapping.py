"""Providers that turn so often that the webhook was told so once, and hears of the end.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flapping",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("turned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_flapping_provider_id_providers")),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_flapping")),
    )


def downgrade() -> None:
    op.drop_table("flapping")
