"""What people type and paste out of other programs: refused beside its field in a sentence, or taken as it is meant."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from portal.domain.language_models import Draft
from portal.services.language_models import publishing
from portal.services.runtime import Runtime
from portal.store.base import reading
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.people import RoleRecord
from portal.store.provider_headers import ProviderHeaderRecord
from portal.store.providers import ProviderRecord
from tests.conftest import Actors, Client
from tests.upstream import Upstream, steps

HERE = "http://127.0.0.1:9/v1"
FORM = {"type": "openai_compatible", "name": "mine", "label": "Mine", "base_url": HERE, "key": "k-0123456789"}

STAND_FOR_A_KEY = [
    "${PERPLEXITY_API_KEY}",
    "os.environ/OPENAI_API_KEY",
    "{env:ANTHROPIC_API_KEY}",
    "$OPENAI_API_KEY",
    "%OPENAI_API_KEY%",
    "{{API_KEY}}",
    "<your-key>",
    "YOUR_API_KEY",
    "[REDACTED]",
    "file:/run/secrets/key",
    "process.env.OPENAI_API_KEY",
    "$env:OPENAI_API_KEY",
    "$(cat key.txt)",
    "vault://kv/llm#key",
    "arn:aws:secretsmanager:eu-west-1:123:secret:llm",
    "<%= ENV['KEY'] %>",
    "sk-xxxxxxxx",
    "your-api-key-here",
    "insert your key here",
    "changeme",
    "undefined",
]


def words(page) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def beside(page, field: str) -> str:
    """What is said beside a field."""
    found = re.search(rf'id="{re.escape(field)}-fault">(.*?)</div>', page.text, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", found[1])).strip() if found else ""


def connect(otto: Client, **changes: str):
    return otto.post_form("/providers/connect", FORM | changes)


def models() -> dict[str, LanguageModelRecord]:
    with reading() as session:
        return {row.wire_name: row for row in session.scalars(select(LanguageModelRecord))}


@pytest.mark.parametrize("typed", STAND_FOR_A_KEY)
def test_what_stands_for_a_key_is_none(otto: Client, typed: str):
    page = connect(otto, key=typed)
    assert page.status_code == 422
    assert "itself." in beside(page, "key")
    assert typed not in unescape(page.text)


@pytest.mark.parametrize("typed", ["EMPTY", "not-needed", "ollama", "sk-no-key-required", "abc$def%ghi-0451"])
def test_a_key_that_means_something_somewhere_is_taken(otto: Client, typed: str):
    assert connect(otto, key=typed).status_code == 302


@pytest.mark.parametrize("sign", [";", ",", ", "])
def test_two_keys_in_one_field_are_told_apart(otto: Client, sign: str):
    page = connect(otto, key=f"sk-a1b2c3d4a1b2c3d4{sign}gsk_a1b2c3d4a1b2c3d4a1b2")
    assert page.status_code == 422
    assert "Several keys stand here." in beside(page, "key")


@pytest.mark.parametrize("sign", [";", ",", " ", " , ", "|"])
def test_two_addresses_in_one_field_are_told_apart(otto: Client, sign: str):
    first, second = "https://dashscope.example.com/compatible-mode/v1", "https://api.groq.example.com/openai/v1"
    page = connect(otto, base_url=f"{first}{sign}{second}")
    assert page.status_code == 422
    assert "Several addresses stand here." in beside(page, "base_url")
    assert first in page.text, "the first stays, to go on with"


@pytest.mark.parametrize(
    "typed",
    [
        'gpt-5.4, gpt-5.4-mini, "sonar-pro",',
        '["gpt-5.4", "gpt-5.4-mini", "sonar-pro"]',
        "gpt-5.4\n'gpt-5.4-mini'\n  sonar-pro  \ngpt-5.4",
        "gpt-5.4;gpt-5.4-mini;sonar-pro",
    ],
)
def test_a_list_of_models_is_read_as_a_list(otto: Client, typed: str):
    assert connect(otto, typed_models=typed).status_code == 302
    assert set(models()) == {"gpt-5.4", "gpt-5.4-mini", "sonar-pro"}


@pytest.mark.parametrize("typed", ["openai/*\n*", "*", "gpt-*"])
def test_an_asterisk_is_no_model(otto: Client, typed: str):
    page = connect(otto, typed_models=typed)
    assert page.status_code == 422
    assert "asterisk" in beside(page, "typed_models")
    for field in ("default_model", "test_model"):
        assert connect(otto, **{field: "*"}).status_code == 422
    assert models() == {}


def test_a_prefix_of_another_program_is_named(otto: Client):
    typed = "bedrock/anthropic.claude-sonnet-4-6\nconverse/us.anthropic.claude-sonnet-4-6"
    form = {"type": "bedrock", "key_kind": "key", "key": "ABSKQmVkcm9ja0FQSUtleS0wMTIzNDU2Nzg5"}
    form |= {"setting_region": "us-east-1", "base_url": ""}
    page = connect(otto, **form, typed_models=typed)
    assert page.status_code == 422
    assert "without “bedrock/”" in beside(page, "typed_models")


def test_a_model_that_only_embeds_is_never_the_default(otto: Client):
    assert connect(otto, typed_models="text-embedding-3-large\nour-own-embedder\ngpt-5.4").status_code == 302
    assert [name for name, row in models().items() if row.chats] == ["gpt-5.4"]
    with reading() as session:
        state = session.scalars(select(CatalogStateRecord)).one()
    assert state.default_id == models()["gpt-5.4"].id


@pytest.mark.parametrize("value", ["{{LIBRECHAT_USER_ID}}", "${USER}", "user-{{ID}}"])
def test_a_variable_in_a_header_is_not_sent_as_it_stands(otto: Client, value: str):
    page = connect(otto, **{"extra_headers-0-name": "x-librechat-user-id", "extra_headers-0-value": value})
    assert page.status_code == 422
    assert "the name of a variable" in words(page)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Ocp-Apim-Subscription-Key", "0123456789abcdef0123456789abcdef"),
        ("x-functions-key", "abcdEFGH1234=="),
        ("X-Auth-Key", "deadbeefdeadbeef"),
        ("x-litellm-key", "sk-1234"),
        ("X-Tenant", "0123456789abcdef0123456789abcdef"),
        ("X-Route", "abcdEFGH1234=="),
        ("X-Whatever", "deadbeefdeadbeef"),
        ("X-Gateway", "sk-1234"),
        ("X-Pass", "swordfish"),
    ],
)
def test_a_header_that_carries_a_key_is_secret_whatever_its_name(otto: Client, name: str, value: str):
    page = connect(otto, **{"extra_headers-0-name": name, "extra_headers-0-value": value})
    assert page.status_code == 422
    assert "Tick “secret”" in words(page)
    assert value not in page.text
    with reading() as session:
        assert session.scalars(select(ProviderHeaderRecord)).all() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Tenant", "acme-production-eu-2"),
        ("anthropic-beta", "interleaved-thinking-2025-05-14,context-1m-2025-08-07"),
        ("OpenAI-Organization", "org-a1B2c3D4e5F6g7H8i9J0"),
        ("X-Tenant", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
        ("HTTP-Referer", "https://portal.example.org/chat"),
        ("X-Title", "Our portal 2026"),
    ],
)
def test_a_header_that_carries_none_stays_open(otto: Client, name: str, value: str):
    page = connect(otto, **{"extra_headers-0-name": name, "extra_headers-0-value": value})
    assert page.status_code == 302
    assert value in otto.get("/providers/mine").text


def publish(runtime: Runtime, otto: Client, actors: Actors) -> str:
    assert connect(otto, typed_models="gpt-5.4").status_code == 302
    with reading() as session:
        provider = session.scalars(select(ProviderRecord)).one()
    (record,) = models().values()
    assert provider.name == "mine"
    return str(record.id)


def change_model(otto: Client, id: str, **changes: str):
    form = {"wire_name": "gpt-5.4", "context_limit": "128000", "features": "conversations", "chats": "y"}
    return otto.save_form(f"/models/{id}/edit", form | changes)


@pytest.mark.parametrize(
    ("typed", "stored"), [("1,25", "1.25"), ("1.25", "1.25"), ("$1.25", "1.25"), ("1_250", "1250"), ("0.005", "0.005")]
)
def test_a_price_is_understood(otto: Client, runtime: Runtime, actors: Actors, typed: str, stored: str):
    id = publish(runtime, otto, actors)
    assert change_model(otto, id, price_input=typed).status_code == 302
    assert models()["gpt-5.4"].prices["input"] == stored


@pytest.mark.parametrize(
    ("typed", "said"),
    [("0.00000125", "Per 1M tokens it is 1.25"), ("1,250", "a number of US dollars per 1M"), ("1,2,3", "US dollars")],
)
def test_a_price_that_is_not_plain_is_asked_about(
    otto: Client, runtime: Runtime, actors: Actors, typed: str, said: str
):
    page = change_model(otto, publish(runtime, otto, actors), price_input=typed)
    assert page.status_code == 422
    assert said in words(page)
    assert typed in page.text


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("200k", 200_000), ("1M", 1_000_000), ("1_048_576", 1_048_576), ("128 000", 128_000), ("1,5M", 1_500_000)],
)
def test_a_limit_is_understood(otto: Client, runtime: Runtime, actors: Actors, typed: str, stored: int):
    id = publish(runtime, otto, actors)
    assert change_model(otto, id, context_limit=typed, output_limit="64k").status_code == 302
    assert (models()["gpt-5.4"].context_limit, models()["gpt-5.4"].output_limit) == (stored, 64_000)


@pytest.mark.parametrize("name", ["مدل می‌خواهم", "क्‍ष हिन्दी", "葛󠄀城", "👩‍💻 Code"])
def test_a_sign_that_belongs_to_the_spelling_is_accepted(otto: Client, runtime: Runtime, actors: Actors, name: str):
    id = publish(runtime, otto, actors)
    assert change_model(otto, id, display_name=name).status_code == 302
    assert models()["gpt-5.4"].display_name == name


@pytest.mark.parametrize("name", ["GPT‌ 5", "a‍b", "مدل‌a", "plain️ text", "ㅤ", "a\u2800b", "می‌‌خواهم"])
def test_a_sign_that_does_not_is_refused(otto: Client, runtime: Runtime, actors: Actors, name: str):
    page = change_model(otto, publish(runtime, otto, actors), display_name=name)
    assert page.status_code == 422
    assert "a sign that nobody sees" in words(page)


def test_a_listed_name_with_a_space_can_be_published(otto: Client, upstream: Upstream):
    connect(otto, base_url=f"{upstream.url}/v1", typed_models="one")
    listed = {"data": [{"id": "gpt-new-1"}, {"id": "My Model Q4.gguf"}]}
    upstream.script(steps.respond(200, json=listed), path="/v1/models")
    page = otto.post_form("/models/discover", {"provider": "mine"}).text
    rows = [unescape(row) for row in re.findall(r'name="row" value="([^"]*)"', page)]
    names = [unescape(name) for name in re.findall(r'name="pick" value="([^"]*)"', page)]
    assert rows
    answer = otto.post_form("/models/publish", {"provider": "mine", "row": rows, "pick": names or ["My Model Q4.gguf"]})
    assert answer.status_code == 302, words(answer)
    assert "My Model Q4.gguf" in models()


def test_of_several_models_the_one_that_cannot_be_is_named(runtime: Runtime, otto: Client, actors: Actors):
    publish(runtime, otto, actors)
    with pytest.raises(Exception, match="bad name: The model ID holds a space"):
        publishing.publish_ticked(actors.ada, runtime, "mine", [Draft("good"), Draft("bad name")])
    assert set(models()) == {"gpt-5.4"}


@pytest.mark.parametrize(
    "name",
    ["administrator", "ADMINISTRATOR", "Ａｄｍｉｎｉｓｔｒａｔｏｒ", "Admin\u00adistrator", "Admin\u200bistrator"],
)
def test_a_role_cannot_look_like_a_built_in_one(ada: Client, name: str):
    page = ada.post_form("/people/roles/new", {"name": name, "description": "", "models": ""})
    assert page.status_code == 422, page.location
    assert "There is a role of this name" in words(page) or "nobody sees" in words(page)
    with reading() as session:
        assert name not in session.scalars(select(RoleRecord.name)).all()


@pytest.mark.parametrize("changes", [{"name": "Ada\u202e"}, {"name": "U\u200bma"}, {"email": "uma\u200b@example.org"}])
def test_a_person_cannot_look_like_another_one(ada: Client, changes: dict[str, str]):
    page = ada.post_form("/people/new", {"name": "New", "email": "new@example.org"} | changes)
    assert page.status_code == 422
    assert "a sign that nobody sees" in words(page)
