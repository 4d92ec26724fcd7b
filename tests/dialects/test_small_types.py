"""The gateways and smaller vendors: the same API, with quirks that are rows of data."""

import json
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from portal.dialects import openai
from portal.dialects.base import Endpoint, Limits, UpstreamResponse
from portal.dialects.conversation import PAUSE, ChatRequest, Message, Usage
from portal.dialects.input.addresses import tidy_base_url
from portal.dialects.provider_types.table import TYPES, destination
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, UpstreamError
from portal.services.upstream import calls as upstream_calls
from portal.services.upstream import listing as upstream_listing
from portal.services.upstream import probing
from portal.wire import Wire
from tests.dialects import recordings_small_types as recorded
from tests.upstream import Upstream
from tests.upstream.small import QUIRKS

KEY = "key-0123456789"
ASKED = (Message.of("user", "Hi"),)
SHORT = Limits(connect=1.0, read=1.0, total=3.0)
EACH = pytest.mark.parametrize("name", QUIRKS)


def asked(name: str, **options: object) -> dict:
    endpoint = Endpoint(TYPES[name], TYPES[name].base_url, Secret(KEY))
    return json.loads(openai.chat(endpoint, ChatRequest("m", ASKED, options=options), stream=True).body or b"")


def listed(name: str, body: bytes) -> list:
    endpoint = Endpoint(TYPES[name], TYPES[name].base_url, Secret(KEY))
    request = openai.list_models(endpoint)
    assert request
    return list(openai.read_models(endpoint, request, UpstreamResponse(200, {}, body)).listings)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("openai", "max_completion_tokens"),
        ("groq", "max_completion_tokens"),
        ("azure", "max_completion_tokens"),
        ("mistral", "max_tokens"),
        ("deepseek", "max_tokens"),
        ("together", "max_tokens"),
        ("fireworks", "max_tokens"),
        ("openrouter", "max_tokens"),
        ("vercel", "max_tokens"),
        ("ollama", "max_tokens"),
    ],
)
def test_the_token_cap_has_the_name_that_the_type_knows(name, field):
    body = asked(name, max_output_tokens=7)
    assert {key for key in body if key.startswith("max_")} == {field}
    assert body[field] == 7


def test_of_two_caps_one_is_sent():
    body = asked("openai", max_output_tokens=7, max_completion_tokens=9)
    assert {key: value for key, value in body.items() if key.startswith("max_")} == {"max_completion_tokens": 9}


