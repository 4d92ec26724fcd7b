"""The scripted upstream: a provider on a real socket of 127.0.0.1 that does what a test scripts.

    with Upstream() as up:
        up.respond(json={"object": "list", "data": []}, path="/v1/models")
        …                                     # send a request to up.url + "/v1/models"
        assert up.requests[0].headers["authorization"] == "Bearer sk-…"

    with Upstream.openai(key="sk-good", models=["gpt-5.2"], answer="Hello there.") as up: …
    with Upstream.anthropic(key="sk-ant-good", token_delay=0.02, pause_after=3) as up: …
    # up.go.set() lets the stream go on

`server.py` holds the socket and the rules, `exchange.py` one request, `steps.py` every behaviour that a rule may
have, `providers.py` the two fake providers, `small.py` the gateways and smaller vendors,
`local.py` the servers on one's own machines, `google.py` Gemini and Vertex with its token endpoint,
`certificates.py` the good and the bad certificates.
`Upstream(tls="good")` serves TLS; `up.ca_bundle` is what trusts it.
"""

from tests.upstream.exchange import Exchange, Left, Request
from tests.upstream.server import Upstream

__all__ = ["Exchange", "Left", "Request", "Upstream"]
