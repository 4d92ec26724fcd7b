"""Signatures for AWS: what the wire sends is what botocore itself would have signed.

The portal signs by itself: botocore, which only the tests have, is the yardstick.
"""

import json
import logging
from urllib.parse import quote, urlsplit

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from portal.dialects.base import AwsSignature, Limits, UpstreamRequest
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, UpstreamError
from portal.domain.origins import origin_of
from portal.wire import Wire
from portal.wire.signing import sign
from portal.wire.sigv4 import AccessKey, signed_headers
from tests.upstream import Upstream
from tests.upstream.amazon import wanted_signature
from tests.upstream.exchange import Request

KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEXAMPLE/token+canary="
SHORT = Limits(connect=1.0, read=1.0, total=3.0)
MODELS = [
    "amazon.nova-lite-v1:0",
    "us.anthropic.claude-sonnet-4-6",
    "arn:aws:bedrock:us-east-1:1:application-inference-profile/a b",
    "mödel~x*(y)",
]


def authority(session_token: str = "", **parts: str) -> AwsSignature:
    credential = {"access_key_id": KEY_ID, "secret_access_key": SECRET, "session_token": session_token} | parts
    return AwsSignature(Secret(json.dumps(credential)), "us-east-1", "bedrock")


def arrived(method: str, url: str, headers: dict[str, str], body: bytes) -> Request:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lower = {name.lower(): value for name, value in headers.items()}
    return Request(method, target, {"host": parts.netloc} | lower, body, 0)


def test_the_fake_bedrock_wants_what_botocores_own_client_signs():
    """The yardstick first: a request of botocore's client, taken before it leaves, fits what the fake computes."""
    client = botocore.session.Session().create_client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        config=Config(retries={"max_attempts": 0}),
    )
    sent = []

    def take(request, **_):
        sent.append(request)
        return AWSResponse(request.url, 500, {}, None)

    client.meta.events.register("before-send.bedrock-runtime.Converse", take)
    for model in MODELS[:3]:
        with pytest.raises(Exception):  # noqa: B017, PT011 - the answer is of no interest
            client.converse(modelId=model, messages=[{"role": "user", "content": [{"text": "Hi"}]}])
        request = sent[-1]
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        parts = dict(part.split("=", 1) for part in headers["Authorization"].split(" ", 1)[1].split(", "))
        assert parts["Credential"].endswith("/us-east-1/bedrock/aws4_request")
        body = request.body.encode() if isinstance(request.body, str) else request.body
        seen = arrived("POST", request.url, headers, body)
        assert parts["Signature"] == wanted_signature(
            seen, KEY_ID, SECRET, "us-east-1", parts["SignedHeaders"].split(";")
        )


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(
    st.lists(WORDS | st.sampled_from([".", "..", "", "a b", "%2F", "ä/b"]), max_size=5),
    st.lists(st.tuples(WORDS, WORDS), max_size=4),
    st.sampled_from(["https://example.org", "http://example.org:80", "https://example.org:8443", "http://[::1]:9"]),
    st.sampled_from(["", "application/json", "  text/plain;   charset=utf-8 "]),
    st.binary(max_size=20),
    st.sampled_from(["", TOKEN]),
)
def test_every_request_is_signed_as_botocore_signs_it(path, query, origin, content_type, body, token):
    url = f"{origin}/{'/'.join(quote(part, safe='%.') for part in path)}"
    url += "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in query) if query else ""
    headers = {"Content-Type": content_type} if content_type else {}
    made = signed_headers(AccessKey(KEY_ID, SECRET, token), ("us-east-1", "bedrock"), "POST", url, headers, body)
    wanted = AWSRequest("POST", url, headers={**headers, **made}, data=body)
    wanted.context["timestamp"] = made["X-Amz-Date"]
    del wanted.headers["Authorization"]
    signer = SigV4Auth(Credentials(KEY_ID, SECRET, token or None), "bedrock", "us-east-1")
    signature = signer.signature(signer.string_to_sign(wanted, signer.canonical_request(wanted)), wanted)
    signer._inject_signature_to_request(wanted, signature)
    assert made["Authorization"] == wanted.headers["Authorization"]


