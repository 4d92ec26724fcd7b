"""How long a key pauses for one model alone.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_cooldowns",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("wire_name", sa.String(length=300), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["shared_keys.id"],
            name=op.f("fk_model_cooldowns_key_id_shared_keys"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_id", "wire_name", name=op.f("pk_model_cooldowns")),
    )


def downgrade() -> None:
    op.drop_table("model_cooldowns")
