"""Users of embedding applications at the gateway: which tokens work, which models they reach, what is kept of it."""

import hashlib
import hmac
import json

import pytest
from structlog.testing import capture_logs
from werkzeug.test import Client

from portal.domain.allowances import Allowance, Kind
from portal.domain.applications import LONGEST_TOKEN, Refused
from portal.services.allowances import setting
from portal.services.applications import identity, keys, registry
from portal.web.api.routes import OPERATIONS
from tests import signing
from tests.chatting import connect
from tests.conftest import CANARY
from tests.services.access_tokens.setting import another_process
from tests.signing import Editor, ec_key, public_pem, register, rsa_key, signed, written
from tests.upstream import Upstream
from tests.web.gateway.callers import ASKED, Tool, rows, token

EVERYWHERE = [
    ("GET", "/v1/models"),
    ("GET", "/v1/models/1"),
    ("GET", "/v1/models/acme/gpt-5.2"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1/embeddings"),
]

WHOLE = {
    "id": "chatcmpl-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2},
}


@pytest.fixture
def up():
    with Upstream() as up:
        up.respond(json=WHOLE)
        yield up


@pytest.fixture
def models(actors, runtime, up):
    """Two models of one provider."""
    connect(runtime, actors.ada, up.base_url, "gpt-5.2", "other", prices={"input": "1000", "output": "0"})


@pytest.fixture
def editor(actors, runtime) -> Editor:
    return register(actors.ada, runtime)


def wrong_claims(now: int) -> list[tuple[str, dict, Refused]]:
    """Every claim wrong once: missing, of another type, of another value."""
    permissions = {"ai": {"permissions": None}}
    return [
        ("exp missing", {"exp": None}, Refused.EXP_MISSING),
        ("exp as text", {"exp": str(now + 600)}, Refused.EXP_ODD),
        ("exp as true", {"exp": True}, Refused.EXP_ODD),
        ("exp as list", {"exp": [now + 600]}, Refused.EXP_ODD),
        ("exp without end", {"exp": float("inf")}, Refused.EXP_ODD),
        ("exp as no number", {"exp": float("nan")}, Refused.EXP_ODD),
        ("exp passed", {"exp": now - 61, "iat": now - 600}, Refused.EXPIRED),
        ("exp too far", {"exp": now + 86_400 + 120}, Refused.LIFE),
        ("exp too far without iat", {"exp": now + 86_400 + 120, "iat": None}, Refused.LIFE),
        ("exp too far from iat", {"exp": now + 600, "iat": now - 86_400}, Refused.LIFE),
        ("nbf as text", {"nbf": "now"}, Refused.NBF_ODD),
        ("nbf later", {"nbf": now + 120}, Refused.NOT_YET),
        ("iat as text", {"iat": "now"}, Refused.IAT_ODD),
        ("iat later", {"iat": now + 120}, Refused.IAT_LATER),
        ("aud missing", {"aud": None}, Refused.AUD_MISSING),
        ("aud as number", {"aud": 7}, Refused.AUD_ODD),
        ("aud as list of numbers", {"aud": [7]}, Refused.AUD_ODD),
        ("aud another", {"aud": "editor-test"}, Refused.AUDIENCE),
        ("aud almost", {"aud": "Editor-Prod"}, Refused.AUDIENCE),
        ("aud none of several", {"aud": ["a", "b"]}, Refused.AUDIENCE),
        ("sub missing", {"sub": None}, Refused.SUB_MISSING),
        ("sub as number", {"sub": 7}, Refused.SUB_ODD),
        ("sub blank", {"sub": ""}, Refused.SUB_ODD),
        ("sub too long", {"sub": "u" * 201}, Refused.SUB_ODD),
        ("sub unseen", {"sub": "a\u200bb"}, Refused.SUB_ODD),
        ("sub a key", {"sub": CANARY}, Refused.SUB_ODD),
        ("iss another", {"iss": "other-editor"}, Refused.ISSUER),
        ("iss as number", {"iss": 7}, Refused.ISSUER),
        ("auth missing", {"auth": None}, Refused.PERMISSIONS_MISSING),
        ("auth as text", {"auth": "ai:models:*"}, Refused.PERMISSIONS_MISSING),
        ("permissions missing", {"auth": permissions}, Refused.PERMISSIONS_MISSING),
        ("permissions as text", {"auth": {"ai": {"permissions": "ai:models:*"}}}, Refused.PERMISSIONS_ODD),
        ("permissions of numbers", {"auth": {"ai": {"permissions": [1]}}}, Refused.PERMISSIONS_ODD),
        ("a pattern of nothing", {"auth": {"ai": {"permissions": ["ai:models:"]}}}, Refused.PATTERN_ODD),
        ("a pattern too long", {"auth": {"ai": {"permissions": ["ai:models:a:" + "b" * 700]}}}, Refused.PATTERN_ODD),
        ("too many patterns", {"auth": {"ai": {"permissions": [f"ai:models:a:{n}" for n in range(201)]}}},
         Refused.PATTERN_ODD),
    ]  # fmt: skip


def wrong_signatures(editor: Editor) -> list[tuple[str, str, Refused]]:
    """Every other way in which a token can be wrong."""
    good, kid = editor.sign(), editor.made.kid
    header, body, signature = good.split(".")
    another = signed(editor.claims(), "b" * 43, "HS256", {"kid": kid})
    none = written({"alg": "none", "kid": kid}, editor.claims())
    return [
        ("signed with another secret", another, Refused.SIGNATURE),
        ("other claims under the signature", ".".join([header, another.split(".")[1][:-4] + "AAAA", signature]), None),
        ("no signature", f"{header}.{body}.", Refused.SIGNATURE),
        ("alg none", none, Refused.ALGORITHM),
        ("alg of another kind", signed(editor.claims(), rsa_key(), "RS256", {"kid": kid}),
         Refused.ALGORITHM),
        ("alg that is registered nowhere", signed(editor.claims(), editor.key * 2, "HS512", {"kid": kid}),
         Refused.ALGORITHM),
        ("kid unknown", editor.sign({"kid": "0" * 32}), Refused.UNKNOWN),
        ("kid of another shape", editor.sign({"kid": "key-1"}), Refused.UNKNOWN),
        ("neither kid nor iss", editor.sign({}), Refused.NO_APPLICATION),
        ("iss unknown", editor.sign({}, iss="nobody"), Refused.UNKNOWN),
        ("too long", editor.sign(note="n" * LONGEST_TOKEN), Refused.TOO_LONG),
        ("claims that are no object", written({"alg": "HS256", "kid": kid}, [1]), Refused.UNREADABLE),
        ("claims that are no JSON", written({"alg": "HS256", "kid": kid}, b"no"), Refused.UNREADABLE),
    ]  # fmt: skip


def _without_id(answer):
    name = answer.headers["Portal-Request-Id"]
    return (
        answer.status_code,
        sorted((k, v.replace(name, "")) for k, v in answer.headers),
        answer.text.replace(name, ""),
    )


def _asked(app, method, path, value, header="Authorization"):
    sent = f"Bearer {value}" if header == "Authorization" else value
    return Client(app).open(path, method=method, json=ASKED, headers={header: sent})


def test_every_wrong_claim_has_its_own_line_in_the_log_and_one_answer(app, editor):
    missing = _without_id(Client(app).open("/v1/models"))
    seen = []
    for label, claims, reason in wrong_claims(editor.now):
        value = editor.sign(**claims)
        with capture_logs() as logs:
            answer = _asked(app, "GET", "/v1/models", value)
        told = [line for line in logs if line["event"] == "application_token_refused"]
        assert [line["reason"] for line in told] == [reason.value], label
        assert told[0]["application_id"] == str(editor.made.id), label
        assert value.split(".")[1] not in json.dumps(logs, default=str), label
        assert _without_id(answer) == missing, label
        seen.append(reason)
    claims_alone = {reason for reason in Refused if reason.name.split("_")[0] in ("EXP", "NBF", "IAT", "AUD", "SUB")}
    assert claims_alone <= set(seen), "every reason is met once"


def test_every_wrong_signature_has_its_own_line_in_the_log_and_one_answer(app, editor):
    missing = _without_id(Client(app).open("/v1/models"))
    for label, value, reason in wrong_signatures(editor):
        with capture_logs() as logs:
            answer = _asked(app, "GET", "/v1/models", value)
        told = [line["reason"] for line in logs if line["event"] == "application_token_refused"]
        assert told == [reason.value] if reason else len(told) == 1, label
        assert _without_id(answer) == missing, label


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
def test_it_is_the_answer_of_every_other_token_that_does_not_work_on_every_endpoint(app, editor, method, path):
    values = [editor.sign(**claims) for _, claims, _ in wrong_claims(editor.now)]
    values += [value for _, value, _ in wrong_signatures(editor)]
    answers = [
        _asked(app, method, path, value, header) for value in values for header in ("Authorization", "X-Api-Key")
    ]
    answers += [Client(app).open(path, method=method, json=ASKED), _asked(app, method, path, "llmp_unknown")]
    assert len({str(_without_id(answer)) for answer in answers}) == 1
    assert answers[0].status_code == 401


@pytest.mark.parametrize("private", [None, rsa_key, ec_key], ids=["HS256", "RS256", "ES256"])
def test_each_kind_of_key_signs_for_every_endpoint(app, actors, runtime, models, up, private):
    editor = register(actors.ada, runtime, private=private() if private else None)
    for header in ("Authorization", "X-Api-Key"):
        for value in (editor.sign(), editor.sign({}, iss="intranet-editor"), editor.sign(aud=["x", "editor-stage"])):
            assert _asked(app, "GET", "/v1/models", value, header).status_code == 200
    answer = Tool(app, editor.sign()).chat()
    assert (answer.status_code, answer.json["id"]) == (200, "chatcmpl-1")
    assert answer.headers["Portal-Model"] == "acme/gpt-5.2"
    assert answer.headers["Portal-Key-Source"] == "shared"


def test_the_public_key_is_no_secret_with_which_anybody_signs(app, actors, runtime):
    """HS256 over the text of the public key, which anybody may have: the algorithm is the registered one, always."""
    editor = register(actors.ada, runtime, private=rsa_key())
    header = {"alg": "HS256", "typ": "JWT", "kid": editor.made.kid}
    unsigned = written(header, editor.claims()).rpartition(".")[0]
    signature = hmac.new(public_pem(rsa_key()).encode(), unsigned.encode(), hashlib.sha256).digest()
    value = written(header, editor.claims(), signature)
    with capture_logs() as logs:
        assert _asked(app, "GET", "/v1/models", value).status_code == 401
    assert Refused.ALGORITHM.value in [line.get("reason") for line in logs]


def test_clocks_may_be_a_minute_apart(app, editor):
    late, early = editor.now - 50, editor.now + 50
    for claims in ({"exp": late, "iat": late - 600}, {"iat": early}, {"nbf": early}):
        assert _asked(app, "GET", "/v1/models", editor.sign(**claims)).status_code == 200


def test_patterns_decide_which_models_there_are(app, editor, models, up):
    def names(*patterns):
        answer = Tool(app, editor.permitted(*patterns)).get("/v1/models")
        return {row["id"] for row in answer.json["data"] if "/" in row["id"]}

    both = {"acme/gpt-5.2", "acme/other"}
    assert names("ai:models:*") == names("ai:models:acme") == names("ai:models:acme:*") == both
    assert names("ai:models:acme:gpt*", "ai:conversations:*") == {"acme/gpt-5.2"}
    assert names() == names("ai:models:nobody:*") == names("ai:actions:system:*") == set()
    narrow = Tool(app, editor.permitted("ai:models:acme:other"))
    refused = narrow.chat()
    assert (refused.status_code, refused.json["error"]["code"]) == (404, "model_not_found")
    assert "acme/other" in refused.json["error"]["message"]
    assert up.requests == []
    assert narrow.chat(model="acme/other").status_code == 200
    assert narrow.chat(model="auto").headers["Portal-Model"] == "acme/other"


def test_auto_with_a_token_that_names_nothing_says_so_and_speaks_of_no_role(app, editor, models):
    refused = Tool(app, editor.permitted("ai:models:nobody:*")).chat(model="auto")
    assert refused.status_code == 404
    assert refused.json["error"]["message"].startswith("Nothing that this token names is a model that answers here.")


def test_editors_read_their_list_of_models(app, editor, models, actors, runtime):
    found = Tool(app, editor.permitted("ai:models:acme:gpt*")).get("/v1/models/1").json["models"]
    assert found == [
        {
            "id": "gpt-5.2",
            "name": found[0]["name"],
            "description": "",
            "provider": "acme",
            "allowed": True,
            "recommended": False,
            "features": ["actions", "conversations", "reviews"],
            "capabilities": {"webSearch": False, "reasoning": False},
            "contextLimits": {
                "maxContextLength": 256_000,
                "maxFiles": 100,
                "maxFileSize": 7 * 1024 * 1024,
                "maxTotalFileSize": 30 * 1024 * 1024,
                "maxTotalPdfFilePages": 100,
            },
        }
    ]
    assert Tool(app, editor.permitted()).get("/v1/models/1").json == {"models": []}
    assert len(Tool(app, token(actors.uma, runtime)).get("/v1/models/1").json["models"]) == 2
    assert Tool(app, editor.sign()).get("/v1/models/2").status_code == 404


def test_the_api_tells_an_applications_user_their_models_and_nothing_else(app, editor, models):
    tool = Tool(app, editor.permitted("ai:models:acme:gpt*"))
    found = tool.get("/api/v1/models/available").json["data"]
    assert [(one["address"], one["allowed"]) for one in found] == [("acme:gpt-5.2", True)]
    for path in (
        "/api/v1/chats",
        "/api/v1/me/usage",
        "/api/v1/me/usage/requests",
        "/api/v1/providers",
        "/api/v1/me/tokens",
    ):
        assert tool.get(path).status_code == 403, path
    assert tool.post("/api/v1/selection", {}).status_code == 403
    missing = _without_id(Client(app).get("/api/v1/models/available"))
    for _, claims, _ in wrong_claims(editor.now):
        assert _without_id(Tool(app, editor.sign(**claims)).get("/api/v1/models/available")) == missing


def test_one_endpoint_of_the_api_is_for_the_users_of_applications():
    assert [one.name for one in OPERATIONS if one.end_users] == ["language_models.available"]


def test_a_request_is_written_down_as_the_applications_with_its_user(app, editor, models, ada):
    Tool(app, editor.sign(sub="jo@intranet")).chat()
    (row,) = rows(app)
    assert (row.user_id, row.team_id, row.token_id) == (None, None, None)
    assert (row.application_id, row.end_user, row.state) == (editor.made.id, "jo@intranet", "complete")
    for by in ("person", "token"):
        page = ada.get(f"/usage?by={by}").text
        assert "intranet-editor" in page, by
    requests = ada.get("/usage?by=request").text
    assert "intranet-editor" in requests
    assert "jo@intranet" in requests
    assert "jo@intranet" in ada.get("/usage/export.csv?by=request").text


def test_limits_and_budgets_of_an_application_count_all_its_users(app, editor, models, actors, runtime, up):
    setting.change(actors.ada, runtime, Kind.APPLICATION, editor.made.id, Allowance(per_minute=2))
    answers = [Tool(app, editor.sign(sub=f"user-{n}")).chat() for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "this application may send 2 requests a minute" in answers[2].json["error"]["message"]
    setting.change(actors.ada, runtime, Kind.APPLICATION, editor.made.id, Allowance(budget=1))
    refused = Tool(app, editor.sign()).chat()
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "budget_reached")
    assert "the budget of this application" in refused.json["error"]["message"]
    assert len(up.requests) == 2


def test_the_limit_of_a_provider_holds_for_applications_too(app, editor, models, actors, runtime):
    with app.app_context():
        from portal.services.selection import choosing

        provider_id = next(iter(choosing.current_catalog(runtime).providers))
    setting.change(actors.ada, runtime, Kind.PROVIDER, provider_id, Allowance(per_minute=1))
    assert [Tool(app, editor.sign()).chat().status_code for _ in range(2)] == [200, 429]


def test_what_one_user_got_is_not_another_users(app, actors, runtime):
    """What stays at a provider is found by the user of the application that got it, and by nobody else."""
    with Upstream() as up:
        body = {"id": "resp_1", "object": "response", "output": [], "usage": {"input_tokens": 1, "output_tokens": 1}}
        up.respond(json=body)
        connect(runtime, actors.ada, up.base_url, "gpt-5.2")
        first, second = register(actors.ada, runtime), register(actors.ada, runtime, "other-editor")
        ask = {"model": "acme/gpt-5.2", "input": "Hello"}
        assert Tool(app, first.sign(sub="jo")).post("/v1/responses", ask).status_code == 200
        again = ask | {"previous_response_id": "resp_1"}
        assert Tool(app, first.sign(sub="jo")).post("/v1/responses", again).status_code == 200
        for value in (first.sign(sub="al"), second.sign(sub="jo"), token(actors.uma, runtime)):
            assert Tool(app, value).post("/v1/responses", again).status_code == 404


def test_a_key_that_was_replaced_works_for_as_long_as_was_chosen_and_then_no_more(app, editor, actors, runtime):
    made = keys.rotate(actors.ada, runtime, editor.made.id, 2)
    new = editor.by(made, made.secret.bare())
    assert [_asked(app, "GET", "/v1/models", each.sign()).status_code for each in (editor, new)] == [200, 200]
    assert _asked(app, "GET", "/v1/models", editor.sign({}, iss="intranet-editor")).status_code == 200
    key = registry.find(actors.ada, runtime, editor.made.id).keys[1]
    assert key.until == made.old_until
    keys.end(actors.ada, runtime, editor.made.id, key.id)
    for header in (None, {}):
        with capture_logs() as logs:
            value = editor.sign(header, iss="intranet-editor")
            assert _asked(app, "GET", "/v1/models", value).status_code == 401
        assert [line["reason"] for line in logs if line["event"] == "application_token_refused"] == [
            Refused.KEY_ENDED.value if header is None else Refused.SIGNATURE_OR_ENDED.value
        ]
    assert _asked(app, "GET", "/v1/models", new.sign()).status_code == 200


@pytest.mark.parametrize("act", ["off", "deleted", "replaced"])
def test_what_one_process_takes_away_counts_with_the_next_request_in_every_other(app, editor, actors, runtime, act):
    value = editor.sign()
    secret = signing.Secret(value)
    with app.app_context():
        assert identity.identify(runtime, secret, "192.0.2.7") is not None
        with another_process():
            if act == "off":
                registry.turn(actors.ada, runtime, editor.made.id, on=False)
            elif act == "deleted":
                registry.delete(actors.ada, runtime, editor.made.id)
            else:
                keys.rotate(actors.ada, runtime, editor.made.id, 0)
        with capture_logs() as logs:
            assert identity.identify(runtime, secret, "192.0.2.7") is None
    reason = {"off": Refused.DISABLED, "deleted": Refused.UNKNOWN, "replaced": Refused.KEY_ENDED}[act]
    told = [line["reason"] for line in logs if line["event"] == "application_token_refused"]
    assert told == [reason.value]
    if act == "off":
        registry.turn(actors.ada, runtime, editor.made.id, on=True)
        assert _asked(app, "GET", "/v1/models", value).status_code == 200


def test_the_gate_of_ai_holds(app, editor, models, actors, runtime):
    from portal.services.overrides import gates

    gates.turn(actors.ada, runtime, "ai", on=False)
    assert Tool(app, editor.sign()).chat().status_code == 503
