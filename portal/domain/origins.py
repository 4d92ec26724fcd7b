"""Origins: where a request may go, in one spelling."""

from urllib.parse import urlsplit


def origin_of(url: str) -> str:
    """`scheme://host:port`, lower-case, with the port always written: one member of a destination."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower(), 0)
    return f"{parts.scheme.lower()}://{host}:{port}"
