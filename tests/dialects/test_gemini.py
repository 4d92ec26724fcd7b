"""Gemini's dialect beyond what every dialect does."""

import json

import pytest

from portal.dialects import gemini
from portal.dialects.base import UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import ChatDelta, ChatRequest, FinishReason, Message, Usage
from portal.dialects.input.addresses import tidy_base_url
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from portal.dialects.writing import ping
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.options import parse
from tests.dialects.recordings import endpoint, question
from tests.dialects.recordings_google import BAD_KEY, NO_MODEL, counted, google_sse, part, refusal

GOOGLE = "https://generativelanguage.googleapis.com/v1beta"
THERE = endpoint("google")


def body(request: UpstreamRequest) -> dict:
    return json.loads(request.body or b"{}")


def read(*frames: object, headers: dict[str, str] | None = None) -> list[ChatDelta]:
    return list(gemini.read_stream(THERE, headers or {}, [google_sse(*frames)]))


def response_of(value: object) -> UpstreamResponse:
    return UpstreamResponse(200, {}, json.dumps(value).encode())


def test_a_request_is_exactly_this():
    assert gemini.chat(THERE, question("gemini-2.5-pro", max_output_tokens=9), stream=True) == UpstreamRequest(
        "POST",
        f"{GOOGLE}/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "x-goog-api-key": Secret("sk-recorded-0123456789"),
        },
        b'{"contents":[{"role":"user","parts":[{"text":"Say hello."}]}],'
        b'"systemInstruction":{"parts":[{"text":"Be brief."}]},"generationConfig":{"maxOutputTokens":9}}',
        True,
    )


@pytest.mark.parametrize(
    ("wire_name", "path"),
    [
        ("gemini-2.5-pro", "/models/gemini-2.5-pro"),
        ("models/gemini-2.5-pro", "/models/gemini-2.5-pro"),
        ("tunedModels/mine-1", "/tunedModels/mine-1"),
        ("odd name?key=x#y", "/models/odd%20name%3Fkey%3Dx%23y"),
    ],
)
def test_a_models_path_is_written_once(wire_name, path):
    assert gemini.chat(THERE, question(wire_name), stream=False).url == f"{GOOGLE}{path}:generateContent"


def test_every_option_has_its_field():
    options = {
        "max_output_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "presence_penalty": -1,
        "frequency_penalty": 1,
        "thinking_budget": 0,
        "include_thoughts": False,
    }
    sent = body(gemini.chat(THERE, question("gemini-2.5-flash", **options), stream=False))
    assert sent["generationConfig"] == {
        "maxOutputTokens": 100,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "presencePenalty": -1,
        "frequencyPenalty": 1,
        "thinkingConfig": {"thinkingBudget": 0, "includeThoughts": False},
    }
    assert "generationConfig" not in body(gemini.chat(THERE, question("gemini-2.5-flash"), stream=False))


@pytest.mark.parametrize(
    ("wire_name", "options", "sent"),
    [
        ("gemini-3.8-flash", {"thinking_level": "minimal"}, {"thinkingLevel": "MINIMAL"}),
        (
            "gemini-3.8-flash",
            {"thinking_level": "high", "include_thoughts": True},
            {"thinkingLevel": "HIGH", "includeThoughts": True},
        ),
        ("gemini-3.1-pro-preview", {"thinking_level": "minimal"}, {"thinkingLevel": "LOW"}),
        ("gemini-3.1-pro-preview", {"thinking_level": "xhigh", "thinking_budget": 512}, {"thinkingLevel": "XHIGH"}),
        ("gemini-3.1-pro-preview", {"thinking_budget": 512}, {"thinkingBudget": 512}),
        ("gemini-2.5-flash", {"thinking_level": "medium"}, {"thinkingBudget": 8_192}),
        ("gemini-2.5-flash", {"thinking_level": "low", "thinking_budget": 9}, {"thinkingBudget": 1_024}),
        ("tuned/our-own", {"thinking_level": "low"}, {"thinkingLevel": "LOW"}),
    ],
)
def test_newer_models_are_told_a_level_and_older_ones_a_budget_and_none_is_told_both(wire_name, options, sent):
    config = body(gemini.chat(THERE, question(wire_name, **options), stream=False))["generationConfig"]
    assert config["thinkingConfig"] == sent


