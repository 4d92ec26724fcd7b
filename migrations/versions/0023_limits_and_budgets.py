"""What is allowed to whom, and the requests and the money that are counted against it.

Revision ID: 0023
Revises: 0022
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowances",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("raised_to", sa.BigInteger(), nullable=True),
        sa.Column("raised_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_allowances")),
    )
    op.create_table(
        "limit_counts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("minute_from", sa.BigInteger(), nullable=False),
        sa.Column("in_minute", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("in_day", sa.Integer(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_counts")),
    )
    op.create_table(
        "budget_counts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", "period", name=op.f("pk_budget_counts")),
    )
    op.create_table(
        "budget_notices",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", "user_id", "period", "percent", name=op.f("pk_budget_notices")),
    )
    op.create_index(op.f("ix_budget_notices_user_id"), "budget_notices", ["user_id"])
    # What was used this month already counts. It is added up in whole billionths, as each request is from now on.
    usage = sa.table("usage", *(sa.column(name) for name in ("user_id", "team_id", "token_id", "at", "cost", "state")))
    usage.append_column(sa.column("tokens_out"))
    now = datetime.now(UTC)
    month = sa.literal(datetime(now.year, now.month, 1, tzinfo=UTC), sa.DateTime(timezone=True))
    counts = sa.table("budget_counts", *(sa.column(name) for name in ("id", "period", "spent", "unpriced")))
    amount = sa.cast(sa.func.round(sa.func.coalesce(usage.c.cost, 0) * 1_000_000_000), sa.BigInteger())
    unknown = sa.and_(
        usage.c.cost.is_(None), sa.or_(usage.c.state.in_(["complete", "left"]), usage.c.tokens_out.is_not(None))
    )
    for name in ("user_id", "team_id", "token_id"):
        whose = usage.c[name]
        sums = (
            sa.select(
                whose,
                sa.literal(now.year * 100 + now.month, sa.Integer()),
                sa.cast(sa.func.sum(amount), sa.BigInteger()),
                sa.cast(sa.func.sum(sa.case((unknown, 1), else_=0)), sa.Integer()),
            )
            .where(whose.is_not(None), usage.c.at >= month)
            .group_by(whose)
        )
        op.execute(counts.insert().from_select(["id", "period", "spent", "unpriced"], sums))


def downgrade() -> None:
    op.drop_table("budget_notices")
    op.drop_table("budget_counts")
    op.drop_table("limit_counts")
    op.drop_table("allowances")
