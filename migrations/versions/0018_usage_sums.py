"""Usage summed by day for everybody, each person and each team, in all that it is told by; what caches saved.

The sums take the place of `usage_days`, and are made anew from the requests by the worker: until it is done, pages
count them one by one.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NUMBERS = ("requests", "failed", "unpriced", "uncounted", "unsaved")
TOKENS = ("tokens_in", "tokens_out", "tokens_cache_read", "tokens_cache_write", "tokens_cache_write_long")
MONEY = ("cost", "saved")
FIRST = tuple(f"first_{number:02d}" for number in range(40))


def upgrade() -> None:
    op.drop_table("usage_days")
    op.create_table(
        "usage_sums",
        sa.Column("whose", sa.Uuid(), nullable=False),
        sa.Column("told_by", sa.String(10), nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in NUMBERS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in TOKENS),
        *(sa.Column(name, sa.Numeric(24, 9), nullable=False) for name in MONEY),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in FIRST),
        sa.PrimaryKeyConstraint("whose", "told_by", "key", "day", name=op.f("pk_usage_sums")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_usage_sums_most", "usage_sums", ["whose", "told_by", "day", "key", "requests"])
    op.create_index("ix_usage_sums_day", "usage_sums", ["day"])
    op.add_column("attempts", sa.Column("saved", sa.Numeric(18, 9), nullable=True))
    op.add_column("usage", sa.Column("saved", sa.Numeric(18, 9), nullable=True))
    _sum_anew()
    # house: migration-locks because the table came with a migration of the same version
    op.create_index("ix_usage_team", "usage", ["team_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_usage_team", "usage")
    _sum_anew()
    op.drop_column("usage", "saved")
    op.drop_column("attempts", "saved")
    op.drop_table("usage_sums")
    op.create_table(
        "usage_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(300), nullable=False),
        sa.Column("client", sa.String(60), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in NUMBERS[:-1]),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in TOKENS),
        sa.Column("cost", sa.Numeric(24, 9), nullable=False),
        sa.PrimaryKeyConstraint("day", "user_id", "model", "client", name=op.f("pk_usage_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_usage_days_user", "usage_days", ["user_id", "day"])


def _sum_anew() -> None:
    """Let nothing count as summed. A new column says so of a large table at once, where an update would not."""
    op.drop_index("ix_usage_unsummed", "usage")
    op.drop_column("usage", "summed")
    op.add_column("usage", sa.Column("summed", sa.Boolean(), server_default=sa.false(), nullable=False))
    # house: migration-locks because the table came with a migration of the same version
    op.create_index(
        "ix_usage_unsummed",
        "usage",
        ["at"],
        sqlite_where=sa.text("summed = 0"),
        postgresql_where=sa.text("NOT summed"),
    )
