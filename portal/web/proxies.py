"""What stands between a browser and the portal, undone: below which path it is served, and what it is called there.

Proxies differ. They strip the path of `PORTAL_PUBLIC_URL` or keep it, say so or not, pass the name that people typed or
their own, with a port or without, and write addresses with ports. Behind any of them a request looks the same here.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.settings import Settings
from portal.web.hosts import called

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
_PORT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>\d+(?:\.\d+){3}))(?::\d+)?")


def install(app: Flask, settings: Settings) -> None:
    """Serve below the public URL's path, and read what trusted proxies say. Install it after `hosts`."""
    public = urlsplit(settings.public_url)
    app.config.update(SESSION_COOKIE_PATH=public.path or "/", WTF_CSRF_SSL_STRICT=False)
    app.wsgi_app = _named(app.wsgi_app, public.netloc, public.scheme, settings)  # type: ignore[method-assign]
    app.wsgi_app = _below(app, app.wsgi_app, public.path)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = _plain_address(app.wsgi_app)  # type: ignore[method-assign]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)  # type: ignore[method-assign]


def refuse_foreign_forms(app: Flask, settings: Settings) -> None:
    """Let no other site send a form. Install it after the guard: who may not use a route is told that first."""
    public = urlsplit(settings.public_url)

    @app.before_request
    def _refuse() -> None:
        """A form that says that it comes from another site is refused; one that does not say is judged by its token."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        for told in (request.headers.get("Origin"), request.referrer):
            if told and told != "null" and called(urlsplit(told).netloc) not in {called(request.host), public.hostname}:
                abort(400)


def _below(app: Flask, inner: Application, path: str) -> Application:
    """Requests below a path, whether or not the proxy stripped it: what is left names a page, and links carry it."""

    @cache
    def beginnings() -> frozenset[str]:  # asked once all routes are there, and again and again
        return _beginnings(app)

    def below(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        told = environ.get("SCRIPT_NAME", "").rstrip("/")
        prefix = path or told
        if prefix:
            environ["SCRIPT_NAME"] = prefix
            asked = environ.get("PATH_INFO", "")
            # A proxy that names what it stripped did strip it, and a page of ours may begin as the path does.
            stripped = bool(told) and asked.removeprefix("/").partition("/")[0] in beginnings()
            if (asked == prefix or asked.startswith(f"{prefix}/")) and not stripped:
                environ["PATH_INFO"] = asked[len(prefix) :] or "/"
        return inner(environ, start_response)

    return below


def _beginnings(app: Flask) -> frozenset[str]:
    """The first part of the address of each of our pages."""
    return frozenset(rule.rule.split("/")[1] for rule in app.url_map.iter_rules())


def _named(inner: Application, netloc: str, scheme: str, settings: Settings) -> Application:
    """With a public URL its name, port and scheme are what people typed, whatever of it a trusted proxy passed on."""
    if not (netloc and settings.trusted_proxies):
        return inner

    def named(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        nameless = any(header in environ for header in FORWARDED) and not environ.get("HTTP_X_FORWARDED_HOST")
        if nameless or called(environ.get("HTTP_HOST", "")) == called(netloc):
            environ["HTTP_HOST"], environ["wsgi.url_scheme"] = netloc, scheme
        return inner(environ, start_response)

    return named


def _plain_address(inner: Application) -> Application:
    """Addresses without the ports that some proxies write: else each connection would count as somebody else."""

    def plain(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if found := _PORT.fullmatch(environ.get("REMOTE_ADDR", "")):
            with suppress(ValueError):
                environ["REMOTE_ADDR"] = str(ipaddress.ip_address(found["six"] or found["four"]))
        return inner(environ, start_response)

    return plain
