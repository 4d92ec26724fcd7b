"""Embedding applications with their keys, and whose requests were theirs.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("environments", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_address", sa.String(64), server_default="", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    op.create_index(
        "uq_applications_name",
        "applications",
        ["name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "application_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("algorithm", sa.String(5), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("encrypted", sa.Text(), nullable=False),
        sa.Column("master_key_id", sa.String(16), nullable=False),
        sa.Column("fingerprint", sa.String(8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_keys_application_id_applications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_keys")),
    )
    op.create_index(op.f("ix_application_keys_application_id"), "application_keys", ["application_id"])
    op.create_index(op.f("ix_application_keys_master_key_id"), "application_keys", ["master_key_id"])
    # Added in place: a table of usage may be long, and neither database has to write it anew for these.
    op.add_column("usage", sa.Column("application_id", sa.Uuid(), nullable=True))
    op.add_column("usage", sa.Column("end_user", sa.String(200), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("usage") as batch:
        batch.drop_column("end_user")
        batch.drop_column("application_id")
    op.drop_table("application_keys")
    op.drop_table("applications")
    op.execute("DELETE FROM allowances WHERE kind = 'app'")
