"""The gateway's routes. Each names the API that it speaks; what it does with a request is the same for all."""

from collections.abc import Mapping
from string import punctuation
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, g, jsonify, request

from portal.domain.errors import Unavailable
from portal.domain.gates import AI, GATES
from portal.domain.permissions import Permission
from portal.domain.typed_text import looks_secret
from portal.services.gateway import further_models, naming, serving, states
from portal.services.gateway.asking import Asked, Caller, NotAnObject, read_body
from portal.services.gateway.refusals import errors
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.gateway import departures, listing, refusals
from portal.web.gateway.streaming import Streamed

bp = Blueprint("gateway", __name__, url_prefix="/v1")

FORWARDED_HEADERS = ("anthropic-", "openai-")
"""Headers of the caller that go on to a provider that has the caller's API."""

SESSIONS = ("x-claude-code-session-id", "session-id", "x-session-id", "thread-id")
"""Where clients name the session that a request is of."""

NO_BACKGROUND = (
    "background: An answer is given here to whoever waits for it; the portal keeps none to be fetched later."
)

_AS_IT_IS = " " + punctuation.replace("%", "")


@bp.get("/models", permission=Permission.CHAT)
def models() -> Response:
    return jsonify(listing.of(serving.catalog(runtime(), g.identity), g.identity.actor))


@bp.get("/models/1", permission=Permission.CHAT)
def models_for_editors() -> Response:
    """The list as embedded editors ask for it, by its version. A model called 1 is found behind its provider's name."""
    return jsonify(listing.for_editors(serving.catalog(runtime(), g.identity), g.identity.actor))


@bp.get("/models/<path:name>", permission=Permission.CHAT)
def model(name: str) -> Response:
    return jsonify(listing.one(serving.catalog(runtime(), g.identity), g.identity.actor, name))


@bp.post("/chat/completions", permission=Permission.CHAT, waits=Waits.ANSWER)
def chat_completions() -> Response:
    return _answered("chat_completions")


@bp.post("/responses", permission=Permission.CHAT, waits=Waits.ANSWER)
def responses() -> Response:
    return _answered("responses")


@bp.get("/responses", permission=Permission.CHAT)
@bp.get("/responses", permission=Permission.CHAT, websocket=True)
def responses_by_socket() -> Response:
    """Codex asks for a WebSocket first, and falls back in one step when it is told so at once."""
    return refusals.say(errors.NO_WEBSOCKET)


@bp.post("/messages", permission=Permission.CHAT, waits=Waits.ANSWER)
def messages() -> Response:
    return _answered("messages")


@bp.post("/messages/count_tokens", permission=Permission.CHAT, waits=Waits.ANSWER)
def count_tokens() -> Response:
    return _answered("count_tokens")


@bp.post("/embeddings", permission=Permission.CHAT, waits=Waits.ANSWER)
def embeddings() -> Response:
    return _answered("embeddings")


def _answered(api: str) -> Response:
    if coding := request.content_encoding:
        return refusals.say(errors.NOT_JSON, reason=f"it is compressed ({coding[:20]}); send it as it is.")
    try:
        body = read_body(request.get_data(cache=False))
    except NotAnObject as error:
        return refusals.say(errors.NOT_JSON, reason=str(error))
    name = body.values.get("model")
    if not isinstance(name, str) or not name:
        return refusals.refuse(400, "missing_model", "model: Field required", param="model")
    if not isinstance(body.values.get("stream", False), bool | None):
        return refusals.refuse(400, "wrong_type", "stream: Input should be true or false", param="stream")
    if api == "responses" and body.values.get("background"):
        return refusals.refuse(400, "unsupported_parameter", NO_BACKGROUND, param="background")
    kept, running = g._get_current_object(), runtime()  # type: ignore[attr-defined]
    found, sent = kept.identity, kept.headers
    catalog = serving.catalog(running, found)
    if not catalog.gates.ai:
        raise Unavailable(GATES[AI].off)
    context = name.partition(":")[2] if name.startswith("auto:") else ""
    asked = Asked(api, body, _forwarded(sent), kept.request_id, context)
    further_models.refuse(catalog, found.actor, asked)
    state = states.referred(found.actor, running, asked)
    purpose = naming.EMBEDDING if api == "embeddings" else naming.ROOT
    chosen = states.choose(catalog, found.actor, name, state, purpose)
    kept.provider = chosen.provider_label
    caller = Caller(found.actor, found.asker, found.token_id, found.moment, _client(sent), _session(sent), found.spent)
    has_left = request.environ.get("waitress.client_disconnected")
    exchange = serving.begin(running, caller, asked, chosen, has_left, state)
    if api != "count_tokens":
        serving.admit(exchange, caller, chosen, catalog.version)
    end_watch = departures.here.watch(has_left, exchange.cancel) if has_left else lambda: None
    try:
        answer = serving.answer(exchange)
    finally:
        end_watch()
    headers: dict[str, Any] = dict(answer.headers) | {
        "Portal-Model": _spelled(f"{chosen.provider_name}/{chosen.name}"),
        "Portal-Provider": _spelled(chosen.provider_name),
        "Portal-Layer": chosen.layer.value,
        "Portal-Key-Source": exchange.record.key_source,
    }
    if answer.chunks is None:
        return Response(answer.body, answer.status, headers)
    headers |= {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return Response(Streamed(answer.chunks, has_left), answer.status, headers)


def _spelled(name: str) -> str:
    """A name as a header's value, which holds no letters but Latin ones: what else is in it is percent-encoded."""
    return quote(name, safe=_AS_IT_IS)


def _forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith(FORWARDED_HEADERS)}


def _session(headers: Mapping[str, str]) -> str:
    return _kept(next((value for name in SESSIONS if (value := headers.get(name, ""))), ""))


def _client(headers: Mapping[str, str]) -> str:
    """The client's name, as its user agent begins."""
    return _kept(headers.get("user-agent", "").partition(" ")[0].partition("/")[0])


def _kept(text: str) -> str:
    """What a caller calls itself, as it is written down: nothing where it put a key or a token there."""
    return "" if looks_secret(text) else text
