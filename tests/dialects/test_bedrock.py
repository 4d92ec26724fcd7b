"""Bedrock's Converse: what is asked, what is read from frames, and what is listed on its other host."""

# ruff: noqa: E501 - a case stands on one line

import json
from collections.abc import Iterator

import pytest
from botocore.eventstream import EventStreamBuffer

from portal.dialects import bedrock
from portal.dialects.base import AwsSignature, Endpoint, Limits, UpstreamResponse
from portal.dialects.conversation import PAUSE, ChatDelta, ChatRequest, FinishReason, Message, Usage
from portal.dialects.input.addresses import settings_in, tidy_base_url
from portal.dialects.provider_types.table import TYPES, destination, is_own
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.upstream import calls as upstream_calls
from portal.services.upstream import listing as upstream_listing
from portal.services.upstream import probing
from portal.wire import Wire
from tests.dialects import recordings_amazon as recorded
from tests.upstream import Upstream
from tests.upstream.amazon import stream_of
from tests.upstream.eventstream import error, event, exception

KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG"
ACCESS_KEY = Secret(json.dumps({"access_key_id": KEY_ID, "secret_access_key": SECRET}))
TYPE = TYPES["bedrock"]
HOST = "https://bedrock-runtime.eu-central-1.amazonaws.com"
REGION = {"region": "eu-central-1"}
CLAUDE = "eu.anthropic.claude-sonnet-4-6"
ASKED = (Message.of("user", "Hello."),)
SHORT = Limits(connect=1.0, read=2.0, total=4.0)


def endpoint(base_url: str = HOST, kind: str = "aws", secret: Secret | None = ACCESS_KEY) -> Endpoint:
    return Endpoint(TYPE, base_url, secret, REGION, key_kind=kind)


def asked(wire_name: str = CLAUDE, **options: object) -> dict:
    request = bedrock.chat(endpoint(), ChatRequest(wire_name, ASKED, options=options), stream=False)
    return json.loads(request.body or b"")


def test_a_request_is_left_to_be_signed_and_holds_no_key():
    request = bedrock.chat(endpoint(), ChatRequest("amazon.nova-lite-v1:0", ASKED, "Be brief."), stream=True)
    assert request.url == f"{HOST}/model/amazon.nova-lite-v1%3A0/converse-stream"
    assert request.authority == AwsSignature(ACCESS_KEY, "eu-central-1", "bedrock")
    assert "Authorization" not in request.headers
    assert json.loads(request.body or b"") == {
        "messages": [{"role": "user", "content": [{"text": "Hello."}]}],
        "system": [{"text": "Be brief."}],
    }


def test_an_api_key_stands_in_its_header():
    request = bedrock.chat(endpoint(kind="key", secret=Secret("ABSKexample")), ChatRequest("m", ASKED), stream=False)
    assert request.headers["Authorization"] == Secret("Bearer ABSKexample")
    assert request.authority is None


def test_the_region_is_named_by_the_address_where_no_setting_does():
    request = bedrock.chat(Endpoint(TYPE, HOST, ACCESS_KEY, key_kind="aws"), ChatRequest("m", ASKED), stream=False)
    assert isinstance(request.authority, AwsSignature)
    assert request.authority.region == "eu-central-1"


def test_a_conversation_begins_with_the_user_and_alternates_roles():
    messages = (
        Message.of("assistant", "Hm?"),
        Message.of("user", "One."),
        Message.of("user", "Two."),
        Message.of("assistant", " "),
        Message.of("user", "3"),
    )
    request = bedrock.chat(endpoint(), ChatRequest("m", messages), stream=False)
    assert json.loads(request.body or b"")["messages"] == [
        {"role": "user", "content": [{"text": "One."}, {"text": "Two."}, {"text": "3"}]}
    ]


