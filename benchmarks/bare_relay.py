"""The barest relay of the same stack: waitress, Flask and requests, which pass a provider's bytes on.

python benchmarks/bare_relay.py PORT BASE_URL KEY THREADS
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
    port, base_url, key, threads = sys.argv[1:]
    app = relay(base_url, key)
    waitress.serve(app, listen=f"127.0.0.1:{port}", threads=int(threads), connection_limit=2000, asyncore_use_poll=True)
