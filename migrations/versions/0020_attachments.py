"""Files attached to messages: their contents, in pieces, and the uses of them.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "attachment_contents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("media_type", sa.String(60), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("size", "stored", "characters", "pages", "width", "height")
        ),
        sa.Column("has_sent", sa.Boolean(), nullable=False),
        sa.Column("has_thumbnail", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _of("attachment_contents", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_contents")),
        sa.UniqueConstraint("user_id", "sha256", name=op.f("uq_attachment_contents_user_id_sha256")),
    )
    op.create_table(
        "attachment_pieces",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _of("attachment_pieces", "content_id", "attachment_contents"),
        sa.PrimaryKeyConstraint("content_id", "part", "number", name=op.f("pk_attachment_pieces")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("chat_id", sa.Uuid(), nullable=True),
        sa.Column("turn_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _of("attachments", "user_id", "users"),
        _of("attachments", "content_id", "attachment_contents"),
        _of("attachments", "chat_id", "chats"),
        _of("attachments", "turn_id", "turns"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_turn", "attachments", ["turn_id", "position"])
    op.create_index("ix_attachments_chat", "attachments", ["chat_id"])
    op.create_index("ix_attachments_content", "attachments", ["content_id"])
    op.create_index("ix_attachments_user", "attachments", ["user_id", "created_at"])


def downgrade() -> None:
    op.drop_table("attachments")
    op.drop_table("attachment_pieces")
    op.drop_table("attachment_contents")