@pytest.mark.parametrize("wire_name", ["gemini-2.0-flash", "gemini-2.5-flash-image", "gemma-4-31b-it"])
def test_a_model_that_cannot_think_is_not_asked_to(wire_name):
    sent = body(gemini.chat(THERE, question(wire_name, thinking_budget=512, include_thoughts=True), stream=False))
    assert "generationConfig" not in sent


def test_roles_are_user_and_model_and_neighbours_are_one():
    messages = (
        Message.of("user", "a"),
        Message.of("user", "b"),
        Message.of("assistant", " "),
        Message.of("assistant", "c"),
        Message.of("user", "d"),
    )
    sent = body(gemini.chat(THERE, ChatRequest("gemini-2.5-pro", messages), stream=False))
    assert sent == {
        "contents": [
            {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
            {"role": "model", "parts": [{"text": "c"}]},
            {"role": "user", "parts": [{"text": "d"}]},
        ]
    }


@pytest.mark.parametrize(
    ("reason", "finish_reason"),
    [
        ("STOP", FinishReason.STOP),
        ("MAX_TOKENS", FinishReason.LENGTH),
        *(
            (reason, FinishReason.CONTENT)
            for reason in ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII")
        ),
        *((reason, FinishReason.CONTENT) for reason in ("LANGUAGE", "MODEL_ARMOR", "ESCALATION", "IMAGE_SAFETY")),
        ("MALFORMED_FUNCTION_CALL", FinishReason.TOOL),
        ("NEW_REASON", FinishReason.OTHER),
        ("FINISH_REASON_UNSPECIFIED", None),
    ],
)
def test_every_reason_to_stop_is_understood(reason, finish_reason):
    answer = gemini.read_chat(THERE, response_of(part({"text": "hi"}, finish_reason=reason)))
    assert (answer.text, answer.finish_reason) == ("hi", finish_reason)
    if finish_reason:
        assert read(part({"text": "hi"}, finish_reason=reason))[-1].finish_reason is finish_reason


def test_a_model_that_only_thought_before_the_limit_is_reachable():
    value = {"candidates": [{"finishReason": "MAX_TOKENS", "index": 0}], "usageMetadata": counted(answer=0)}
    answer = gemini.read_chat(THERE, response_of(value))
    assert (answer.text, answer.finish_reason, answer.usage) == ("", FinishReason.LENGTH, Usage(12, 1, 2, reasoning=1))


BLOCKED = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 4}}


def test_a_blocked_prompt_ends_by_content_and_not_by_a_broken_line():
    assert gemini.read_chat(THERE, response_of(BLOCKED)).finish_reason is FinishReason.CONTENT
    assert [(delta.text, delta.finish_reason) for delta in read(BLOCKED)] == [("", FinishReason.CONTENT)]
    alone = {"promptFeedback": {"blockReason": "SAFETY"}}
    assert gemini.read_chat(THERE, response_of(alone)).finish_reason is FinishReason.CONTENT


def test_an_answer_without_candidates_that_was_counted_is_an_answer():
    assert gemini.read_chat(THERE, response_of({"usageMetadata": {"promptTokenCount": 4}})).usage == Usage(4)


@pytest.mark.parametrize("value", [{"choices": []}, {}, [], {"models": []}, {"type": "message", "content": []}])
def test_what_is_no_answer_has_the_wrong_shape(value):
    with pytest.raises(UpstreamError) as caught:
        gemini.read_chat(THERE, response_of(value))
    assert caught.value.fault.category is Category.SHAPE


def test_thoughts_are_kept_apart_and_counted_as_output():
    thought = part({"text": "Hm. ", "thought": True}, usageMetadata=counted(10, 0, 4, 0))
    deltas = read(thought, part({"text": "Yes."}, finish_reason="STOP", usageMetadata=counted(10, 2, 4, 0)))
    assert [(delta.thinking, delta.text) for delta in deltas] == [("Hm. ", ""), ("", "Yes.")]
    assert [delta.usage for delta in deltas] == [Usage(10, 4, reasoning=4), Usage(10, 6, reasoning=4)]


def test_usage_that_is_repeated_is_given_once_and_the_last_counts():
    first, second = part({"text": "a"}, usageMetadata=counted()), part({"text": "b"}, usageMetadata=counted())
    assert [delta.usage for delta in read(first, second, part(finish_reason="STOP"))] == [
        Usage(12, 3, 2, reasoning=1),
        None,
        None,
    ]


