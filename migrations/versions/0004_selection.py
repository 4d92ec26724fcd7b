"""What selection reads beside models: contexts, overrides, role patterns, personal keys, teams' rights, aliases.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MODEL_COLUMNS = (
    sa.Column("chats", sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column("effort_default", sa.String(length=10), server_default="", nullable=False),
    sa.Column("effort_most", sa.String(length=10), server_default="", nullable=False),
    sa.Column("output_limit", sa.Integer(), nullable=True),
    sa.Column("modalities", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
    sa.Column("retires_on", sa.Date(), nullable=True),
    sa.Column("sources", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
)

TEAM_COLUMNS = (
    sa.Column("entitled", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("exclusive", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("default_id", sa.Uuid(), nullable=True),
    sa.Column("private_networks", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
)


def upgrade() -> None:
    op.create_table(
        "contexts",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("explanation", sa.String(length=300), nullable=False),
        sa.Column("feature", sa.String(length=80), nullable=False),
        sa.Column("capabilities", sa.JSON(), nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_contexts")),
    )
    op.create_table(
        "overrides",
        sa.Column("context", sa.String(length=40), nullable=False),
        sa.Column("language_model_id", sa.Uuid(), nullable=False),
        sa.Column("effort", sa.String(length=10), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["language_model_id"], ["language_models.id"], name=op.f("fk_overrides_language_model_id_language_models")
        ),
        sa.PrimaryKeyConstraint("context", name=op.f("pk_overrides")),
    )
    op.create_table(
        "personal_overrides",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("context", sa.String(length=40), nullable=False),
        sa.Column("language_model_id", sa.Uuid(), nullable=False),
        sa.Column("effort", sa.String(length=10), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_personal_overrides_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["language_model_id"],
            ["language_models.id"],
            name=op.f("fk_personal_overrides_language_model_id_language_models"),
        ),
        sa.PrimaryKeyConstraint("user_id", "context", name=op.f("pk_personal_overrides")),
    )
    op.create_index(op.f("ix_personal_overrides_context"), "personal_overrides", ["context"], unique=False)
    op.create_table(
        "role_patterns",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("pattern", sa.String(length=600), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_role_patterns_role_id_roles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", "pattern", name=op.f("pk_role_patterns")),
    )
    op.create_table(
        "personal_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("destination", sa.String(length=1000), nullable=False),
        sa.Column("master_key_id", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tested", sa.String(length=30), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_personal_keys_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_personal_keys_provider_id_providers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_keys")),
        sa.UniqueConstraint("user_id", "provider_id", name=op.f("uq_personal_keys_user_id_provider_id")),
    )
    op.create_index(op.f("ix_personal_keys_provider_id"), "personal_keys", ["provider_id"], unique=False)
    op.create_index(op.f("ix_personal_keys_master_key_id"), "personal_keys", ["master_key_id"], unique=False)
    op.create_table(
        "team_managers",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_managers_team_id_teams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_team_managers_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_managers")),
    )
    op.create_index(op.f("ix_team_managers_user_id"), "team_managers", ["user_id"], unique=False)
    op.create_table(
        "model_aliases",
        sa.Column("alias", sa.String(length=200), nullable=False),
        sa.Column("language_model_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["language_model_id"],
            ["language_models.id"],
            name=op.f("fk_model_aliases_language_model_id_language_models"),
        ),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_model_aliases")),
    )
    op.create_index(op.f("ix_model_aliases_language_model_id"), "model_aliases", ["language_model_id"], unique=False)
    for column in MODEL_COLUMNS:
        op.add_column("language_models", column._copy())
    for column in TEAM_COLUMNS:
        op.add_column("teams", column._copy())
    op.add_column("attempts", sa.Column("effort", sa.String(length=10), server_default="", nullable=False))
    # house: migration-locks because a portal has some thousand users, which take milliseconds
    op.create_index(op.f("ix_users_team_id"), "users", ["team_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_users_team_id"), table_name="users")
    op.drop_column("attempts", "effort")
    for column in reversed(TEAM_COLUMNS):
        op.drop_column("teams", column.name)
    for column in reversed(MODEL_COLUMNS):
        op.drop_column("language_models", column.name)
    for table in (
        "model_aliases",
        "team_managers",
        "personal_keys",
        "role_patterns",
        "personal_overrides",
        "overrides",
        "contexts",
    ):
        op.drop_table(table)