@pytest.mark.parametrize(
    ("wire_name", "options", "limits", "further"),
    [
        (CLAUDE, {"max_output_tokens": 9, "temperature": 0.5}, {"maxTokens": 9, "temperature": 0.5}, None),
        ("m", {"top_p": 0.5}, {"topP": 0.5}, None),
        ("us.anthropic.claude-opus-4-7", {"temperature": 0.5, "top_p": 0.5, "top_k": 5}, None, None),
        (CLAUDE, {"top_k": 5}, None, {"top_k": 5}),
        ("amazon.nova-lite-v1:0", {"top_k": 5}, None, {"inferenceConfig": {"topK": 5}}),
        (
            CLAUDE,
            {"thinking_budget": 2_000, "effort": "low", "max_output_tokens": 9_000, "temperature": 0.2, "top_k": 3},
            {"maxTokens": 9_000},
            {"thinking": {"type": "enabled", "budget_tokens": 2_000}, "output_config": {"effort": "low"}},
        ),
        (
            "global.anthropic.claude-opus-4-7",
            {"thinking_budget": 2_000},
            {"maxTokens": 32_000},
            {"thinking": {"type": "adaptive", "display": "summarized"}},
        ),
        ("openai.gpt-oss-120b-1:0", {"effort": "high", "thinking_budget": 2_000}, None, {"reasoning_effort": "high"}),
        ("qwen.qwen3-32b-v1:0", {"effort": "low", "temperature": 0.1}, {"temperature": 0.1}, {"reasoning_config": "low"}),
    ],
)  # fmt: skip
def test_options_are_sent_under_the_names_of_the_models_vendor(wire_name, options, limits, further):
    body = asked(wire_name, **options)
    assert body.get("inferenceConfig") == limits
    assert body.get("additionalModelRequestFields") == further


def test_frames_are_those_that_botocore_reads():
    buffer = EventStreamBuffer()
    buffer.add_data(recorded.STREAM)
    names = [message.headers[":event-type"] for message in buffer]
    assert (names[0], names[-2:]) == ("messageStart", ["messageStop", "metadata"])


def deltas(*frames: bytes) -> list[ChatDelta]:
    return list(bedrock.read_stream(endpoint(), {"x-amzn-requestid": "r"}, frames))


def fault_of(*frames: bytes) -> Fault:
    with pytest.raises(UpstreamError) as caught:
        deltas(event("messageStart", {"role": "assistant"}), *frames)
    return caught.value.fault


@pytest.mark.parametrize(
    ("frame", "category"),
    [
        (exception("throttlingException", "Too many requests"), Category.RATE_LIMIT),
        (exception("modelStreamErrorException", "Broken.", originalStatusCode=500, originalMessage="X"), Category.SERVER),
        (exception("internalServerException", "Hm."), Category.SERVER),
        (exception("serviceUnavailableException", "Hm."), Category.SERVER),
        (exception("validationException", "Input is too long for requested model."), Category.CONTEXT_LENGTH),
        (exception("validationException", "Malformed."), Category.REJECTED),
        (error("AccessDeniedException", "You don't have access to the model"), Category.PERMISSION),
        (error("somethingElse", "Odd."), Category.SERVER),
    ],
)  # fmt: skip
def test_an_error_in_the_stream_is_classified_like_a_response(frame, category):
    fault = fault_of(frame)
    assert fault.category is category
    assert (fault.request_id, fault.hint != "") == ("r", True)


def test_damaged_and_foreign_bytes_are_no_answer():
    good = event("contentBlockDelta", {"delta": {"text": "a"}})
    assert fault_of(good[:-1] + b"x").category is Category.SHAPE
    assert fault_of(b"\x00\x00\x00\x10" + b"garbage in place of a frame").category is Category.SHAPE
    assert fault_of(good[:20]).category is Category.CONNECT
    with pytest.raises(UpstreamError) as caught:
        deltas(b"data: {}\n\n")
    assert caught.value.fault.category in (Category.SHAPE, Category.HTML)


def test_a_stream_without_its_end_is_dropped_and_one_without_usage_is_whole():
    text = event("contentBlockDelta", {"delta": {"text": "a"}})
    assert fault_of(text).category is Category.CONNECT
    received = deltas(text, event("messageStop", {"stopReason": "guardrail_intervened"}))
    assert [delta.text for delta in received if delta.text] == ["a"]
    assert received[-1].finish_reason is FinishReason.CONTENT


def test_a_router_names_the_model_that_it_chose():
    arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"
    value = json.loads(recorded.WHOLE) | {"trace": {"promptRouter": {"invokedModelId": arn}}}
    assert (
        bedrock.read_chat(endpoint(), UpstreamResponse(200, {}, json.dumps(value).encode())).model
        == "amazon.nova-pro-v1:0"
    )


def test_the_listing_is_on_the_other_host_and_goes_on_with_the_profiles():
    request = bedrock.list_models(endpoint())
    assert request
    assert request.url == "https://bedrock.eu-central-1.amazonaws.com/foundation-models?byOutputModality=TEXT"
    assert request.authority == AwsSignature(ACCESS_KEY, "eu-central-1", "bedrock")
    first = bedrock.read_models(endpoint(), request, UpstreamResponse(200, {}, recorded.MODELS))
    assert [(model.wire_name, model.chat, model.retired) for model in first.listings] == [
        ("amazon.nova-lite-v1:0", True, False),
        ("anthropic.claude-3-haiku-20240307-v1:0", True, True),
        ("amazon.rerank-v1:0", False, False),
    ]
    assert first.listings[0].display_name == "Amazon Nova Lite"
    assert first.next
    assert first.next.url.endswith("/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED")
    second = bedrock.read_models(endpoint(), first.next, UpstreamResponse(200, {}, recorded.PROFILES))
    assert [(model.wire_name, model.chat, model.context_limit) for model in second.listings] == [
        ("us.anthropic.claude-sonnet-4-6", True, 1_000_000),
        ("us.stability.stable-image-core-v1:0", False, None),
    ]
    assert second.next
    assert second.next.url.endswith("&nextToken=a%2Fb%2Bc%3D")
    assert second.next.authority == request.authority


