"""Pages and assets in a fraction of their size, for browsers that take gzip.

Some lines of ours and not Flask-Compress: which answers may be compressed is a question of safety, which is most of
this module, and gzip of the standard library is the one method that every browser has.

Whoever sees how long an answer is, and has the reader's browser fetch it again and again with another guess in it,
reads secrets beside the guess from the lengths alone (BREACH). So a page is compressed only where no stranger had a say
in what it was asked for: after a click on a page of ours, which browsers tell (`Sec-Fetch-Site: same-origin`), or when
its address has no query and no other site sent the reader there. What is answered to a POST repeats what was typed, and
is sent as it is. That the token of forms is signed anew each second, and that the session's cookie does not travel with
what other sites embed, stand behind that. Events of an answer are never compressed: they have to leave one by one.

Assets hold no secret. Each is compressed once and remembered by its ETag, which changes with the file; compressed it
has another ETag, for it is another text to whoever compares.
"""

import gzip

from flask import Flask, Response, request

from portal.web.security_headers import ASSETS

TEXTS = {
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "image/svg+xml",
}
WORTH = 1_000
"""Bytes from which an answer is compressed: what fits into one packet is not there sooner."""
PAGE_LEVEL, ASSET_LEVEL = 4, 9
"""A page is made each time, and beyond this level costs more time than it saves; an asset once."""
MOST = 4_000_000
"""Bytes of compressed assets that are remembered. All of a page's together take a fifth of it."""


class Compressed:
    """Assets as they are sent to whoever takes gzip, by the ETag of the file."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def of(self, tag: str, response: Response) -> bytes:
        """The body of this answer, compressed. Two threads may do the same work once; neither waits."""
        kept = self._kept.get(tag)
        if kept is None:
            response.direct_passthrough = False
            kept = gzip.compress(response.get_data(), ASSET_LEVEL, mtime=0)
            if sum(map(len, list(self._kept.values()))) + len(kept) > MOST:
                self._kept.clear()
            self._kept[tag] = kept
        return kept


def install(app: Flask) -> None:
    """Compress what leaves the application; to be called first, so that it sees answers as they are sent."""
    assets = Compressed()

    def compress(response: Response) -> Response:
        asset = request.endpoint in ASSETS
        if response.mimetype not in TEXTS or response.status_code not in (200, 304):
            return response
        if not asset and (response.is_streamed or not _own_wish()):
            return response
        response.vary.add("Accept-Encoding")
        if (
            response.status_code == 304
            or not request.accept_encodings["gzip"]
            or "Content-Encoding" in response.headers
        ):
            return response
        if (response.content_length or 0) < WORTH:
            return response
        tag, weak = response.get_etag()
        if not asset or tag is None:
            response.set_data(gzip.compress(response.get_data(), PAGE_LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            return response
        body = assets.of(tag, response)
        response.close()  # the file; it is not read where the text is remembered
        response.direct_passthrough = False
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        response.set_etag(f"{tag}-gzip", weak=bool(weak))
        return response.make_conditional(request.environ)

    app.after_request(compress)


def _own_wish() -> bool:
    """Whether it was the reader who asked for this page with these words, and no other site."""
    if request.method not in ("GET", "HEAD"):
        return False
    asked_from = request.headers.get("Sec-Fetch-Site", "none")
    return asked_from == "same-origin" or (asked_from == "none" and not request.query_string)
