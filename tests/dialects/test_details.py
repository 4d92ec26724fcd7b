"""What local servers say of their models, whatever they leave out."""

import json

import pytest

from portal.dialects import details
from portal.dialects.base import Listing, UpstreamResponse
from portal.dialects.details import Inquiry
from portal.domain.faults import UpstreamError
from tests.dialects.recordings import endpoint


def read(type: str, value: object, *listings: Listing) -> tuple[Listing, ...]:
    return details.read(endpoint(type), Inquiry((), listings), UpstreamResponse(200, {}, json.dumps(value).encode()))


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://localhost:11434/v1", "http://localhost:11434/api/show"),
        ("https://llm.example.org/ollama/v1", "https://llm.example.org/ollama/api/show"),
        ("https://llm.example.org/ollama", "https://llm.example.org/ollama/api/show"),
    ],
)
def test_a_servers_own_paths_stand_beside_openais(base_url, url):
    (question,) = details.inquiries(endpoint("ollama", base_url), [Listing("qwen3:8b")])
    (request,) = question.requests
    assert (request.method, request.url, request.body) == ("POST", url, b'{"model":"qwen3:8b"}')
    assert "Authorization" in request.headers


def test_models_that_look_like_chat_models_are_asked_about_first():
    asked = details.inquiries(endpoint("ollama"), [Listing("a", chat=False), Listing("b"), Listing("c")])
    assert [one.listings[0].wire_name for one in asked] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("shown", "limit", "chats"),
    [
        ({"model_info": {"general.architecture": "a", "a.context_length": 9, "b.context_length": 5}}, 9, True),
        ({"model_info": {"b.context_length": 5}}, 5, True),
        ({"model_info": {"a.context_length": 9}, "parameters": "stop  x\nnum_ctx    4\ntop_k 2"}, 4, True),
        ({"model_info": {"a.context_length": "9"}, "capabilities": ["completion"]}, 7, True),
        ({"capabilities": ["embedding"]}, 7, False),
        ({"capabilities": []}, 7, True),
    ],
)
def test_ollama_says_what_a_model_is_loaded_with_else_what_it_was_trained_for(shown, limit, chats):
    (listing,) = read("ollama", shown, Listing("m", context_limit=7))
    assert (listing.context_limit, listing.chat) == (limit, chats)


def test_lm_studio_promises_the_smallest_of_what_runs_under_a_name():
    running = [{"id": "m", "config": {"context_length": 8}}, {"id": "m:2", "config": {"context_length": 4}}]
    row = {"key": "m", "type": "llm", "max_context_length": 16, "loaded_instances": running}
    known = read("lm_studio", {"models": [row]}, Listing("m"), Listing("m:2"), Listing("other", context_limit=3))
    assert [listing.context_limit for listing in known] == [4, 4, 3]
    loaded = {"id": "m", "type": "vlm", "state": "loaded", "max_context_length": 16, "loaded_context_length": 6}
    assert read("lm_studio", {"data": [loaded]}, Listing("m"))[0] == Listing("m", context_limit=6, from_family=False)


def test_the_properties_of_a_server_of_several_models_are_of_none():
    assert details.inquiries(endpoint("llama_cpp"), [Listing("a"), Listing("b")]) == ()
    assert details.inquiries(endpoint("llama_cpp"), []) == ()


def test_a_name_of_another_purpose_stays_aside():
    (guard,) = read("ollama", {"capabilities": ["completion"]}, Listing("llama-guard3:8b", chat=False))
    assert not guard.chat


def test_a_limit_that_a_server_names_is_no_longer_the_familys():
    (listing,) = read(
        "ollama", {"model_info": {"a.context_length": 9}}, Listing("m", context_limit=7, from_family=True)
    )
    assert (listing.context_limit, listing.from_family) == (9, False)
    (listing,) = read("ollama", {"model_info": {}}, Listing("m", context_limit=7, from_family=True))
    assert (listing.context_limit, listing.from_family) == (7, True)


@pytest.mark.parametrize("type", ["ollama", "lm_studio", "llama_cpp"])
@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"error": "no"}, {"models": {}}, {"model_info": []}])
def test_another_shape_is_a_fault(type, value):
    with pytest.raises(UpstreamError):
        read(type, value, Listing("m"))


@pytest.mark.parametrize("type", ["ollama", "lm_studio", "llama_cpp"])
@pytest.mark.parametrize("odd", [True, -1, 0, "9", 1e400, None, [], {}, 10**30])
def test_an_odd_limit_is_no_limit_or_a_bounded_one(type, odd):
    value = {
        "ollama": {"model_info": {"a.context_length": odd}},
        "lm_studio": {"models": [{"key": "m", "max_context_length": odd, "loaded_instances": [odd]}, odd]},
        "llama_cpp": {"default_generation_settings": {"n_ctx": odd}},
    }[type]
    try:
        (listing,) = read(type, value, Listing("m"))
    except UpstreamError:
        return
    assert listing.context_limit is None or 0 < listing.context_limit <= 2_000_000_000
