"""What pages ask about attempts of the last day and chats with a model is found by an index.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # house: migration-locks because a portal has some hundred thousand of them, which take a second at its start
    op.create_index("ix_attempts_created", "attempts", ["created_at"])
    # house: migration-locks because there are fewer chats still
    op.create_index("ix_chats_model", "chats", ["language_model_id"])


def downgrade() -> None:
    op.drop_index("ix_chats_model", "chats")
    op.drop_index("ix_attempts_created", "attempts")