def test_mistral_is_not_asked_for_what_it_refuses():
    assert "stream_options" not in asked("mistral")
    assert asked("groq")["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("name", "options", "sent"),
    [
        ("openai", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        ("groq", {"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
        ("openrouter", {"reasoning_effort": "low"}, {"reasoning": {"enabled": True, "effort": "low"}}),
        ("openrouter", {"reasoning_effort": "none"}, {"reasoning": {"effort": "none"}}),
        ("vercel", {"reasoning_enabled": True}, {"reasoning": {"enabled": True}}),
        ("vercel", {"reasoning_enabled": False, "reasoning_effort": "high"}, {"reasoning": {"enabled": False}}),
        ("openrouter", {}, {}),
        ("openai", {"parallel_tool_calls": True}, {}),
    ],
)
def test_reasoning_is_sent_in_the_shape_that_the_type_wants(name, options, sent):
    body = asked(name, **options)
    assert {key: value for key, value in body.items() if "reason" in key or "tool" in key} == sent


def test_further_options_are_sent_under_their_own_names():
    options = {"temperature": 0.1, "top_p": 0.2, "top_k": 3, "presence_penalty": -1, "frequency_penalty": 1}
    body = asked("together", **options)
    assert {key: body[key] for key in options} == options
    assert not set(options) & set(asked("together"))


def test_openrouters_listing_gives_limits_and_exact_prices():
    mini, router, painter = listed("openrouter", recorded.OPENROUTER_MODELS)
    assert (mini.context_limit, mini.output_limit, mini.chat) == (400_000, 128_000, True)
    assert mini.prices == {"input": Decimal("0.25"), "output": Decimal("2"), "cache_read": Decimal("0.025")}
    assert (router.prices, router.chat) == ({}, True)
    assert (painter.prices, painter.chat) == ({"input": Decimal(0), "output": Decimal(0)}, False)


def test_vercels_listing_tells_language_models_from_others():
    sonnet, embedding = listed("vercel", recorded.VERCEL_MODELS)
    assert (sonnet.chat, sonnet.kind, sonnet.output_limit) == (True, "language", 64_000)
    assert sonnet.prices["cache_write"] == Decimal("3.75")
    assert not embedding.chat


def test_togethers_listing_is_a_bare_list_priced_by_the_million():
    kimi, flux, base = listed("together", recorded.TOGETHER_MODELS)
    assert (kimi.chat, kimi.display_name) == (True, "Kimi K2.6")
    assert kimi.prices == {"input": Decimal("1.2"), "output": Decimal("4.5")}
    assert (flux.chat, base.chat, base.kind) == (False, False, "language")


@pytest.mark.parametrize(
    ("name", "body", "chats", "retired"),
    [
        ("groq", recorded.GROQ_MODELS, [True, False, True], [False, False, True]),
        ("mistral", recorded.MISTRAL_MODELS, [True, False], [False, False]),
        ("fireworks", recorded.FIREWORKS_MODELS, [True, False], [False, False]),
        ("azure", recorded.AZURE_MODELS, [True, False], [False, True]),
    ],
)
def test_a_listing_says_what_chats_and_what_is_retired(name, body, chats, retired):
    listings = listed(name, body)
    assert [listing.chat for listing in listings] == chats
    assert [listing.retired for listing in listings] == retired


@pytest.mark.parametrize("price", ["lots", None, True, "NaN", "1e99", "1e999999", -1, [], "Infinity", "0." + "1" * 500])
def test_an_odd_price_is_no_price(price):
    body = json.dumps({"data": [{"id": "m", "pricing": {"prompt": price, "completion": "0.000001"}}]}).encode()
    prices = listed("openrouter", body)[0].prices
    assert prices["output"] == Decimal(1)
    assert "input" not in prices or prices["input"] < 1_000_000


def test_public_listings_say_that_they_prove_nothing():
    for name in ("openrouter", "vercel"):
        assert not TYPES[name].listing_proves_key
        assert "nothing about the key" in TYPES[name].listing_note
    assert TYPES["openrouter"].check_proves_key, "a check asks about the key as well"
    assert not TYPES["vercel"].check_proves_key


@pytest.mark.parametrize(
    ("name", "pasted"),
    [
        ("groq", "https://api.groq.com"),
        ("groq", "https://api.groq.com/openai"),
        ("groq", "https://api.groq.com/openai/v1/chat/completions"),
        ("openrouter", "https://openrouter.ai"),
        ("openrouter", "https://openrouter.ai/api/v1/models"),
        ("fireworks", "https://api.fireworks.ai/inference"),
        ("deepseek", "https://api.deepseek.com"),
        ("mistral", "https://api.mistral.ai/v1/"),
        ("together", ""),
    ],
)
def test_a_pasted_address_is_completed_to_the_types_own(name, pasted):
    assert tidy_base_url(TYPES[name], pasted).url == TYPES[name].base_url


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire(EgressPolicy())
    yield made
    made.close()


def to(up: Upstream, name: str, key: str = KEY) -> tuple[Endpoint, frozenset[str]]:
    base = up.origin + urlsplit(TYPES[name].base_url).path
    return Endpoint(TYPES[name], base, Secret(key)), destination(TYPES[name], base)


@EACH
def test_each_answers_streams_and_lists_over_a_socket(wire, name):
    with Upstream.small(name, key=KEY, models=["m"], answer="Hello there.") as up:
        chat_request = ChatRequest("m", ASKED, options={"max_output_tokens": 50})
        assert upstream_calls.ask(wire, *to(up, name), chat_request, SHORT).answer.text == "Hello there."
        with upstream_calls.stream(wire, *to(up, name), chat_request, SHORT) as streamed:
            received = [delta for delta in streamed if delta is not PAUSE]
        assert "".join(delta.text for delta in received) == "Hello there."
        assert streamed.notes == ()
        if TYPES[name].stream_options:
            assert received[-1].usage == Usage(1, 2)
        assert any(listing.chat for listing in upstream_listing.list_all(wire, *to(up, name), SHORT))
        assert probing.probe(wire, *to(up, name), "m", SHORT).ok


@EACH
def test_each_tells_a_wrong_key_from_a_wrong_model(wire, name):
    with Upstream.small(name, key=KEY, models=["m"]) as up:
        assert probing.probe(wire, *to(up, name, "wrong-key-1"), "m", SHORT).category is Category.AUTH
        assert probing.probe(wire, *to(up, name), "other", SHORT).category is Category.MODEL_NOT_FOUND
        if TYPES[name].listing_proves_key:
            with pytest.raises(UpstreamError) as caught:
                upstream_listing.list_all(wire, *to(up, name, "wrong-key-1"), SHORT)
            assert caught.value.fault.category is Category.AUTH
        else:
            assert upstream_listing.list_all(wire, *to(up, name, "wrong-key-1"), SHORT)


def test_an_error_inside_a_success_and_inside_a_stream_is_a_fault(wire):
    with Upstream.small("openrouter", key=KEY) as up:
        inside = {"error": {"code": 402, "message": "Insufficient credits"}, "choices": None}
        up.respond(json=inside, times=1)
        with pytest.raises(UpstreamError) as caught:
            upstream_calls.ask(wire, *to(up, "openrouter"), ChatRequest("m", ASKED), SHORT)
        assert caught.value.fault.category is Category.BILLING
        broken = {
            "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
            "error": {"code": 502, "message": "Provider disconnected"},
        }
        up.stream_sse([{"choices": [{"index": 0, "delta": {"content": "Hel"}}]}, broken])
        streamed = upstream_calls.stream(wire, *to(up, "openrouter"), ChatRequest("m", ASKED), SHORT)
        assert next(streamed).text == "Hel"
        with pytest.raises(UpstreamError) as caught:
            list(streamed)
        assert caught.value.fault.category is Category.SERVER
