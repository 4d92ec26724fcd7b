"""Certificates for 127.0.0.1 and localhost: a good one, and one for each way of being bad."""

import datetime
import functools
import ssl
import tempfile
from pathlib import Path

import trustme

KINDS = ("good", "self_signed", "expired", "wrong_host", "untrusted")


@functools.cache
def _authority() -> trustme.CA:
    return trustme.CA()


@functools.cache
def ca_bundle() -> str:
    """The path of a PEM file that trusts every kind but `self_signed` and `untrusted`."""
    path = Path(tempfile.mkdtemp(prefix="upstream-ca-")) / "ca.pem"
    _authority().cert_pem.write_to_path(str(path))
    return str(path)


@functools.cache
def server_context(kind: str) -> ssl.SSLContext:
    """What a server of that kind wraps its connections in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if kind == "self_signed":
        lonely = trustme.CA()
        with lonely.private_key_pem.tempfile() as key, lonely.cert_pem.tempfile() as certificate:
            context.load_cert_chain(certificate, key)
        return context
    issuer = trustme.CA() if kind == "untrusted" else _authority()
    names = ("elsewhere.test",) if kind == "wrong_host" else ("localhost", "127.0.0.1", "name.test")
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    issuer.issue_cert(*names, not_after=past if kind == "expired" else None).configure_cert(context)
    return context
