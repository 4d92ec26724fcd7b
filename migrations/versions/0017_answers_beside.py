"""How long a model thought, which answer somebody picked, and how much effort a chat asks for.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chats", sa.Column("effort", sa.String(10), server_default="", nullable=False))
    op.add_column("turns", sa.Column("picked_id", sa.Uuid()))
    op.add_column("attempts", sa.Column("beside", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("attempts", sa.Column("thought_ms", sa.Integer()))
    op.add_column("attempts", sa.Column("tokens_reasoning", sa.Integer()))


def downgrade() -> None:
    with op.batch_alter_table("attempts") as batch:
        for name in ("tokens_reasoning", "thought_ms", "beside"):
            batch.drop_column(name)
    with op.batch_alter_table("turns") as batch:
        batch.drop_column("picked_id")
    with op.batch_alter_table("chats") as batch:
        batch.drop_column("effort")
