"""Chats stand on shelves, and are found by the words of what was said in them.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LOOKED_UP = """
CREATE VIRTUAL TABLE chat_words_index USING fts5(
    words, content='chat_words', content_rowid='id', detail='none', tokenize='unicode61 remove_diacritics 0'
)
"""
ADDED = """
CREATE TRIGGER chat_words_added AFTER INSERT ON chat_words BEGIN
    INSERT INTO chat_words_index (rowid, words) VALUES (new.id, new.words);
END
"""
REMOVED = """
CREATE TRIGGER chat_words_removed AFTER DELETE ON chat_words BEGIN
    INSERT INTO chat_words_index (chat_words_index, rowid, words) VALUES ('delete', old.id, old.words);
END
"""


def upgrade() -> None:
    op.add_column("chats", sa.Column("shelf", sa.String(10), server_default="open", nullable=False))
    op.add_column("chats", sa.Column("shelved_at", sa.DateTime(timezone=True)))
    # house: migration-locks because there are fewer chats than answers, and those took a second
    op.create_index("ix_chats_shelf", "chats", ["user_id", "shelf", "changed_at", "id"])
    # house: migration-locks because of the same
    op.create_index("ix_chats_due", "chats", ["shelf", "changed_at"])
    op.drop_index("ix_chats_user", "chats")
    op.create_table(
        "chat_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid()),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_chat_words_chat_id_chats"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_words")),
    )
    op.create_index("ix_chat_words_chat_id", "chat_words", ["chat_id"])
    for table in ("turns", "attempts"):
        op.add_column(table, sa.Column("words_listed", sa.Boolean(), server_default=sa.false(), nullable=False))
        # house: migration-locks because a portal has some hundred thousand of them, which take a second at its start
        op.create_index(
            f"ix_{table}_unlisted",
            table,
            ["chat_id"],
            sqlite_where=sa.text("NOT words_listed"),
            postgresql_where=sa.text("NOT words_listed"),
        )
    if op.get_bind().dialect.name == "sqlite":
        for statement in (LOOKED_UP, ADDED, REMOVED):
            op.execute(statement)
    else:
        op.create_index("ix_chat_words_words", "chat_words", ["words"], postgresql_using="gin")


def downgrade() -> None:
    """Chats that were deleted a moment ago are gone with it: there is no shelf for them any more."""
    op.execute("DELETE FROM chats WHERE shelf = 'deleted'")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE chat_words_index")
    op.drop_table("chat_words")
    for table in ("attempts", "turns"):
        op.drop_index(f"ix_{table}_unlisted", table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column("words_listed")
    op.create_index("ix_chats_user", "chats", ["user_id", "changed_at", "id"])
    op.drop_index("ix_chats_due", "chats")
    op.drop_index("ix_chats_shelf", "chats")
    with op.batch_alter_table("chats") as batch:
        batch.drop_column("shelved_at")
        batch.drop_column("shelf")
