"""What owners of removed keys are told.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "removed_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_removed_keys_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_removed_keys_provider_id_providers")),
        sa.PrimaryKeyConstraint("user_id", "provider_id", name=op.f("pk_removed_keys")),
    )
    op.create_index(op.f("ix_removed_keys_provider_id"), "removed_keys", ["provider_id"], unique=False)


def downgrade() -> None:
    op.drop_table("removed_keys")
