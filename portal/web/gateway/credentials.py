"""The access tokens that a request carries: each client has its own header for it, and some send two."""

from collections.abc import Iterator

from flask import Request

from portal.dialects.secret import Secret

HEADERS = ("X-Api-Key", "Authorization", "X-Goog-Api-Key", "Api-Key")
"""Where clients put it, what Anthropic's clients mean first."""


def carried(request: Request) -> Iterator[Secret]:
    """Every token in the request's headers, none twice."""
    seen: set[str] = set()
    for header in HEADERS:
        text = request.headers.get(header, "").strip()
        if header == "Authorization":
            kind, _, text = text.partition(" ")
            text = text.strip() if kind.lower() == "bearer" else ""
        if text and text not in seen:
            seen.add(text)
            yield Secret(text)
