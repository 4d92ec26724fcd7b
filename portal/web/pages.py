"""Every page of the portal, and what stands before all of them, in its order."""

import importlib
import importlib.util

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from portal.domain.permissions import Permission
from portal.settings import Settings
from portal.web import (
    admission,
    bodies,
    compression,
    errors,
    fresh_sign_in,
    guard,
    hosts,
    late_forms,
    navigation,
    own_budgets,
    proxies,
    refused_forms,
    rendering,
    requests,
    security_headers,
    signed_in,
)
from portal.web.api import door as api
from portal.web.gateway import application as gateway
from portal.web.guard import GuardedFlask as GuardedFlask  # exported: what an application with pages is made of

FEATURES = (
    "operations",
    "sessions",
    "overview",
    "chat",
    "providers",
    "language_models",
    "overrides",
    "agents",
    "explain",
    "health",
    "usage",
    "my_usage",
    "audit",
    "people",
    "personal_keys",
    "access_tokens",
    "api",
    "connect_client",
    "teams",
    "my_team",
    "team_usage",
    "team_providers",
    "profile",
    "applications",
    "allowances",
    "settings",
    "components",
)


def install(app: Flask, settings: Settings) -> None:
    """Give the application its pages. Raises when a route has no permission."""
    gateway.install(app)
    api.install(app)  # innermost, both: names of hosts and proxies are looked at before it
    compression.install(app)
    hosts.install(app, settings)
    requests.install(app, behind_proxies=settings.trusted_proxies > 0)
    proxies.install(app, settings)
    admission.install(app, settings.threads)
    bodies.install(app)
    signed_in.install(app)
    late_forms.install_before_guard(app)
    guard.install(app)  # before CSRF protection: a stranger learns nothing from a form's error
    proxies.refuse_foreign_forms(app, settings)
    late_forms.install_before_csrf(app)
    CSRFProtect(app)
    refused_forms.install(app)
    fresh_sign_in.install(app)  # after it: what another site sent is refused before anybody is asked for a password
    Bootstrap5(app)
    security_headers.install(app, settings)
    rendering.install(app)
    navigation.install(app)
    own_budgets.install(app)
    errors.install(app)
    _add_static_routes(app)
    for feature in FEATURES:
        if importlib.util.find_spec(f"portal.web.{feature}.views") is not None:
            app.register_blueprint(importlib.import_module(f"portal.web.{feature}.views").bp)
    guard.inspect(app)


def _add_static_routes(app: Flask) -> None:
    """Our assets and Bootstrap's, for everybody: the two routes that libraries would add without a permission."""
    app.static_folder = str(rendering.STATIC)
    app.add_url_rule(
        "/static/<path:filename>", endpoint="static", view_func=app.send_static_file, permission=Permission.PUBLIC
    )
