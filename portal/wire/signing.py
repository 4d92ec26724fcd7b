"""Signing a request with AWS Signature Version 4: over the URL as it will be sent, and the very bytes of its body."""

import json
from dataclasses import replace

import requests

from portal.dialects.base import AwsSignature, UpstreamRequest
from portal.dialects.secret import Secret
from portal.domain.faults import Category, Fault, UpstreamError
from portal.wire.diagnosis import ERRORS
from portal.wire.sigv4 import AccessKey, signed_headers

SIGNED = ("content-type",)
"""Headers of the request that are signed, beside those that signing adds: a proxy on the way may touch the others."""

MALFORMED = Fault(
    Category.AUTH,
    "The stored access key has no id or no secret.",
    "Enter access key id and secret access key again.",
)


def sign(request: UpstreamRequest, authority: AwsSignature) -> UpstreamRequest:
    """The request with date and signature among its headers. Raises `UpstreamError` when the credential cannot sign.

    A signature holds for five minutes and for these bytes alone, so it is made anew for every try.
    """
    known = _credentials(authority.secret)
    try:
        prepared = requests.PreparedRequest()
        prepared.prepare_url(request.url, None)
    except ERRORS:
        return request  # the transport says what is wrong with the URL
    headers = {name: value for name, value in request.headers.items() if name.lower() in SIGNED}
    scope = authority.region, authority.service
    signed = signed_headers(known, scope, request.method, str(prepared.url), headers, request.body or b"")
    added = {name: value if name == "X-Amz-Date" else Secret(value) for name, value in signed.items()}
    return replace(request, url=str(prepared.url), headers={**request.headers, **added}, authority=None)


def _credentials(secret: Secret) -> AccessKey:
    try:
        parts = json.loads(secret.reveal())
        key_id, key, token = (str(parts.get(name) or "").strip() for name in FIELDS)
    except (ValueError, AttributeError):
        key_id = key = token = ""
    if not key_id or not key or not (key_id + key + token).isascii():
        raise UpstreamError(MALFORMED)
    return AccessKey(key_id, key, token)


FIELDS = ("access_key_id", "secret_access_key", "session_token")
"""The parts of the credential, as the provider type's `KeyKind` names them."""