def test_the_answers_own_id_stands_in_for_a_header():
    named = {"responseId": "resp_1", "modelVersion": "gemini-2.5-pro"}
    assert (
        gemini.read_chat(THERE, response_of(part({"text": "a"}, finish_reason="STOP", **named))).request_id == "resp_1"
    )
    deltas = read(part({"text": "a"}, **named), part({"text": "b"}, finish_reason="STOP", **named))
    assert [(delta.request_id, delta.model) for delta in deltas] == [("resp_1", "gemini-2.5-pro"), ("", "")]


def test_a_stream_that_came_as_one_array_is_read_all_the_same():
    frames = [part({"text": "Hello "}), part({"text": "there."}, finish_reason="STOP", usageMetadata=counted())]
    deltas = list(gemini.read_stream(THERE, {}, [json.dumps(frames).encode()]))
    assert [(delta.text, delta.finish_reason) for delta in deltas] == [("Hello there.", FinishReason.STOP)]


OVERLOADED = json.loads(refusal(503, "The model is overloaded. Please try again later.", "UNAVAILABLE"))
TOO_MANY = json.loads(refusal(429, "Resource has been exhausted.", "RESOURCE_EXHAUSTED", wait="14s"))


@pytest.mark.parametrize(
    ("frame", "category", "wait"),
    [(OVERLOADED, Category.SERVER, None), (TOO_MANY, Category.RATE_LIMIT, 14), ([TOO_MANY], Category.RATE_LIMIT, 14)],
)
def test_an_error_inside_a_stream_is_raised_after_what_came_before(frame, category, wait):
    stream = gemini.read_stream(THERE, {}, [google_sse(part({"text": "hi"}), frame)])
    assert next(stream).text == "hi"
    with pytest.raises(UpstreamError) as caught:
        next(stream)
    assert (caught.value.fault.category, caught.value.fault.retry_after) == (category, wait)


def test_an_error_inside_an_array_is_raised():
    with pytest.raises(UpstreamError) as caught:
        gemini.read_chat(THERE, response_of([part({"text": "hi"}), OVERLOADED]))
    assert caught.value.fault.category is Category.SERVER


@pytest.mark.parametrize("frames", [[part({"text": "hi"})], [part({"text": "hi"}, usageMetadata=counted())]])
def test_a_stream_without_a_reason_to_stop_is_dropped(frames):
    with pytest.raises(UpstreamError) as caught:
        read(*frames)
    assert caught.value.fault.category is Category.CONNECT


def test_pages_are_followed_by_their_token():
    first = gemini.list_models(THERE)
    assert first is not None
    assert first == UpstreamRequest("GET", f"{GOOGLE}/models?pageSize=1000", first.headers)
    page = gemini.read_models(
        THERE, first, UpstreamResponse(200, {}, b'{"models":[{"name":"models/a"}],"nextPageToken":"x/y=&"}')
    )
    assert page.next == UpstreamRequest("GET", f"{GOOGLE}/models?pageSize=1000&pageToken=x%2Fy%3D%26", first.headers)
    assert gemini.read_models(THERE, page.next, UpstreamResponse(200, {}, b"{}")) == gemini.Page(())
    with pytest.raises(UpstreamError) as caught:
        gemini.read_models(THERE, first, UpstreamResponse(200, {}, b'{"data":[]}'))
    assert caught.value.fault.category is Category.SHAPE


@pytest.mark.parametrize(
    ("wire_name", "methods", "chats"),
    [
        ("gemini-3.5-flash", ["generateContent"], True),
        ("gemini-3.5-flash", ["predict"], False),
        ("gemma-4-31b-it", ["generateContent"], True),
        ("gemini-2.5-flash", None, True),
        ("gemini-2.5-flash-preview-tts", ["generateContent"], False),
        ("gemini-2.5-flash-image", ["generateContent"], False),
        ("gemini-live-2.5-flash-preview", ["bidiGenerateContent"], False),
        ("imagen-4.0-generate-001", ["predict"], False),
        ("veo-3.0-generate", ["predictLongRunning"], False),
        ("aqa", ["generateAnswer"], False),
    ],
)
def test_what_does_not_chat_is_marked(wire_name, methods, chats):
    row = {"name": f"models/{wire_name}"} | ({"supportedGenerationMethods": methods} if methods else {})
    page = gemini.read_models(
        THERE, UpstreamRequest("GET", "x"), UpstreamResponse(200, {}, json.dumps({"models": [row]}).encode())
    )
    assert [listing.chat for listing in page.listings] == [chats]


