"""What is sent to the webhook, and how often it is tried."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

PAUSES: tuple[timedelta, ...] = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
"""How long to wait after each try that failed; after the last of them it is given up."""

LONGEST_URL = 1000
SECRET_LENGTH = (16, 200)


def pause_after(tries: int) -> timedelta | None:
    """How long to wait when so many tries have failed; None when that was the last."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def url_fault(url: str) -> str | None:
    """Why nothing can be posted to this address; None when something can. A blank one turns the webhook off."""
    if not url:
        return None
    if url.endswith("/…"):
        return "This address is shortened. Enter the whole one."
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(char <= " " or not char.isascii() for char in url):
        return "Enter an address like https://chat.example.org/hooks/portal."
    if "@" in parts.netloc:
        return "Leave user name and password out of the address. The signature proves who sends."
    if len(url) > LONGEST_URL:
        return f"This address is longer than {LONGEST_URL:,} characters."
    return None


def shortened(url: str) -> str:
    """An address as pages show it: where it leads, without the path, which is often as good as a password."""
    found = re.match(r"([a-z]+://[^/?#]+)(.*)", url, re.IGNORECASE | re.DOTALL)
    return url if not found or found[2] in ("", "/") else f"{found[1]}/…"


def secret_fault(secret: str) -> str | None:
    """Why this cannot sign anything. Blank is fine: it keeps the stored one."""
    least, most = SECRET_LENGTH
    if secret and not least <= len(secret) <= most:
        return f"Use {least} to {most} characters."
    if secret and (not secret.isascii() or not secret.isprintable() or secret != secret.strip()):
        return "Use plain letters, digits and signs, without spaces around them."
    return None
