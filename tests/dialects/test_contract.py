"""What every provider type owes the portal, whatever its dialect."""

import pytest

from portal.dialects import DIALECTS, details
from portal.dialects.base import UpstreamResponse
from portal.dialects.conversation import Usage
from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import TYPES, destination
from portal.dialects.secret import Secret
from portal.dialects.writing import ping
from portal.domain.faults import Category, UpstreamError
from portal.domain.options import options_for
from portal.domain.origins import origin_of
from tests.dialects.recordings import KEY, RECORDINGS, endpoint, question

every_type = pytest.mark.parametrize("name", TYPES)


@every_type
def test_every_type_has_its_recordings(name):
    assert name in RECORDINGS


@every_type
def test_a_row_is_complete(name):
    type = TYPES[name]
    assert type.name == name
    assert type.dialect in DIALECTS
    assert len(type.mark) == 2
    assert type.label
    assert type.line
    assert options_for(type.dialect, name)
    assert type.key is not KeyRule.REQUIRED or (type.key_url and type.own_hosts)
    assert type.key is not KeyRule.REQUIRED or type.environment or len(type.key_kinds) > 1
    assert not type.default_models or type.example_model in type.default_models
    assert not type.version_path or type.base_url.endswith(type.version_path)


def test_no_two_types_look_alike():
    assert len({type.mark for type in TYPES.values()}) == len(TYPES)
    assert len({type.label for type in TYPES.values()}) == len(TYPES)


@every_type
@pytest.mark.parametrize("stream", [False, True])
def test_a_request_goes_only_to_the_destination_and_shows_no_key(name, stream):
    there = endpoint(name)
    request = DIALECTS[there.type.dialect].chat(there, question(), stream=stream)
    assert request.method == "POST"
    assert request.stream is stream
    assert origin_of(request.url) in destination(there.type, there.base_url, {})
    assert KEY not in request.url + (request.body or b"").decode()
    assert KEY not in repr(request)
    carried = [value for value in request.headers.values() if isinstance(value, Secret)]
    assert len(carried) == (0 if there.type.key is KeyRule.NONE else 1)


@every_type
def test_without_a_key_no_header_pretends_to_have_one(name):
    there = endpoint(name, key=None)
    request = DIALECTS[there.type.dialect].chat(there, question(), stream=False)
    assert there.type.key_header not in request.headers


@every_type
def test_a_whole_answer_is_read(name):
    recording = RECORDINGS[name]
    there = endpoint(name)
    answer = DIALECTS[there.type.dialect].read_chat(there, UpstreamResponse(200, recording.headers, recording.whole))
    assert (answer.text, answer.model, answer.finish_reason, answer.usage, answer.thinking, answer.request_id) == (
        recording.text,
        recording.model,
        recording.finish_reason,
        recording.usage,
        recording.thinking,
        "req_1",
    )


@every_type
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_streamed_answer_is_read_however_it_is_cut(name, size):
    recording = RECORDINGS[name]
    there = endpoint(name)
    chunks = [recording.stream[at : at + size] for at in range(0, len(recording.stream), size)]
    deltas = list(DIALECTS[there.type.dialect].read_stream(there, recording.headers, chunks))
    assert "".join(delta.text for delta in deltas) == recording.text
    assert "".join(delta.thinking for delta in deltas) == recording.thinking
    assert [delta.model for delta in deltas if delta.model] == ([recording.model] if recording.model else [])
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == [recording.finish_reason]
    assert [delta.usage for delta in deltas if delta.usage][-1] == recording.usage
    assert [delta.request_id for delta in deltas if delta.request_id] == ["req_1"]


@every_type
def test_a_stream_that_is_cut_off_is_a_dropped_connection(name):
    recording = RECORDINGS[name]
    there = endpoint(name)
    cut = [recording.stream[:-400], b"\n\n"]
    with pytest.raises(UpstreamError) as caught:
        list(DIALECTS[there.type.dialect].read_stream(there, recording.headers, cut))
    assert caught.value.fault.category in (Category.CONNECT, Category.SHAPE)


