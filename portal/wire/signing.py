"""Signing a request with AWS Signature Version 4: over the URL as it will be sent, and the very bytes of its body."""

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import requests

from portal.dialects.base import AwsSignature, UpstreamRequest
from portal.dialects.secret import Secret
from portal.domain.faults import Category, Fault, UpstreamError
from portal.later import Later
from portal.wire.diagnosis import ERRORS

if TYPE_CHECKING:
    from botocore.credentials import Credentials

auth = Later("botocore.auth")
awsrequest = Later("botocore.awsrequest")
credentials = Later("botocore.credentials")

SIGNED = ("content-type",)
"""Headers of the request that are signed, beside those that signing adds: a proxy on the way may touch the others."""

# At the level DEBUG it writes out what it signs, and the session token is part of that.
logging.getLogger("botocore.auth").setLevel(logging.CRITICAL)

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
    signed = awsrequest.AWSRequest(request.method, str(prepared.url), headers=headers, data=request.body or b"")
    auth.SigV4Auth(known, authority.service, authority.region).add_auth(signed)
    added: dict[str, str | Secret] = {
        "X-Amz-Date": signed.headers["X-Amz-Date"],
        "Authorization": Secret(signed.headers["Authorization"]),
    }
    if known.token:
        added["X-Amz-Security-Token"] = Secret(known.token)
    return replace(request, url=str(prepared.url), headers={**request.headers, **added}, authority=None)


def _credentials(secret: Secret) -> "Credentials":
    try:
        parts = json.loads(secret.reveal())
        key_id, key, token = (str(parts.get(name) or "").strip() for name in FIELDS)
    except (ValueError, AttributeError):
        key_id = key = token = ""
    if not key_id or not key or not (key_id + key + token).isascii():
        raise UpstreamError(MALFORMED)
    return credentials.Credentials(key_id, key, token or None)


FIELDS = ("access_key_id", "secret_access_key", "session_token")
"""The parts of the credential, as the provider type's `KeyKind` names them."""
