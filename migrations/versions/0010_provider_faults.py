"""What requests learned against providers and models, and since when a key fails.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_faults",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("wire_name", sa.String(length=300), nullable=False),
        sa.Column("asked", sa.String(length=300), nullable=False),
        sa.Column("by_chats", sa.Boolean(), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_source", sa.String(length=20), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("fingerprint", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["providers.id"],
            name=op.f("fk_provider_faults_provider_id_providers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("provider_id", "wire_name", name=op.f("pk_provider_faults")),
    )
    with op.batch_alter_table("shared_keys") as batch:
        batch.add_column(sa.Column("rest_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("shared_keys") as batch:
        batch.drop_column("rest_since")
    op.drop_table("provider_faults")
