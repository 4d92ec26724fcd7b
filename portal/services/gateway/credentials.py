"""The access tokens that a request carries: each client has its own header for it, and some send two."""

from collections.abc import Iterator, Mapping

from portal.dialects.secret import Secret

HEADERS = ("x-api-key", "authorization", "x-goog-api-key", "api-key")
"""Where clients put it, what Anthropic's clients mean first."""


def carried(headers: Mapping[str, str]) -> Iterator[Secret]:
    """Every token in a request's headers, by their names in small letters; none twice."""
    seen: set[str] = set()
    for header in HEADERS:
        text = headers.get(header, "").strip()
        if header == "authorization":
            kind, _, text = text.partition(" ")
            text = text.strip() if kind.lower() == "bearer" else ""
        if text and text not in seen:
            seen.add(text)
            yield Secret(text)
