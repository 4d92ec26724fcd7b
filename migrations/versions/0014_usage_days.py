"""What was used, by day; and the answers of the chat page that were given before usage was written down.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CHATS = """
INSERT INTO usage (
    id, at, user_id, team_id, token_id, api, client, session, context, language_model_id, provider_id, model, layer,
    key_source, key_id, streamed, passed, state, status, category, tokens_in, tokens_out, tokens_cache_read,
    tokens_cache_write, tokens_cache_write_long, tokens_reasoning, cost, first_ms, total_ms, request_id,
    provider_request_id
)
SELECT
    attempts.id, attempts.created_at, chats.user_id, users.team_id, NULL, 'chat', 'portal', '', attempts.context,
    attempts.language_model_id, attempts.provider_id, attempts.selected_model, attempts.layer, attempts.key_source,
    attempts.key_id, true, false,
    CASE attempts.state WHEN 'complete' THEN 'complete' WHEN 'stopped' THEN 'left' ELSE 'failed' END,
    CASE WHEN attempts.state IN ('complete', 'stopped') THEN 200 ELSE coalesce(attempts.status, 0) END,
    attempts.category, attempts.tokens_in, attempts.tokens_out, attempts.tokens_cache_read,
    attempts.tokens_cache_write, attempts.tokens_cache_write_long, NULL, attempts.cost, attempts.first_ms,
    coalesce(attempts.total_ms, 0), '', attempts.request_id
FROM attempts JOIN chats ON chats.id = attempts.chat_id JOIN users ON users.id = chats.user_id
WHERE attempts.state IN ('complete', 'incomplete', 'stopped', 'failed', 'fallback') AND attempts.provider_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM usage WHERE usage.id = attempts.id)
"""
"""An attempt and its row have one id, so that none is counted twice."""

NUMBERS = ("requests", "failed", "unpriced", "uncounted")
TOKENS = ("tokens_in", "tokens_out", "tokens_cache_read", "tokens_cache_write", "tokens_cache_write_long")


def upgrade() -> None:
    op.create_table(
        "usage_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(300), nullable=False),
        sa.Column("client", sa.String(60), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in NUMBERS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in TOKENS),
        sa.Column("cost", sa.Numeric(24, 9), nullable=False),
        sa.PrimaryKeyConstraint("day", "user_id", "model", "client", name=op.f("pk_usage_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_usage_days_user", "usage_days", ["user_id", "day"])
    op.add_column("usage", sa.Column("summed", sa.Boolean(), server_default=sa.false(), nullable=False))
    # house: migration-locks because the table came with the migration before
    op.create_index(
        "ix_usage_unsummed",
        "usage",
        ["at"],
        sqlite_where=sa.text("summed = 0"),
        postgresql_where=sa.text("NOT summed"),
    )
    op.execute(CHATS)


def downgrade() -> None:
    op.drop_index("ix_usage_unsummed", "usage")
    with op.batch_alter_table("usage") as batch:
        batch.drop_column("summed")
    op.drop_table("usage_days")
