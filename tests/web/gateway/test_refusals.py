"""What the gateway itself refuses: alike for all tokens that do not work, in the caller's dialect, never as a page."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from werkzeug.test import Client

from portal.services.access_tokens import own_tokens
from portal.store.access_tokens import AccessTokenRecord, AccessTokenValueRecord
from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from tests.chatting import connect
from tests.upstream import Upstream
from tests.web.gateway.callers import ASKED, Tool, rows, token

EVERYWHERE = [
    ("GET", "/v1/models"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1/embeddings"),
]


def _without_id(answer):
    """All of an answer, but for the name that each request has."""
    name = answer.headers["Portal-Request-Id"]
    return (
        answer.status_code,
        sorted((k, v.replace(name, "")) for k, v in answer.headers),
        answer.text.replace(name, ""),
    )


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
def test_every_token_that_does_not_work_gets_one_answer(app, actors, runtime, method, path):
    """To the byte, headers and all: whoever tries learns nothing of why it does not work."""
    made = own_tokens.create(actors.uma, runtime, "revoked", ["chat.use"])
    own_tokens.revoke(actors.uma, runtime, made.id)
    narrow = token(actors.uma, runtime, "personal_key.use", name="narrow")
    old = token(actors.uma, runtime, name="old", until=runtime.now() + timedelta(hours=1))
    with transaction() as session:
        past = runtime.now() - timedelta(seconds=1)
        session.execute(update(AccessTokenRecord).where(AccessTokenRecord.name == "old").values(expires_at=past))
    good = token(actors.uma, runtime, name="good")
    values = [
        *(
            "",
            " ",
            "llmp_",
            "llmp_unknown",
            good[:-1],
            good + "x",
            good.upper(),
            good[::-1],
            f"{good} {good}",
            f"{good},",
        ),
        *(made.value.bare(), narrow, old),
        *("\xe9\x7f", "\xff" * 45, "a\x00b", good[:10] + "\x00" + good[11:], "sk-" + "a" * 100_000, "%00", "null"),
    ]
    headers = [{}, *({"Authorization": f"Bearer {value}"} for value in values), *({"X-Api-Key": one} for one in values)]
    headers += [{"Authorization": text} for text in ("Bearer", "bearer ", "Basic dTpw", good, f"Token {good}")]
    headers.append({"Authorization": f"Bearer {narrow}", "X-Api-Key": old})
    client = Client(app)
    answers = [client.open(path, method=method, json=ASKED, headers=sent) for sent in headers]
    assert {answer.status_code for answer in answers} == {401}
    assert len({str(_without_id(answer)) for answer in answers}) == 1
    assert answers[0].headers["x-should-retry"] == "false"
    assert answers[0].mimetype == "application/json"
    assert Tool(app, good).get("/v1/models").status_code == 200


def test_two_tokens_that_begin_alike_are_two(app, actors, runtime):
    """What stands on a list of a token is no part of who it is."""
    first, second = (token(actors.uma, runtime, name=name) for name in ("one", "two"))
    with transaction() as session:
        session.execute(update(AccessTokenValueRecord).values(prefix=first[:9]))
    connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "gpt-5.2")
    for value in (first, second):
        assert Tool(app, value).chat().status_code == 502
    found = rows(app)
    assert len({row.token_id for row in found}) == 2
    own_tokens.revoke(actors.uma, runtime, found[0].token_id)
    assert sorted(Tool(app, value).get("/v1/models").status_code for value in (first, second)) == [200, 401]
    mixed = first[:9] + second[9:]
    assert mixed == second or Tool(app, mixed).get("/v1/models").status_code == 401


def test_of_two_tokens_the_one_that_works_counts(app, actors, runtime):
    good = token(actors.uma, runtime)
    assert Tool(app, good).get("/v1/models", X_Api_Key="sk-other").status_code == 200
    assert Tool(app, "sk-other").get("/v1/models", X_Api_Key=good).status_code == 200
    assert Tool(app, None).get("/v1/models", X_Goog_Api_Key=good).status_code == 200


def test_the_cookie_of_a_page_opens_nothing(sign_in, actors):
    assert sign_in(actors.ada.id).get("/v1/models").status_code == 401


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/v1/messages", "/v1/nothing", "/v1/chat"])
def test_a_wrong_address_says_which_base_url_is_right(app, actors, runtime, path):
    answer = Tool(app, token(actors.uma, runtime)).get(path, Accept="text/html")
    assert answer.status_code == 404
    assert answer.mimetype == "application/json"
    assert "http://localhost/v1 for every other" in answer.json["error"]["message"]


def test_a_socket_is_refused_at_once_with_426(app, actors, runtime):
    answer = Tool(app, token(actors.uma, runtime)).get("/v1/responses", Connection="Upgrade", Upgrade="websocket")
    assert answer.status_code == 426


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"nonsense", b'{"messages":[]}', b'{"model":7}'])
def test_a_body_that_cannot_be_read_is_a_400_in_json(app, actors, runtime, body):
    answer = Tool(app, token(actors.uma, runtime)).post("/v1/chat/completions", body)
    assert answer.status_code == 400
    assert answer.json["error"]["message"]


def test_a_wrong_method_is_json_too(app, actors, runtime):
    answer = Tool(app, token(actors.uma, runtime)).get("/v1/chat/completions")
    assert (answer.status_code, answer.mimetype) == (405, "application/json")


def test_an_unknown_model_lists_what_one_may_use(app, actors, runtime):
    connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "gpt-5.2")
    tool = Tool(app, token(actors.uma, runtime))
    answer = tool.chat(model="nope")
    assert answer.status_code == 404
    assert "acme/gpt-5.2" in answer.json["error"]["message"]
    assert tool.chat("/v1/messages", model="nope").json["error"]["type"] == "not_found_error"
    assert rows(app) == []


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("auto", "first"),
        ("auto:root", "first"),
        ("acme/second", "second"),
        ("acme:second", "second"),
        ("second", "second"),
    ],
)
def test_a_model_has_several_names(app, actors, runtime, name, model):
    connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "first", "second")
    answer = Tool(app, token(actors.uma, runtime)).chat(model=name)
    assert answer.status_code == 502
    assert rows(app)[0].model == f"acme:{model}"


def test_a_name_that_two_providers_have_is_not_guessed(app, actors, runtime):
    for provider in ("acme", "beta"):
        connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "same", name=provider)
    answer = Tool(app, token(actors.uma, runtime)).chat(model="same")
    assert answer.status_code == 404
    assert "acme/same or beta/same" in answer.json["error"]["message"]


def test_models_are_listed_for_all_three_kinds_of_readers(app, actors, runtime):
    connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "first", "team/second")
    tool = Tool(app, token(actors.uma, runtime))
    listed = tool.get("/v1/models?limit=1000").json
    assert [row["id"] for row in listed["data"]] == ["acme/first", "first", "acme/team/second", "team/second"]
    assert {row["object"] for row in listed["data"]} == {"model"}
    assert {row["type"] for row in listed["data"]} == {"model"}
    assert [row["slug"] for row in listed["models"]] == [row["id"] for row in listed["data"]]
    assert (listed["first_id"], listed["has_more"]) == ("acme/first", False)
    assert tool.get("/v1/models/team%2Fsecond").json["id"] == "team/second"
    assert tool.get("/v1/models/nope").status_code == 404


def test_below_api_there_is_json_too(app):
    answer = Tool(app, None).get("/api/hello", Accept="text/html")
    assert (answer.status_code, answer.mimetype) == (404, "application/json")


def test_counting_at_a_provider_that_cannot_count_is_a_404_that_costs_nobody_anything(app, actors, runtime):
    with Upstream.gemini(key="sk-right-0a1b2c3d") as up:
        connect(runtime, actors.ada, up.base_url, "m-1", type="google", key="sk-right-0a1b2c3d")
        answer = Tool(app, token(actors.uma, runtime)).chat("/v1/messages/count_tokens", model="m-1")
    assert answer.status_code == 404
    assert answer.json["type"] == "error"
    assert up.requests == []
    assert rows(app) == []


def test_a_model_that_only_embeds_is_listed_and_embeds_and_does_not_chat(app, actors, runtime):
    with Upstream() as up:
        up.respond(json={"object": "list", "data": [], "usage": {"prompt_tokens": 4, "total_tokens": 4}})
        [id] = connect(runtime, actors.ada, up.base_url, "embed-1")
        with transaction() as session:
            lock_catalog(session)
            session.get(LanguageModelRecord, id).chats = False
        tool = Tool(app, token(actors.uma, runtime))
        assert "embed-1" in [row["id"] for row in tool.get("/v1/models").json["data"]]
        assert tool.post("/v1/embeddings", {"model": "embed-1", "input": "Hello"}).status_code == 200
        assert tool.chat(model="embed-1").status_code == 404
    assert [row.tokens_in for row in rows(app)] == [4]
