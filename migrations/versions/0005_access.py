"""When the password of a session was last given.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A session from before is asked for its password once: nobody noted when it was given.
    op.add_column("sessions", sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "proven_at")