def test_profiles_that_may_not_be_listed_leave_the_models_listed():
    request = bedrock.list_models(endpoint())
    assert request
    following = bedrock.read_models(endpoint(), request, UpstreamResponse(200, {}, recorded.MODELS)).next
    assert following
    denied = UpstreamResponse(403, {"x-amzn-errortype": "AccessDeniedException"}, b'{"message":"not authorized to perform: bedrock:ListInferenceProfiles"}')  # fmt: skip
    assert bedrock.read_models(endpoint(), following, denied).listings == ()
    with pytest.raises(UpstreamError):
        bedrock.read_models(endpoint(), following, UpstreamResponse(500, {}, b"{}"))


@pytest.mark.parametrize(
    ("base_url", "control"),
    [
        (HOST, "https://bedrock.eu-central-1.amazonaws.com:443"),
        ("https://bedrock-runtime-fips.us-east-1.amazonaws.com", "https://bedrock-fips.us-east-1.amazonaws.com:443"),
        ("https://bedrock-runtime.cn-north-1.amazonaws.com.cn", "https://bedrock.cn-north-1.amazonaws.com.cn:443"),
        ("https://bedrock.internal.example.com", "https://bedrock.internal.example.com:443"),
    ],
)
def test_requests_go_to_two_hosts_of_amazon_or_to_the_one_that_was_entered(base_url, control):
    origins = destination(TYPE, base_url, REGION)
    assert control in origins
    assert len(origins) == (1 if "example" in base_url else 2)
    assert is_own(TYPE, origins) is ("example" not in base_url)


@pytest.mark.parametrize(
    ("pasted", "settings", "url", "settings_found"),
    [
        (f"{HOST}/model/x/converse", {}, HOST, REGION),
        (f"{HOST}/model/amazon.nova-lite-v1%3A0/converse", {}, HOST, REGION),
        (f"{HOST}/model/amazon.nova-lite-v1:0/invoke-with-response-stream", {}, HOST, REGION),
        ("https://gate.example.com/aws/model/amazon.nova-lite-v1%3A0/converse", {}, "https://gate.example.com/aws", {}),
        ("http://bedrock-runtime.eu-central-1.amazonaws.com/", {}, HOST, REGION),
        ("https://bedrock-runtime.us-east-1.amazonaws.com", REGION, HOST, {"region": "us-east-1"}),
        ("", REGION, HOST, {}),
        ("https://gate.example.com/bedrock", REGION, "https://gate.example.com/bedrock", {}),
    ],
)
def test_a_pasted_address_is_cut_back_and_follows_the_region(pasted, settings, url, settings_found):
    tidy = tidy_base_url(TYPE, pasted, settings=settings)
    assert (tidy.url, tidy.fault) == (url, "")
    assert settings_in(TYPE, pasted) == settings_found


def test_without_address_and_region_the_region_is_asked_for():
    assert tidy_base_url(TYPE, "").fault == "Enter the region, or the base URL."


def test_the_region_makes_the_address():
    assert HOST + ":443" in destination(TYPE, "", REGION)
    assert destination(TYPE, "", {}) == frozenset()
    assert not is_own(TYPE, frozenset({"https://bedrock-runtime.mine.s3.amazonaws.com:443"}))


@pytest.mark.parametrize(
    ("message", "options", "gone"),
    [
        ("`temperature` is deprecated for this model.", {"temperature": 0.5}, ("inferenceConfig", "temperature")),
        ("topP: Extra inputs are not permitted", {"top_p": 0.5}, ("inferenceConfig", "topP")),
        ("top_k: unknown parameter", {"top_k": 5}, ("additionalModelRequestFields", "top_k")),
        ("output_config: not supported", {"effort": "low"}, ("additionalModelRequestFields", "output_config")),
    ],
)
def test_what_a_model_refuses_is_left_out_and_noted(message, options, gone):
    request = bedrock.chat(endpoint(), ChatRequest(CLAUDE, ASKED, options=options), stream=False)
    adjusted = bedrock.adjust(endpoint(), request, Fault(Category.REJECTED, message))
    assert adjusted
    body = json.loads(adjusted[0].body or b"")
    assert gone[1] in json.loads(request.body or b"")[gone[0]]
    assert gone[0] not in body, "nothing is left in it"
    assert "left it out" in adjusted[1]
    assert bedrock.adjust(endpoint(), request, Fault(Category.REJECTED, "Something else is not supported")) is None


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire(EgressPolicy())
    yield made
    made.close()


