"""Copies of chats that people give each other to read.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

HELD_TO = {"chat_id": "chats", "owner_id": "users", "reader_id": "users"}


def upgrade() -> None:
    op.create_table(
        "chat_shares",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in HELD_TO),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_chat_shares_{name}_{table}"), ondelete="CASCADE"
            )
            for name, table in HELD_TO.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_shares")),
    )
    for name in HELD_TO:
        op.create_index(f"ix_chat_shares_{name}", "chat_shares", [name])


def downgrade() -> None:
    op.drop_table("chat_shares")
