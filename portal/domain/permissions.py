"""What people may do: fixed permission names, and the roles that ship with the portal."""

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """Everything a route can ask of a person. `PUBLIC` and `SIGNED_IN` are asked of routes, never given to roles."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"

    PROVIDER_VIEW = "llm_provider.view"
    PROVIDER_CREATE = "llm_provider.create"
    PROVIDER_EDIT = "llm_provider.edit"
    PROVIDER_DELETE = "llm_provider.delete"
    PROVIDER_TEST = "llm_provider.test"
    CHAT = "chat.use"
    PERSONAL_KEY = "personal_key.use"
    PERSONAL_OVERRIDE = "personal_override.use"
    ACCESS_TOKEN = "access_token.use"  # noqa: S105 - a permission's name, not a token
    USER_MANAGE = "user.manage"
    ROLE_MANAGE = "role.manage"
    TEAM_MANAGE = "team.manage"
    APPLICATION_VIEW = "application.view"
    APPLICATION_MANAGE = "application.manage"
    SETTINGS_EDIT = "settings.edit"
    AUDIT_VIEW = "audit.view"
    USAGE_VIEW = "usage.view"


GRANTABLE: frozenset[Permission] = frozenset(Permission) - {Permission.PUBLIC, Permission.SIGNED_IN}
"""What a role can hold."""


@dataclass(frozen=True)
class Grant:
    """One permission as people meet it on the Roles page."""

    permission: Permission
    label: str
    explanation: str


PERMISSION_GROUPS: tuple[tuple[str, tuple[Grant, ...]], ...] = (
    (
        "Providers and models",
        (
            Grant(
                Permission.PROVIDER_VIEW,
                "See",
                "Providers, models, overrides and health checks. Never a key.",
            ),
            Grant(
                Permission.PROVIDER_CREATE,
                "Connect",
                "Add providers with their first key, and publish models.",
            ),
            Grant(
                Permission.PROVIDER_EDIT,
                "Change",
                "Providers, models, options and shared keys; choose the default.",
            ),
            Grant(
                Permission.PROVIDER_DELETE,
                "Delete",
                "Providers, models and shared keys; revoke anybody's personal key.",
            ),
            Grant(Permission.PROVIDER_TEST, "Test", "Test connections and discover models with the shared keys."),
        ),
    ),
    (
        "Using models",
        (
            Grant(Permission.CHAT, "Chat", "The chat page and the gateway."),
            Grant(Permission.PERSONAL_KEY, "Own keys", "Keep and test personal keys."),
            Grant(Permission.PERSONAL_OVERRIDE, "Own overrides", "Choose one's own model for each context."),
            Grant(Permission.ACCESS_TOKEN, "Access tokens", "Create tokens for the API and the gateway."),
        ),
    ),
    (
        "Running the portal",
        (
            Grant(
                Permission.USER_MANAGE,
                "People",
                "Create, change and disable users; give out roles one holds oneself.",
            ),
            Grant(Permission.ROLE_MANAGE, "Roles", "Make and change roles, and which models they reach."),
            Grant(Permission.TEAM_MANAGE, "Teams", "Teams, their members, managers and entitlements."),
            Grant(
                Permission.APPLICATION_VIEW,
                "See applications",
                "Embedding applications, their environments and when they were used. Never a secret.",
            ),
            Grant(
                Permission.APPLICATION_MANAGE,
                "Applications",
                "Register applications whose own users ask models here; rotate their keys, turn them off.",
            ),
            Grant(Permission.SETTINGS_EDIT, "Settings", "Change the settings of this deployment."),
            Grant(Permission.AUDIT_VIEW, "Audit", "Read the audit trail."),
            Grant(Permission.USAGE_VIEW, "Usage", "See everybody's usage and cost."),
        ),
    ),
)


@dataclass(frozen=True)
class BuiltInRole:
    """A role that ships with the portal: fixed in code, copied but never edited."""

    key: str
    name: str
    description: str
    permissions: frozenset[Permission]


ADMINISTRATOR = "administrator"

BUILT_IN_ROLES: dict[str, BuiltInRole] = {
    role.key: role
    for role in (
        BuiltInRole(ADMINISTRATOR, "Administrator", "May do everything, now and in later versions.", GRANTABLE),
        BuiltInRole(
            "operator",
            "Operator",
            "Connects, changes and tests providers and models.",
            frozenset(
                {
                    Permission.PROVIDER_VIEW,
                    Permission.PROVIDER_CREATE,
                    Permission.PROVIDER_EDIT,
                    Permission.PROVIDER_TEST,
                    Permission.AUDIT_VIEW,
                }
            ),
        ),
        BuiltInRole(
            "auditor",
            "Auditor",
            "Reads providers, usage and the audit trail; changes nothing.",
            frozenset({Permission.PROVIDER_VIEW, Permission.AUDIT_VIEW, Permission.USAGE_VIEW}),
        ),
        BuiltInRole(
            "developer",
            "Developer",
            "Chats, with own keys, own overrides and access tokens.",
            frozenset(
                {
                    Permission.CHAT,
                    Permission.PERSONAL_KEY,
                    Permission.PERSONAL_OVERRIDE,
                    Permission.ACCESS_TOKEN,
                }
            ),
        ),
    )
}
