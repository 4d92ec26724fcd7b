"""The barest relay of the same stack: waitress, Flask and requests, which pass a provider's bytes on.

python benchmarks/bare_relay.py PORT BASE_URL KEY
"""

import sys

import requests
import waitress
from flask import Flask, Response, request


def relay(base_url: str, key: str) -> Flask:
    app, session = Flask("relay"), requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=600, max_retries=0))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    @app.post("/v1/chat/completions")
    def pass_on() -> Response:
        told = session.post(f"{base_url}/chat/completions", data=request.get_data(), headers=headers, stream=True)
        return Response(told.iter_content(None), content_type="text/event-stream")

    return app


if __name__ == "__main__":
    port, *where = sys.argv[1:]
    waitress.serve(relay(*where), listen=f"127.0.0.1:{port}", threads=64, connection_limit=2000)