@every_type
def test_a_whole_answer_is_read_where_a_stream_was_asked_for(name):
    recording = RECORDINGS[name]
    there = endpoint(name)
    deltas = list(DIALECTS[there.type.dialect].read_stream(there, recording.headers, [recording.whole]))
    assert "".join(delta.text for delta in deltas) == recording.text
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == [recording.finish_reason]
    assert deltas[-1].finish_reason


@every_type
def test_a_listing_is_read_with_its_limits(name):
    recording = RECORDINGS[name]
    there = endpoint(name)
    dialect = DIALECTS[there.type.dialect]
    request = dialect.list_models(there)
    assert request is not None
    assert origin_of(request.url) in destination(there.type, there.base_url, {})
    page = dialect.read_models(there, request, UpstreamResponse(200, {}, recording.listing))
    assert tuple(listing.wire_name for listing in page.listings) == recording.names
    assert tuple(listing.context_limit for listing in page.listings) == recording.limits
    assert page.listings[0].chat
    assert (page.next is not None) is recording.another_listing


@every_type
def test_details_are_asked_at_the_same_origin_and_correct_the_listing(name):
    recording = RECORDINGS[name]
    there = endpoint(name)
    dialect = DIALECTS[there.type.dialect]
    request = dialect.list_models(there)
    assert request is not None
    listings = dialect.read_models(there, request, UpstreamResponse(200, {}, recording.listing)).listings
    asked = details.inquiries(there, listings)
    assert bool(asked) == bool(there.type.details)
    assert len(asked) == len(recording.details)
    for one in (request for inquiry in asked for request in inquiry.requests):
        assert origin_of(one.url) in destination(there.type, there.base_url, {})
        assert KEY not in one.url + (one.body or b"").decode()
    pairs = zip(asked, recording.details, strict=True)
    known = [one for inquiry, body in pairs for one in details.read(there, inquiry, UpstreamResponse(200, {}, body))]
    assert tuple((listing.context_limit, listing.chat) for listing in known) == recording.known
    assert not any(listing.from_family for listing in known)


@every_type
def test_a_refused_key_is_told_from_a_missing_model(name):
    recording = RECORDINGS[name]
    there = endpoint(name)
    dialect = DIALECTS[there.type.dialect]
    refused = dialect.read_fault(there, UpstreamResponse(recording.refused[0], {}, recording.refused[1]))
    assert refused.category is Category.AUTH
    assert refused.hint
    assert KEY not in refused.detail
    missing = dialect.read_fault(there, UpstreamResponse(recording.missing[0], {}, recording.missing[1]))
    assert missing.category is Category.MODEL_NOT_FOUND
    assert recording.missing_hint in missing.hint


@every_type
def test_the_test_question_is_the_smallest(name):
    there = endpoint(name)
    assert ping(there, "some-model").options == {"max_output_tokens": 1}


@pytest.mark.parametrize(
    ("wire_name", "tokens"),
    [("gpt-5.2", 16), ("o3-mini", 16), ("openai/gpt-6-sol", 16), ("gpt-4.1-mini", 1), ("o1", 16)],
)
def test_a_reasoning_family_gets_sixteen_tokens(wire_name, tokens):
    assert ping(endpoint("openai"), wire_name).options["max_output_tokens"] == tokens


@pytest.mark.parametrize(
    ("name", "wire_name", "effort"),
    [
        ("openai", "gpt-5.2", "none"),
        ("openai", "gpt-5-mini", "minimal"),
        ("azure", "o3", "low"),
        ("groq", "gpt-5", None),
    ],
)
def test_the_test_question_asks_for_the_least_effort_there_is(name, wire_name, effort):
    assert ping(endpoint(name), wire_name).options.get("reasoning_effort") == effort


def test_usage_is_replaced_rather_than_added():
    there = endpoint("anthropic")
    recording = RECORDINGS["anthropic"]
    usages = [p.usage for p in DIALECTS["anthropic"].read_stream(there, {}, [recording.stream]) if p.usage]
    assert usages == [Usage(12, 1, 2, 3), Usage(12, 3, 2, 3)]
