"""What becomes of answers that servers in the field really gave: from the socket to the page and the stored attempt."""

import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.field.replay import Portal, case, replay
from tests.upstream import Exchange, steps

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
COMPLETE = [
    ("u01", "openai", "The tide turns at six.", "Look at the table.", (20, 9)),
    ("u02", "openai", "One two three.", "", None),
    ("u03", "openai", "Good day.", "", (1336, 31, 1280)),
    ("u05a", "claude", "Hello there.", "", (2100, 9)),
    ("u05b", "claude", "Hello there.", "", (2100, 9)),
    ("u06a", "openai", "All of it is here.", "", None),
    ("u11", "openai", "Grok says hi.", "", (10_120, 4_308, 128)),
    ("u14", "openai", "Late but fine.", "", None),
    ("u16", "claude", "Hello there.", "", (2100, 9)),
    ("u17a", "openai", "Hello!", "The user greets me. I greet back.", None),
    ("u17b", "openai", "Hello!", "The user greets me.", None),
    ("u19", "openai", "Done.", "**Weighing options**", None),
    ("p-a06", "claude", "OK.", "", (78, 9, 64)),
    ("p-b21", "openai", None, "", None),
    ("p-b27", "openai", "Hello.", "", None),
    ("p-b28", "openai", "Hello. Bye.", "", None),
    ("p-g01", "gemini", "Hello there.", "Let me think.", (10, 43)),
    ("p-g07", "gemini", "Hello there.", "", (10, 3)),
]


@pytest.mark.parametrize(("name", "dialect", "text", "thinking", "tokens"), COMPLETE)
def test_a_whole_answer_is_read_as_one(portal: Portal, name, dialect, text, thinking, tokens):
    portal.connect(dialect)
    told = portal.ask(replay(name))
    attempt = told.attempt
    assert (attempt.state, attempt.category) == ("complete", ""), attempt.detail
    assert attempt.text == text if text is not None else attempt.text
    assert attempt.thinking.strip() == thinking
    if tokens is not None:
        assert (attempt.tokens_in, attempt.tokens_out, attempt.tokens_cache_read)[: len(tokens)] == tokens
    assert attempt.text.split()[0] in told.page


BROKEN = [
    ("u12a", "openai", "rate_limit", "Half a sen", "Allocated quota exceeded"),
    ("u21", "openai", "shape", "Here is your picture.", "larger than"),
    ("u23", "gemini", "content", "The first half", "prohibited content"),
    ("p-k04", "bedrock", "server", "Half", "The model produced invalid output."),
    ("p-k05", "bedrock", "connect", "partial answer", ""),
]


@pytest.mark.parametrize(("name", "dialect", "category", "text", "words"), BROKEN)
def test_of_an_answer_that_breaks_off_its_part_is_kept_and_the_reason_told(
    portal: Portal, name, dialect, category, text, words
):
    portal.connect(dialect)
    told = portal.ask(steps.raw(five_megabytes()) if name == "u21" else replay(name))
    assert (told.attempt.state, told.attempt.category) == ("incomplete", category)
    assert told.attempt.text == text
    assert words in told.attempt.detail
    assert text in told.page
    assert "base URL" not in told.page


def five_megabytes() -> bytes:
    """The case as it was: its picture is written out here."""
    head, _, rest = case("u21").partition(b"...[5,000,000 letters A here]...")
    return head + b"A" * 5_000_000 + rest


REFUSED = [
    ("u12c", "openai", {"auth", "rejected"}, "Authorization Token illegal"),
    ("u13", "openai", {"billing"}, "You exceeded your current quota"),
    ("u08b", "openai", {"rate_limit"}, "BaseTen: acme/model-x is temporarily rate-limited upstream."),
    ("p-b30", "openai", {"rejected"}, "unknown search mode"),
]


@pytest.mark.parametrize(("name", "dialect", "categories", "words"), REFUSED)
def test_of_a_refusal_the_providers_words_are_shown(portal: Portal, name, dialect, categories, words):
    portal.connect(dialect)
    told = portal.ask(replay(name))
    assert told.attempt.state == "fallback"
    assert told.attempt.category in categories
    assert words in told.attempt.detail
    assert words in told.page
    assert "provider type" not in told.page or name == "p-b30"


ADJUSTED = [
    ("u08a", "temperature", 0.3),
    ("u10", "temperature", 0.3),
    ("p-b23", "temperature", 0.3),
]


@pytest.mark.parametrize(("name", "option", "value"), ADJUSTED)
def test_an_option_that_is_refused_is_left_out_and_that_is_said(portal: Portal, name, option, value):
    portal.connect(**{option: value})
    told = portal.ask(replay(name), replay("p-b27"))
    assert told.attempt.state == "complete"
    first, second = [json.loads(request.body) for request in portal.upstream.requests]
    assert (first[option], option in second) == (value, False)
    assert "takes no temperature" in " ".join(told.attempt.notes)


def test_the_same_goes_for_the_only_top_p(portal: Portal):
    portal.connect(top_p=0.5)
    refused = {"error": {"message": "invalid top_p: only 0.95 is allowed for this model"}}
    told = portal.ask(steps.respond(400, json=refused), replay("p-b27"))
    assert told.attempt.state == "complete"
    assert "top_p" not in json.loads(portal.upstream.requests[1].body)
    assert "takes no top p" in " ".join(told.attempt.notes)