@pytest.mark.parametrize("session_token", ["", TOKEN])
@pytest.mark.parametrize("model", MODELS)
def test_what_is_signed_arrives_as_it_was_signed(model, session_token):
    name = quote(model, safe="")
    with Upstream.bedrock(access_key=(KEY_ID, SECRET), session_token=session_token, answer="Hello.") as up:
        wire = Wire(EgressPolicy())
        body = json.dumps({"messages": [{"role": "user", "content": [{"text": "Grüße, 你好"}]}]}).encode()
        request = UpstreamRequest(
            "POST",
            f"{up.origin}/model/{name}/converse",
            {"Content-Type": "application/json", "Accept": "application/json"},
            body,
            authority=authority(session_token),
        )
        response = wire.send(request, frozenset({origin_of(up.origin)}), SHORT)
        assert (response.status, up.requests[0].body) == (200, body)
        listing = UpstreamRequest("GET", f"{up.origin}/inference-profiles?type=X&nextToken=0%2F&maxResults=9", {})
        signed = UpstreamRequest(listing.method, listing.url, {}, authority=authority(session_token))
        assert wire.send(signed, frozenset({origin_of(up.origin)}), SHORT).status == 200
        assert wire.send(listing, frozenset({origin_of(up.origin)}), SHORT).status == 403
        wire.close()


def test_a_wrong_secret_or_region_is_refused_by_its_own_names():
    with Upstream.bedrock(access_key=(KEY_ID, SECRET)) as up:
        wire = Wire(EgressPolicy())
        for wrong in (authority(secret_access_key="other"), AwsSignature(authority().secret, "eu-west-1", "bedrock")):
            request = UpstreamRequest("GET", f"{up.origin}/foundation-models", {}, authority=wrong)
            response = wire.send(request, frozenset({origin_of(up.origin)}), SHORT)
            assert response.headers["x-amzn-errortype"].startswith("InvalidSignatureException")
        wire.close()


def test_the_session_token_does_not_come_back_in_what_aws_repeats():
    with Upstream.bedrock(access_key=(KEY_ID, SECRET), session_token=TOKEN) as up:
        wire = Wire(EgressPolicy())
        wrong = authority(TOKEN, secret_access_key="other")
        response = wire.send(
            UpstreamRequest("GET", f"{up.origin}/foundation-models", {}, authority=wrong),
            frozenset({origin_of(up.origin)}),
            SHORT,
        )
        assert b"x-amz-security-token" in response.body
        assert TOKEN.encode() not in response.body
        wire.close()


def test_what_is_signed_is_not_written_to_a_log(caplog):
    caplog.set_level(logging.DEBUG)
    signed = sign(UpstreamRequest("GET", "https://bedrock.us-east-1.amazonaws.com/foundation-models"), authority(TOKEN))
    assert TOKEN not in caplog.text
    assert SECRET not in caplog.text
    assert signed.authority is None
    assert "Signature=" not in repr(signed)
    assert TOKEN not in repr(signed)


@pytest.mark.parametrize("secret", ["", "[]", "not json", '{"access_key_id": "A"}', '{"secret_access_key": "B"}'])
def test_a_credential_that_cannot_sign_is_refused_before_anything_is_sent(secret):
    with Upstream() as up:
        wire = Wire(EgressPolicy())
        request = UpstreamRequest(
            "GET", f"{up.origin}/x", {}, authority=AwsSignature(Secret(secret), "us-east-1", "bedrock")
        )
        with pytest.raises(UpstreamError) as caught:
            wire.send(request, frozenset({origin_of(up.origin)}), SHORT)
        assert caught.value.fault.category is Category.AUTH
        assert up.requests == []
        wire.close()
