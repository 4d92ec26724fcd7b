"""Which names the portal answers to: with a public URL, its host and this machine. A forged Host makes no links."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.wrappers import Response

from portal.settings import Settings

PROBES = ("/healthz", "/readyz")
"""What an orchestrator asks by a container's number, which is no name of the portal. Nothing in them is a link."""

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?", re.IGNORECASE)


def install(app: Flask, settings: Settings) -> None:
    """Answer a stranger's Host with a sentence, before anything makes an address of it."""
    name = urlsplit(settings.public_url).hostname
    if not name:
        return
    # Not Flask's TRUSTED_HOSTS: it reads no IPv6, and its refusal comes when pages cannot be drawn any more.
    names = HERE | {name}
    words = f"This portal is not called that. Open it at {settings.public_url}\n"
    inner = app.wsgi_app

    def check(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") not in PROBES and called(environ.get("HTTP_HOST", "")) not in names:
            return Response(words, 400, mimetype="text/plain")(environ, start_response)
        return inner(environ, start_response)

    app.wsgi_app = check  # type: ignore[method-assign]


def called(host: str) -> str:
    """The name in a Host header, without its port; "" for what is none."""
    match = _HOST.fullmatch(host)
    return (match[1] or match[2]).lower() if match else ""