def passed_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


class TestWaits:
    @pytest.fixture
    def now(self) -> datetime:
        """A whole second of this machine's clock: from it to the answer the wait shortens, however slow the machine."""
        return datetime.now(UTC).replace(microsecond=0)

    def test_in_minutes_and_seconds(self, portal: Portal):
        portal.connect()
        assert portal.ask(replay("u09a")).attempt.retry_after == pytest.approx(456.192)

    def test_until_a_date_by_our_own_clock(self, portal: Portal, now: datetime):
        portal.connect()
        date = format_datetime(now + timedelta(seconds=95), usegmt=True).encode()
        answer = case("u09b").replace(b"Fri, 27 Nov 2026 22:22:33 GMT", date)
        wait = portal.ask(steps.raw(answer)).attempt.retry_after
        assert 95 - passed_since(now) <= wait <= 95

    def test_in_milliseconds_in_a_header_inside_the_body(self, portal: Portal, now: datetime):
        portal.connect()
        reset = str(round((now + timedelta(hours=3)).timestamp() * 1000)).encode()
        told = portal.ask(steps.raw(case("u09c").replace(b"1795828858536", reset)))
        assert 3 * 3600 - passed_since(now) <= told.attempt.retry_after <= 3 * 3600
        assert "daily limit" in told.attempt.hint
        assert "about 3 hours" in told.attempt.hint


@pytest.mark.parametrize(("name", "dialect"), [("u15", "openai"), ("u15b", "gemini")])
def test_a_limit_before_the_first_word_is_said_with_who_can_raise_it(portal: Portal, name, dialect):
    portal.connect(dialect)
    told = portal.ask(replay(name))
    assert (told.attempt.state, told.attempt.text, told.attempt.finish) == ("complete", "", "length")
    assert "reached its length limit before its first word" in told.page
    assert "An administrator can raise" in told.page


def test_a_tool_that_was_asked_for_is_told(portal: Portal):
    portal.connect()
    told = portal.ask(replay("u22"))
    assert (told.attempt.state, told.attempt.finish) == ("complete", "tool")
    assert "asked for a tool" in told.page


def test_words_that_were_refused_are_told_as_such(portal: Portal):
    portal.connect("claude")
    told = portal.ask(replay("p-a05"))
    assert (told.attempt.state, told.attempt.finish) == ("complete", "content")
    assert "its content rules stopped it" in told.page


ARN = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3d4"


def test_an_effort_reaches_a_profile_of_unknown_make_as_claude_takes_it_or_not_at_all(portal: Portal):
    portal.connect("bedrock", ARN, effort="high")
    told = portal.ask(replay("u18"), replay("p-k04"))
    first, *_ = [json.loads(request.body) for request in portal.upstream.requests]
    assert "reasoning_effort" not in json.dumps(first)
    assert told.attempt.category == "rejected" or "effort" in " ".join(told.attempt.notes)


def test_an_effort_that_is_refused_is_left_out_and_that_is_said(portal: Portal):
    portal.connect("bedrock", "acme.thinker-v1:0", effort="high")
    told = portal.ask(replay("u18"), replay("p-k04"))
    first, second = [json.loads(request.body) for request in portal.upstream.requests]
    assert first["additionalModelRequestFields"] == {"reasoning_effort": "high"}
    assert "additionalModelRequestFields" not in second
    assert "effort" in " ".join(told.attempt.notes)


FINISHED = {
    "openai": b'data: {"choices":[{"index":0,"delta":{"content":"Whole."},"finish_reason":"stop"}]}\n\n',
    "claude": b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Whole."}}\n\n'
    b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n',
    "gemini": b'data: {"candidates":[{"index":0,"content":{"parts":[{"text":"Whole."}]},"finishReason":"STOP"}]}\n\n',
}


@pytest.mark.parametrize("dialect", list(FINISHED))
@pytest.mark.parametrize("after", ["closes", "resets", "stays open", "goes on with heartbeats"])
def test_what_was_finished_is_whole_whatever_the_connection_does_then(portal: Portal, dialect, after):
    def step(exchange: Exchange) -> None:
        exchange.send(steps.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}))
        data = FINISHED[dialect]
        exchange.send(b"%x\r\n%s\r\n" % (len(data), data))
        while after == "goes on with heartbeats":
            exchange.send(b"8\r\n: ping\n\n\r\n")
            exchange.sleep(0.05)
        if after == "stays open":
            exchange.wait(threading.Event())
        exchange.sleep(0.05)  # let what was sent arrive: a reset may discard it
        if after == "resets":
            exchange.reset()
        exchange.close()

    portal.connect(dialect)
    attempt = portal.ask(step).attempt
    assert (attempt.state, attempt.text, attempt.finish, attempt.category) == ("complete", "Whole.", "stop", "")


def test_a_500_for_a_model_that_is_not_listed_names_the_model_first(portal: Portal):
    portal.connect()
    portal.upstream.respond(json={"data": [{"id": "real.gguf"}]}, path="/v1/models")
    asked = "/v1/chat/completions"
    portal.upstream.respond(500, text="Internal Server Error", path=asked)
    told = portal.ask()
    assert told.attempt.category == "server"
    assert "Its own list has no model m-1: check the name first." in told.page
    portal.upstream.respond(json={"data": [{"id": "m-1"}]}, path="/v1/models")
    assert "check the name first" not in portal.ask().page
