"""The floors, their wings, and who may use which outside library: what the laws of imports read."""

FLOOR = {
    "domain": 1,
    "dialects": 2,
    "wire": 2,
    "vault": 2,
    "store": 2,
    "files": 2,
    "services": 3,
    "web": 4,
    "cli": 4,
}
ABOVE_ALL = {"portal", "portal.serving"}
"""The two modules that see every floor: `create_app`, and what starts it."""
BESIDE = {"portal.settings": 1, "portal.later": 1, "portal.logs": 4}
"""Modules that stand beside the floors, and the floor from which they may be imported."""
NEIGHBOURS = {("wire", "dialects.base"), ("wire", "dialects.secret"), ("vault", "dialects.secret")}
"""Who may import on the second floor: the wire carries what `dialects.base` describes, the vault seals a `Secret`."""
FROM_ABOVE = {
    "portal.dialects.provider_types.shape",
    "portal.dialects.provider_types.table",
    "portal.dialects.input.typed_keys",
}
"""What the fourth floor may know of the second: rows of data, and how a key is typed. No calls, no secrets."""
FROM_THE_CLI = {"portal.store.schema", "portal.vault"}
"""What only the command line may also know: it migrates, and it makes the vault that it rotates."""

ENTRANCE = ""
"""The wing of what lies in the floor's own folder and is named in no other."""

WINGS = {
    "services": (
        "configuration",
        ENTRANCE,
        "explain",
        "providers",
        "teams",
        "health",
        "chat",
        "gateway",
        "usage",
        "overrides",
        "personal_keys",
        "language_models",
        "selection",
        "keys",
        "applications",
        "access_tokens",
        "usage",
        "allowances",
        "people",
        "audit",
        "webhooks",
        "encryption",
        "upstream",
        "last_used",
        "runtime",
    ),
    "dialects": (
        ENTRANCE,
        "callers",
        "faults",
        "input",
        "writing",
        "base",
        "origins",
        "conversation",
        "provider_types",
        "framing",
        "reading",
        "secret",
    ),
}
"""The wings of a floor, from the top down: what stands higher may import what stands lower, never the other way.

A wing is a package of the floor, or one module that all the others share; every other module is of the entrance.
"""

ONE_USER = {
    "requests": ("portal/wire",),
    "urllib3": ("portal/wire",),
    "http.client": ("portal/wire",),
    "cryptography": ("portal/vault",),
    "jwt": ("portal/vault",),
    "google.auth": ("portal/wire/tokens.py",),
    "botocore": ("portal/wire/signing.py", "portal/dialects/framing/eventstream.py"),
    "sqlalchemy": ("portal/store", "migrations"),
    "flask_sqlalchemy": ("portal/store/base.py",),
    "alembic": ("portal/store", "migrations"),
    "flask_login": ("portal/web/signed_in.py",),
    "flask": ("portal/web", "portal/cli", "portal/__init__.py", "portal/serving.py"),
    "flask_wtf": ("portal/web", "portal/__init__.py"),
    "wtforms": ("portal/web",),
    "yaml": ("portal/services/configuration",),
    "pydantic": ("portal/web/api",),
    "argon2": ("portal/services/people/passwords.py",),
    "redis": ("portal/store/redis_counts.py",),
    "waitress": ("portal/serving.py",),
    "PIL": ("portal/files/reader.py",),
    "pypdfium2": ("portal/files/reader.py",),
}
