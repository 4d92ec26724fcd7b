"""What each provider said of the models that it listed last, so that one typed later is filled in from it; and how many
tokens of an answer were written to a cache that is kept longer, which has a price of its own.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("provider_listings") as batch:
        batch.add_column(sa.Column("told", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
    with op.batch_alter_table("attempts") as batch:
        batch.add_column(sa.Column("tokens_cache_write_long", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempts") as batch:
        batch.drop_column("tokens_cache_write_long")
    with op.batch_alter_table("provider_listings") as batch:
        batch.drop_column("told")
