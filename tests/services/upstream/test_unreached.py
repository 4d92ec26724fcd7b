"""Providers that cannot be reached: the advice is that of their type, unless the wire knows more."""

import socket

import pytest

from portal.dialects.base import Endpoint, Limits
from portal.dialects.conversation import ChatRequest, Message
from portal.dialects.provider_types.table import TYPES, destination
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.upstream import calls as upstream_calls
from portal.wire import Wire
from tests.upstream import Upstream, steps

CHAT_REQUEST = ChatRequest("some-model", (Message.of("user", "Hi"),))
SHORT = Limits(connect=0.5, read=0.3, total=1.0)


def nobody(*_: object) -> list[object]:
    """A look-up that knows no name."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def silent(*_: object) -> list[object]:
    """A look-up whose name server does not answer."""
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def fault_of(type_name: str, base_url: str, **how: object) -> Fault:
    """The fault in which a question to such a provider ends."""
    type = TYPES[type_name]
    wire = Wire(EgressPolicy(), **how)
    try:
        with pytest.raises(UpstreamError) as caught:
            upstream_calls.ask(
                wire, Endpoint(type, base_url, Secret("sk-1")), destination(type, base_url), CHAT_REQUEST, SHORT
            )
    finally:
        wire.close()
    return caught.value.fault


@pytest.mark.parametrize(
    ("type", "base_url", "words"),
    [
        ("azure", "https://acme-opnai.openai.azure.com", "No such resource"),
        ("bedrock", "https://bedrock-runtime.eu-centrl-1.amazonaws.com", "The region may be misspelt"),
        ("openai_compatible", "https://llm.exmaple.test/v1", "Check the host’s spelling"),
        ("azure", "https://gate.example.test", "Check the host’s spelling"),
    ],
)
def test_an_unknown_host_is_told_in_the_words_of_its_type_where_the_host_is_its_vendors(type, base_url, words):
    fault = fault_of(type, base_url, resolve=nobody)
    assert fault.category is Category.DNS
    assert words in fault.hint


def test_a_name_server_that_is_silent_says_nothing_about_the_name():
    fault = fault_of("azure", "https://acme.openai.azure.com", resolve=silent)
    assert (fault.category, "name server" in fault.hint) == (Category.DNS, True)


@pytest.mark.parametrize(
    ("type", "words"),
    [
        ("ollama", "Is Ollama running there?"),
        ("vllm", "Is vLLM running there"),
        ("lm_studio", "Start the server in LM Studio"),
        ("llama_cpp", "Is llama-server running there?"),
        ("openai_compatible", "that the server runs there"),
        ("openai", "that the server runs there"),  # a gateway of one's own: whether OpenAI is in reach is not the point
    ],
)
def test_a_refused_connection_asks_whether_that_server_runs(type, words):
    with Upstream() as up:
        up.refuse()
        fault = fault_of(type, f"{up.url}/v1")
    assert fault.category is Category.CONNECT
    assert "refused" in fault.detail
    assert words in fault.hint
    assert fault.hint.endswith("Inside a container, localhost is the container itself.")


def test_another_machine_is_not_taken_for_a_container():
    with Upstream() as up:
        up.refuse()
        named = lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", up.port))]  # noqa: E731
        fault = fault_of("ollama", up.url_for("box.test") + "/v1", resolve=named)
    assert "Is Ollama running there?" in fault.hint
    assert "container" not in fault.hint


def test_a_vendor_out_of_reach_asks_for_the_way_to_the_internet():
    with Upstream() as up:
        up.refuse()
        here = lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", up.port))]  # noqa: E731
        fault = fault_of("openai", TYPES["openai"].base_url, resolve=here)
    assert fault.category is Category.CONNECT
    assert "PORTAL_EGRESS_PROXY" in fault.hint


@pytest.mark.parametrize(
    ("type", "words"), [("ollama", "takes long to load"), ("openai_compatible", "give the provider a longer timeout")]
)
def test_a_server_that_keeps_silent_may_still_be_loading(type, words):
    with Upstream() as up:
        up.script(steps.silence())
        fault = fault_of(type, f"{up.url}/v1")
    assert (fault.category, words in fault.hint) == (Category.TIMEOUT, True)


def test_where_the_wire_knows_more_its_own_hint_stays():
    with Upstream() as up:
        fault = fault_of("ollama", f"{up.url}/v1".replace("http:", "https:"))
    assert fault.category is Category.CONNECT
    assert '"http://"' in fault.hint
