"""What was used: a row for each request; what changed at endpoints, as a count; and which APIs a provider lacks.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("token_id", sa.Uuid(), nullable=True),
        sa.Column("api", sa.String(20), nullable=False),
        sa.Column("client", sa.String(60), nullable=False),
        sa.Column("session", sa.String(100), nullable=False),
        sa.Column("context", sa.String(60), nullable=False),
        sa.Column("language_model_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("model", sa.String(300), nullable=False),
        sa.Column("layer", sa.String(40), nullable=False),
        sa.Column("key_source", sa.String(20), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("streamed", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(30), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=True),
        sa.Column("tokens_out", sa.Integer(), nullable=True),
        sa.Column("tokens_cache_read", sa.Integer(), nullable=True),
        sa.Column("tokens_cache_write", sa.Integer(), nullable=True),
        sa.Column("tokens_cache_write_long", sa.Integer(), nullable=True),
        sa.Column("tokens_reasoning", sa.Integer(), nullable=True),
        sa.Column("cost", sa.Numeric(18, 9), nullable=True),
        sa.Column("first_ms", sa.Integer(), nullable=True),
        sa.Column("total_ms", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(40), nullable=False),
        sa.Column("provider_request_id", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage")),
    )
    op.create_index("ix_usage_at", "usage", ["at"])
    op.create_index("ix_usage_user", "usage", ["user_id", "at"])
    op.create_index("ix_usage_token", "usage", ["token_id", "at"])
    op.create_index("ix_usage_provider", "usage", ["provider_id", "at"])
    with op.batch_alter_table("catalog_state") as batch:
        batch.add_column(sa.Column("endpoints", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    with op.batch_alter_table("providers") as batch:
        batch.add_column(sa.Column("missing_apis", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("providers") as batch:
        batch.drop_column("missing_apis")
    with op.batch_alter_table("catalog_state") as batch:
        batch.drop_column("endpoints")
    op.drop_table("usage")
