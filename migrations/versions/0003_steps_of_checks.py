"""What each check did on its way, and for how long, and what was mended on it.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("steps", "notes"):
        op.add_column("checks", sa.Column(name, sa.JSON(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    for name in ("notes", "steps"):
        op.drop_column("checks", name)