def to(up: Upstream) -> tuple[Endpoint, frozenset[str]]:
    there = Endpoint(TYPE, up.origin, ACCESS_KEY, {"region": "us-east-1"}, key_kind="aws")
    return there, destination(TYPE, up.origin, there.settings)


def test_signed_questions_are_answered_whole_and_in_a_stream(wire):
    with Upstream.bedrock(access_key=(KEY_ID, SECRET), models=["amazon.nova-lite-v1:0"], answer="Hello there.") as up:
        chat_request = ChatRequest("amazon.nova-lite-v1:0", ASKED, "Be brief.", {"max_output_tokens": 50})
        assert upstream_calls.ask(wire, *to(up), chat_request, SHORT).answer.text == "Hello there."
        with upstream_calls.stream(wire, *to(up), chat_request, SHORT) as streamed:
            received = [delta for delta in streamed if delta is not PAUSE]
        assert "".join(delta.text for delta in received) == "Hello there."
        assert received[-1].usage == Usage(1, 2)
        verdict = probing.probe(wire, *to(up), "amazon.nova-lite-v1:0", SHORT)
        assert (verdict.ok, verdict.reported_model) == (True, "amazon.nova-lite-v1:0")
        assert probing.probe(wire, *to(up), "amazon.nova-9", SHORT).category is Category.MODEL_NOT_FOUND


def test_models_and_every_page_of_profiles_are_listed(wire):
    profiles = ["us.anthropic.claude-sonnet-4-6", "eu.anthropic.claude-sonnet-4-6", "global.amazon.nova-2-lite-v1:0"]
    with Upstream.bedrock(access_key=(KEY_ID, SECRET), models=["amazon.nova-lite-v1:0"], profiles=profiles) as up:
        listed = upstream_listing.list_all(wire, *to(up), SHORT)
        assert [listing.wire_name for listing in listed] == ["amazon.nova-lite-v1:0", *profiles]
        verdict = probing.probe(wire, *to(up), "anthropic.claude-sonnet-4-6", SHORT)
        assert verdict.fault
        assert "inference profile" in verdict.fault.hint


def test_a_wrong_secret_is_said_to_be_one(wire):
    with Upstream.bedrock(access_key=(KEY_ID, "another")) as up:
        verdict = probing.probe(wire, *to(up), "m", SHORT)
        assert (verdict.category, verdict.status) == (Category.AUTH, 403)
        assert verdict.fault
        assert "do not belong together" in verdict.fault.hint


def test_a_policy_that_only_lets_chat_says_so_on_listing(wire):
    with Upstream.bedrock(access_key=(KEY_ID, SECRET), may_list=False) as up:
        with pytest.raises(UpstreamError) as caught:
            upstream_listing.list_all(wire, *to(up), SHORT)
        assert "ListFoundationModels" in caught.value.fault.hint


def test_a_stream_that_breaks_or_stops_with_an_error_keeps_what_came(wire):
    text = event("contentBlockDelta", {"delta": {"text": "one "}})
    broken = exception("modelStreamErrorException", "The model broke.")
    for step, category in (
        (stream_of([text, broken]), Category.SERVER),
        (stream_of([text, text], drop_after=1), Category.CONNECT),
        (stream_of([text, text[:30]]), Category.CONNECT),
    ):
        with Upstream() as up:
            up.script(step)
            streamed = upstream_calls.stream(wire, *to(up), ChatRequest("m", ASKED), SHORT)
            assert next(streamed).text == "one "
            with pytest.raises(UpstreamError) as caught:
                list(streamed)
            assert caught.value.fault.category is category


def test_what_is_written_to_a_cache_is_split_by_how_long_it_lives():
    counted = {
        "inputTokens": 10,
        "outputTokens": 2,
        "cacheWriteInputTokens": 30,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 20}, {"ttl": "5m", "inputTokens": 10}, "strange"],
    }
    value = {"output": {"message": {"content": []}}, "stopReason": "end_turn", "usage": counted}
    answer = bedrock.read_chat(endpoint("bedrock"), UpstreamResponse(200, {}, json.dumps(value).encode()))
    assert answer.usage == Usage(40, 2, 0, 10, 20)
