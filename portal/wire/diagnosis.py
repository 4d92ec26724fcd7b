"""What a library's exception means for people: one category, and words in which no key can hide."""

import http.client
import ssl
import zlib
from collections.abc import Iterator

import requests.exceptions as failed
import urllib3.exceptions as below

from portal.domain.faults import Category, Fault
from portal.wire.connections import PROXY_HINT

ERRORS: tuple[type[Exception], ...] = (
    failed.RequestException,
    below.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
    zlib.error,
)
"""All that requests, urllib3 and the standard library may raise from a request."""

URL_HINT = "It starts with https:// or http://, then the host, as https://api.example.com/v1."
GARBLED = "That server is faulty, or a proxy before it. Whoever runs it can look into it."
BAD_KEY = Fault(
    Category.AUTH,
    "The key cannot be sent as it is.",
    "It contains spaces, quotes, line breaks or characters that no key has. Copy it again and paste it alone.",
)

_LATE = {
    "looking up the host": "The name server of this machine is slow or out of reach. Try again in a moment.",
    "connecting": "A firewall may be dropping it, or the host or port is wrong.",
    "securing the connection": "Check the port: another kind of server may listen there, or a firewall drops it.",
    "reading the answer": "It began and did not end in time. Try again, or give the provider a longer timeout.",
}
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER", "UNKNOWN_PROTOCOL", "PACKET_LENGTH", "EOF")
_CERTIFICATE_HINTS = {
    10: "Its certificate has expired. Whoever runs that server renews it.",
    9: "Its certificate is not valid yet. Check the clocks of both machines.",
    18: "It signed its certificate itself. PORTAL_CA_BUNDLE can name a file that trusts it.",
    19: "An authority that is not known here signed it. PORTAL_CA_BUNDLE can name a file that trusts it.",
    20: "An authority that is not known here signed it. PORTAL_CA_BUNDLE can name a file that trusts it.",
    62: "Its certificate belongs to another host name. Check the host in the base URL.",
    64: "Its certificate belongs to another address. Use the host name that is written in it.",
}


def diagnose(error: Exception, host: str, doing: str) -> Fault:
    """The fault behind an exception. `doing` is the step that the request was at, as "waiting for the answer"."""
    chain = list(_causes(error))
    if isinstance(error, failed.InvalidHeader | UnicodeEncodeError):
        return BAD_KEY
    tls = next((cause for cause in chain if isinstance(cause, ssl.SSLError)), None)
    if isinstance(tls, ssl.SSLCertVerificationError):
        reason = (tls.verify_message or "it cannot be verified").rstrip(".")
        hint = _CERTIFICATE_HINTS.get(tls.verify_code, "PORTAL_CA_BUNDLE can name a file that trusts it.")
        return Fault(Category.TLS, f"The certificate of {host} is refused: {reason}.", hint)
    if any(isinstance(cause, failed.Timeout | below.TimeoutError | TimeoutError) for cause in chain):
        return took_too_long(host, doing)
    if any(isinstance(cause, failed.ProxyError | below.ProxyError | failed.InvalidProxyURL) for cause in chain):
        return Fault(Category.CONNECT, f"The proxy did not let the request to {host} through.", PROXY_HINT)
    if tls is not None and doing != "reading the answer":
        if any(sign in f"{tls.reason} {tls}" for sign in _NOT_TLS):
            hint = 'It may not speak TLS on that port: try "http://" in place of "https://".'
            return Fault(Category.CONNECT, f"{host} answered, but not as an https server does.", hint)
        return Fault(Category.TLS, f"No secure connection to {host}: {_plain(tls.reason)}.")
    if any(isinstance(cause, failed.InvalidURL | failed.InvalidSchema | below.LocationValueError) for cause in chain):
        return Fault(Category.ENDPOINT, "The base URL cannot be read.", URL_HINT)
    if any(isinstance(cause, below.DecodeError | failed.ContentDecodingError | zlib.error) for cause in chain):
        return Fault(Category.CONNECT, f"{host} sent a compressed answer that cannot be unpacked.", GARBLED)
    return _broken(chain, host, doing)


def took_too_long(host: str, doing: str) -> Fault:
    """The fault of a request that did not end in time, whatever it was doing.

    Without a hint where the server took the question and kept silent: the type of provider knows why it may.
    """
    return Fault(Category.TIMEOUT, f"{host} took too long: the time was up while {doing}.", _LATE.get(doing, ""))


def _broken(chain: list[BaseException], host: str, doing: str) -> Fault:
    garbled = next((cause for cause in chain if isinstance(cause, http.client.BadStatusLine)), None)
    if garbled is not None and not isinstance(garbled, http.client.RemoteDisconnected):
        if "\\x15\\x03" in repr(garbled.line):
            hint = 'It speaks TLS on that port: try "https://" in place of "http://".'
            return Fault(Category.CONNECT, f"{host} answered, but not as an http server does.", hint)
        hint = "Check the port: another kind of server may listen there."
        return Fault(Category.CONNECT, f"What {host} answered is not HTTP.", hint)
    strange = (http.client.LineTooLong, http.client.UnknownProtocol, below.InvalidChunkLength)
    if any(isinstance(cause, strange) or "more than 100 headers" in str(cause) for cause in chain):
        return Fault(Category.CONNECT, f"What {host} answered is not proper HTTP.", GARBLED)
    if doing == "reading the answer":
        return Fault(Category.CONNECT, "The connection dropped before the answer was complete.", "Try again.")
    return Fault(Category.CONNECT, f"{host} closed the connection without an answer.", "Try again in a moment.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps, outermost first, wherever the libraries keep it."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]


def _plain(reason: str | None) -> str:
    return (reason or "the handshake failed").replace("_", " ").lower()
