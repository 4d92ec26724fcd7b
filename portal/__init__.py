"""LLM Portal. `create_app` is the only place that sees all floors: it wires them, then inspects the result."""

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask

from portal import cli, logs
from portal.dialects import demo
from portal.domain.egress import EgressPolicy
from portal.later import Later
from portal.services.runtime import EXTENSION, Runtime, utc_now
from portal.settings import Settings
from portal.store import base, schema
from portal.store import connections as database
from portal.vault import Vault
from portal.wire import Wire

pages = Later("portal.web.pages")
"""The worker has none."""

ROOT = Path(__file__).parent.parent

WORKERS_CONNECTIONS = 5
"""Connections to the database that the worker makes at most: it waits for providers, not for rows."""


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    environment: Mapping[str, str] = os.environ,
) -> Flask:
    """The portal on a database that is already migrated. Raises when a route has no permission.

    `now` is the clock and `environment` holds the variables that providers may fall back to; tests hand in others.
    """
    app = pages.GuardedFlask(
        "portal",
        static_folder=None,
        static_url_path="/static",
        template_folder=str(ROOT / "templates"),
        root_path=str(ROOT),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key or _kept_secret(settings.data_dir / "secret.key"),
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        WTF_CSRF_TIME_LIMIT=None,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    _furnish(app, settings, now, environment, settings.database_connections)

    pages.install(app, settings)
    return app


def worker_app() -> Flask:
    """What the worker beside a server works in: database, runtime and commands, without a single page.

    The server that starts it has read the same settings, and has migrated.
    """
    app = Flask("portal", static_folder=None)
    settings = Settings.from_env()
    _furnish(app, settings, utc_now, os.environ, min(settings.database_connections, WORKERS_CONNECTIONS))
    return app


def _furnish(
    app: Flask, settings: Settings, now: Callable[[], datetime], environment: Mapping[str, str], connections: int
) -> None:
    """What pages and worker have in common."""
    logs.configure(settings.log_format)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(settings.database, connections),
    )
    base.db.init_app(app)
    with app.app_context():
        database.prepare(base.db.engine)
    app.extensions[EXTENSION] = Runtime(
        wire=Wire(
            EgressPolicy(settings.private_networks),
            threads=settings.threads,
            ca_bundle=settings.ca_bundle or None,
            proxy=settings.egress_proxy or None,
            local={"demo": demo.answer},
        ),
        vault=Vault.from_settings(settings),
        settings=settings,
        now=now,
        # The variables of a process do not change under it; and to compare a copy with another is cheap.
        environment=dict(environment) if environment is os.environ else environment,
    )
    cli.install(app)


def migrated_app(settings: Settings) -> Flask:
    """Make the data directory, migrate, build the app: what both entry points (`app.py`, `flask`) do."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    schema.migrate(settings.database)
    return create_app(settings)


def _kept_secret(file: Path) -> str:
    """The secret that signs cookies: made at the first start, whole or not at all, readable by its owner alone."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process was first: its secret is the one
            os.link(draft, file)
        draft.unlink()
    return file.read_text(encoding="ascii")
