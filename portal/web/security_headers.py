"""What every answer tells the browser: where things may come from, who may frame us, what may be kept."""

from flask import Flask, Response, request

from portal.settings import Settings

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)

HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Security-Policy", CONTENT_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    # Not `no-referrer`: over https the form protection compares the page that a form came from.
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)

ASSETS = ("static", "bootstrap.static")
YEAR = 365 * 24 * 3600
FOREVER = f"public, max-age={YEAR}, immutable"


def install(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer."""

    def add(response: Response) -> Response:
        for name, value in HEADERS:
            response.headers.setdefault(name, value)  # house: encoded-header-text because HEADERS are literals
        if settings.secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
        if request.endpoint in ASSETS and response.status_code in (200, 206, 304):
            # With its hash in the address a file never changes; without, the browser asks each time.
            response.headers["Cache-Control"] = FOREVER if "v" in request.args else "no-cache"
        elif "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    app.after_request(add)