REFUSED: list[tuple[int, bytes, Category, str]] = [
    (400, BAD_KEY, Category.AUTH, "AI Studio"),
    (400, refusal(400, "API Key not found. Please pass a valid API key.", "INVALID_ARGUMENT"), Category.AUTH, "Paste"),
    (400, refusal(400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT"), Category.AUTH, "Paste"),
    (
        403,
        refusal(403, "Your API key was reported as leaked. Please use another API key.", "PERMISSION_DENIED"),
        Category.AUTH,
        "seen in public",
    ),
    (
        403,
        refusal(403, "Method doesn't allow unregistered callers (callers without established identity).", "X"),
        Category.AUTH,
        "Paste",
    ),
    (
        403,
        refusal(
            403,
            "Generative Language API has not been used in project 7 before or it is disabled. Enable it by visiting …",
            "PERMISSION_DENIED",
            "SERVICE_DISABLED",
        ),
        Category.PERMISSION,
        "Enable it there",
    ),
    (
        403,
        refusal(
            403, "Requests from referer <empty> are blocked.", "PERMISSION_DENIED", "API_KEY_HTTP_REFERRER_BLOCKED"
        ),
        Category.PERMISSION,
        "restrictions",
    ),
    (403, refusal(403, "The caller does not have permission", "PERMISSION_DENIED"), Category.PERMISSION, "restricted"),
    (
        400,
        refusal(400, "User location is not supported for the API use.", "FAILED_PRECONDITION"),
        Category.PERMISSION,
        "country",
    ),
    (
        400,
        refusal(
            400,
            "Gemini API free tier is not available in your country. Please enable billing on your project.",
            "FAILED_PRECONDITION",
        ),
        Category.BILLING,
        "Billing",
    ),
    (402, refusal(402, "Your prepayment credits are depleted.", "RESOURCE_EXHAUSTED"), Category.BILLING, "add credit"),
    (404, NO_MODEL, Category.MODEL_NOT_FOUND, "retired"),
    (
        400,
        refusal(400, "The input token count (1048600) exceeds the maximum number of tokens allowed (1048576).", "I"),
        Category.CONTEXT_LENGTH,
        "Shorten",
    ),
    (
        429,
        refusal(
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            "RESOURCE_EXHAUSTED",
            quota="GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
            wait="14.5s",
        ),
        Category.RATE_LIMIT,
        "Wait 14 seconds",
    ),
    (
        429,
        refusal(
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            "RESOURCE_EXHAUSTED",
            quota="GenerateRequestsPerDayPerProjectPerModel-FreeTier",
            wait="14.5s",
        ),
        Category.RATE_LIMIT,
        "daily",
    ),
    (503, json.dumps(OVERLOADED).encode(), Category.SERVER, "too much to do"),
    (500, refusal(500, "An internal error has occurred.", "INTERNAL"), Category.SERVER, "few minutes"),
    (504, refusal(504, "Deadline expired.", "DEADLINE_EXCEEDED"), Category.TIMEOUT, "Try again"),
    (400, refusal(400, "Invalid value at 'contents'.", "INVALID_ARGUMENT"), Category.REJECTED, "own words"),
]


@pytest.mark.parametrize(("status", "answer", "category", "words"), REFUSED)
def test_every_refusal_of_google_is_understood(status, answer, category, words):
    for form in (answer, b"[" + answer + b"]"):
        fault = gemini.read_fault(THERE, UpstreamResponse(status, {}, form))
        assert (fault.category, words in fault.hint) == (category, True), fault
    inside = gemini.read_fault(THERE, UpstreamResponse(200, {}, answer))
    assert inside.category is category


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("Budget 0 is invalid. This model only works in thinking mode.", {"temperature", "presencePenalty"}),
        ("Thinking is not supported for this model.", {"temperature", "presencePenalty"}),
        ("Penalty is not enabled for models/gemini-2.5-pro", {"temperature", "thinkingConfig"}),
        (
            "Unknown name \"temperature\" at 'generation_config': Cannot find field.",
            {"presencePenalty", "thinkingConfig"},
        ),
    ],
)
def test_what_a_model_refuses_is_left_out_and_noted(message, left):
    request = gemini.chat(THERE, question("m", temperature=1, presence_penalty=1, thinking_budget=0), stream=False)
    adjusted = gemini.adjust(THERE, request, Fault(Category.REJECTED, message))
    assert adjusted is not None
    assert set(body(adjusted[0])["generationConfig"]) == left
    assert body(adjusted[0])["contents"] == body(request)["contents"]
    assert "left" in adjusted[1]


def test_nothing_is_adjusted_that_was_not_complained_of():
    request = gemini.chat(THERE, question("m", temperature=1), stream=False)
    for fault in (
        Fault(Category.REJECTED, "Invalid value at 'contents'."),
        Fault(Category.AUTH, "temperature is not supported"),
    ):
        assert gemini.adjust(THERE, request, fault) is None
    assert (
        gemini.adjust(
            THERE, UpstreamRequest("POST", "x", {}, b"[]"), Fault(Category.REJECTED, "temperature is invalid")
        )
        is None
    )


@pytest.mark.parametrize(
    ("wire_name", "tokens"), [("gemini-2.5-flash", 16), ("gemini-3.1-pro-preview", 16), ("gemini-2.0-flash", 1)]
)
def test_a_model_that_thinks_gets_sixteen_tokens_in_a_test(wire_name, tokens):
    assert ping(THERE, wire_name).options == {"max_output_tokens": tokens}


@pytest.mark.parametrize(
    ("pasted", "notice"),
    [
        ("", ""),
        (GOOGLE, ""),
        ("https://generativelanguage.googleapis.com", "Added /v1beta"),
        ("https://generativelanguage.googleapis.com/v1", "Changed /v1 to /v1beta"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "Cut off /openai"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/chat/completions", "Cut off /openai/chat"),
        (f"{GOOGLE}/models/gemini-2.5-pro:generateContent", "Cut off /models/gemini-2.5-pro:generateContent"),
        (f"{GOOGLE}/models", "Cut off /models"),
    ],
)
def test_every_address_of_google_means_the_native_one(pasted, notice):
    tidy = tidy_base_url(TYPES["google"], pasted)
    assert (tidy.url, tidy.fault) == (GOOGLE, "")
    assert notice in " ".join(tidy.notices)
    assert bool(tidy.notices) is bool(notice)


def test_a_proxys_version_is_its_own():
    assert tidy_base_url(TYPES["google"], "https://proxy.example.com/v1").url == "https://proxy.example.com/v1"
    assert tidy_base_url(TYPES["google"], f"{GOOGLE}/models?key=AIzaNeverInAnAddress").url == GOOGLE


@pytest.mark.parametrize(
    ("wire_name", "option", "value", "words"),
    [
        ("gemini-2.5-pro", "thinking_budget", "0", "always thinks"),
        ("gemini-2.5-pro", "thinking_budget", "64", "128 to 32,768"),
        ("gemini-2.5-pro", "thinking_budget", "-1", ""),
        ("gemini-2.5-flash", "thinking_budget", "0", ""),
        ("gemini-2.5-flash", "thinking_budget", "24577", "1 to 24,576"),
        ("gemini-2.5-flash-lite", "thinking_budget", "100", "512 to 24,576"),
        ("gemini-3.1-pro-preview", "thinking_budget", "512", "level in place of a budget"),
        ("gemini-3.1-pro-preview", "thinking_level", "minimal", "one of: low, medium, high, xhigh"),
        ("gemini-4-flash", "thinking_level", "minimal", ""),
        ("gemini-2.5-pro", "thinking_level", "low", "budget in place of a level"),
        ("gemini-2.0-flash", "thinking_level", "low", "does not think"),
        ("gemini-3.8-flash", "thinking_budget", "0", "level in place of a budget"),
        ("tuned/our-own", "thinking_budget", "64", ""),
        ("tuned/our-own", "thinking_level", "low", ""),
        ("gemini-2.0-flash", "thinking_budget", "512", "does not think"),
        ("gemini-2.0-flash", "include_thoughts", "yes", "does not think"),
        ("gemini-2.5-pro", "include_thoughts", "yes", ""),
        ("gemini-2.5-pro", "thinking_budget", "-2", "Choose -1 to 65,536"),
        ("gemini-2.5-pro", "temperature", "2", ""),
        ("gemini-2.5-pro", "effort", "low", "no option"),
    ],
)
def test_an_option_is_refused_where_the_model_would_refuse_it(wire_name, option, value, words):
    clean, faults = parse("gemini", {option: value}, type_name="google", wire_name=wire_name)
    assert words in faults.get(option, "")
    assert (option in clean) is not bool(words)
