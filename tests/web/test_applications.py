"""Embedding applications in the browser: registered, read, given another key, turned off, deleted; a secret once."""

import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from sqlalchemy import select

from portal.domain.applications import LONGEST_OVERLAP
from portal.domain.errors import Denied, NotFound
from portal.domain.permissions import Permission
from portal.services import last_used
from portal.services.applications import keys, registry
from portal.services.people import roles, users
from portal.services.runtime import Runtime
from portal.store.applications import ApplicationKeyRecord
from portal.store.audit import AuditRecord
from portal.store.base import reading
from tests.chatting import connect
from tests.conftest import Actors, Client
from tests.signing import Editor, ec_key, public_pem, register, rsa_key
from tests.web.asking import field, words
from tests.web.gateway.callers import Tool

ADA = Actors.ada
NEW = {"name": "intranet-editor", "environments": "production: editor-prod", "public_key": ""}


def secret_on(answer) -> str:
    """The secret that a page shows."""
    found = re.findall(r"llms_[0-9A-Za-z]{43}", answer.text)
    assert len(found) == 1, words(answer)
    return found[0]


def told() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.scalars(select(AuditRecord).where(AuditRecord.verb.like("application.%")))
        return [(row.verb, row.subject) for row in rows]


def test_from_the_form_to_an_answer_of_the_gateway(app, ada: Client, runtime: Runtime):
    assert "Register one for each program whose own users" in words(ada.get("/applications"))
    answer = ada.post_form("/applications/new", NEW, headers={"Accept-Encoding": "gzip"})
    secret = secret_on(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Encoding" not in answer.headers
    (found,) = registry.list_all(ADA, runtime)
    made = keys.Made(found.id, found.name, found.current.kid, "HS256", None)
    editor = Editor(made, secret, int(runtime.now().timestamp()))
    assert Tool(app, editor.sign()).get("/v1/models").status_code == 200
    last_used.here().write()
    for path in ("/applications", f"/applications/{found.id}"):
        page = ada.get(path)
        assert "llms_" not in page.text
        for said in ("intranet-editor", "just now", "On", found.current.fingerprint):
            assert said in words(page), (path, said)
    assert told() == [("application.create", "intranet-editor")]


def test_the_page_says_how_to_sign_for_this_very_application(ada: Client, runtime: Runtime):
    for name, private in (("with-secret", None), ("with-rsa", rsa_key()), ("with-ec", ec_key())):
        made = register(ADA, runtime, name, private).made
        page = words(ada.get(f"/applications/{made.id}"))
        for said in (made.kid, made.algorithm, name, "editor-prod", "ai:models:*", "/v1/models/1"):
            assert said in page, (name, said)
        assert ("APPLICATION_SECRET" in page) == (private is None)
        assert ("private-key.pem" in page) == (private is not None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Type a name"),
        ({"name": "Intranet Editor"}, "small letters, digits and single hyphens"),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"environments": ""}, "Name at least one environment"),
        ({"environments": "production"}, "has no audience"),
        ({"environments": "production: a\nproduction: b"}, "stands here twice"),
        ({"environments": "production: a\nstaging: a"}, "stands here twice"),
        ({"environments": "\n".join(f"e{n}: a{n}" for n in range(11))}, "10 fit"),
        ({"environments": "production: a b"}, "has blanks"),
        ({"environments": "production: llms_" + "a" * 43}, "looks like a key"),
        ({"public_key": "no key"}, "This is no public key"),
        ({"public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}, "This is no public key"),
        ({"public_key": '{"kty": "oct", "k": "AAAA"}'}, "This is no public key"),
        ({"public_key": '{"kty": "RSA"}'}, "This is no public key"),
    ],
)
def test_what_cannot_be_an_application_is_said_beside_the_field(ada: Client, runtime: Runtime, typed, said):
    answer = ada.post_form("/applications/new", NEW | typed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert registry.list_all(ADA, runtime) == ()


def test_keys_that_are_too_weak_or_of_another_kind_are_refused_with_the_reason(ada: Client):
    for private, said in (
        (rsa.generate_private_key(65537, 1024), "This RSA key has 1024 bits"),  # noqa: S505 - refused
        (ec.generate_private_key(ec.SECP384R1()), "is on the curve secp384r1"),
        (ed25519.Ed25519PrivateKey.generate(), "signs neither RS256 nor ES256"),
    ):
        answer = ada.post_form("/applications/new", NEW | {"public_key": public_pem(private)})
        assert answer.status_code == 422
        assert said in words(answer)


def test_a_private_key_that_is_pasted_stands_in_no_answer(ada: Client):
    from cryptography.hazmat.primitives import serialization as kinds

    private = ec_key().private_bytes(kinds.Encoding.PEM, kinds.PrivateFormat.PKCS8, kinds.NoEncryption()).decode()
    body = private.splitlines()[1]
    for typed in (private, body, '{"kty":"EC","d":"' + body + '"}'):
        answer = ada.post_form("/applications/new", NEW | {"public_key": typed})
        assert answer.status_code == 422
        assert body not in answer.text


def test_one_name_is_one_application_and_is_free_again(ada: Client, runtime: Runtime):
    made = register(ADA, runtime).made
    assert "There is an application of this name" in words(ada.post_form("/applications/new", NEW))
    assert ada.post_form(f"/applications/{made.id}/delete").status_code == 302
    assert ada.get(f"/applications/{made.id}").status_code == 404
    assert secret_on(ada.post_form("/applications/new", NEW))


def test_another_key_is_shown_once_and_the_old_one_works_until_then(app, ada: Client, runtime: Runtime):
    editor = register(ADA, runtime)
    page = ada.get(f"/applications/{editor.made.id}/key")
    typed = {"hours": "2", "public_key": "", "instead_of": field(page.text, "instead_of")}
    answer = ada.post_form(f"/applications/{editor.made.id}/key", typed)
    new, old = registry.find(ADA, runtime, editor.made.id).keys
    again = editor.by(keys.Made(editor.made.id, "intranet-editor", new.kid, "HS256", None), secret_on(answer))
    assert [Tool(app, each.sign()).get("/v1/models").status_code for each in (editor, again)] == [200, 200]
    assert old.until == pytest.approx(runtime.now() + timedelta(hours=2), abs=timedelta(minutes=1))
    assert "was replaced after this form was drawn" in words(
        ada.post_form(f"/applications/{editor.made.id}/key", typed)
    )
    assert ada.post_form(f"/applications/{editor.made.id}/keys/{old.id}/end").status_code == 302
    assert [Tool(app, each.sign()).get("/v1/models").status_code for each in (editor, again)] == [401, 200]
    assert ada.post_form(f"/applications/{editor.made.id}/keys/{new.id}/end").status_code == 409
    with reading() as session:
        kept = session.get(ApplicationKeyRecord, old.id)
        assert (kept.encrypted, kept.master_key_id) == ("", ""), "a secret that has ended is gone"
    assert [verb for verb, _ in told()] == ["application.create", "application.rotate", "application.end_key"]


@pytest.mark.parametrize("hours", ["", "x", "-1", str(LONGEST_OVERLAP + 1), "1.5"])
def test_hours_that_are_none_are_said_beside_the_field(ada: Client, runtime: Runtime, hours):
    made = register(ADA, runtime).made
    answer = ada.post_form(f"/applications/{made.id}/key", {"hours": hours, "instead_of": made.kid})
    assert answer.status_code == 422
    assert len(registry.find(ADA, runtime, made.id).keys) == 1


def test_off_keeps_everything_and_on_brings_it_back(app, ada: Client, runtime: Runtime):
    editor = register(ADA, runtime)
    for on, status in (("no", 401), ("yes", 200)):
        assert ada.post_form(f"/applications/{editor.made.id}/turn", {"on": on}).status_code == 302
        assert Tool(app, editor.sign()).get("/v1/models").status_code == status
    assert [verb for verb, _ in told()][1:] == ["application.disable", "application.enable"]


def test_the_second_who_changes_it_is_told(ada: Client, runtime: Runtime):
    made = register(ADA, runtime).made
    version = field(ada.get(f"/applications/{made.id}").text, "version")
    registry.change(ADA, runtime, made.id, "production: other")
    late = ada.post_form(f"/applications/{made.id}", {"environments": "production: mine", "version": version})
    assert late.status_code == 409
    assert "production: other" in words(late)


def test_a_ceiling_is_typed_with_the_application_and_changed_on_its_page(ada: Client, runtime: Runtime):
    secret_on(ada.post_form("/applications/new", NEW | {"models": "ai:models:acme\n*:gpt-5*"}))
    (found,) = registry.list_all(ADA, runtime)
    assert found.models == ("acme:*", "*:gpt-5*")
    page = ada.get(f"/applications/{found.id}")
    assert "It has a ceiling of 2 patterns" in words(page)
    assert "acme:*\n*:gpt-5*" in page.text
    assert "There are no models yet." in words(page)
    typed = {"environments": "production: editor-prod", "version": found.version}
    wrong = ada.post_form(f"/applications/{found.id}", typed | {"models": "Acme:*"})
    assert (wrong.status_code, "cannot be a provider’s name" in words(wrong)) == (422, True)
    leaked = ada.post_form(f"/applications/{found.id}", typed | {"models": "acme:llms_" + "a" * 43})
    assert (leaked.status_code, "llms_" in leaked.text) == (422, False)
    assert ada.post_form(f"/applications/{found.id}", typed | {"models": "acme:small"}).status_code == 302
    late = ada.post_form(f"/applications/{found.id}", typed | {"models": "*:*"})
    assert (late.status_code, "acme:small" in words(late)) == (409, True)
    now = registry.find(ADA, runtime, found.id)
    assert now.models == ("acme:small",)
    assert ada.post_form(f"/applications/{found.id}", typed | {"models": "", "version": now.version}).status_code == 302
    assert registry.find(ADA, runtime, found.id).models == ()
    assert "It has a ceiling" not in words(ada.get(f"/applications/{found.id}"))
    trail = words(ada.get("/audit"))
    for said in ("acme:*, *:gpt-5*", "acme:small", "no ceiling of its own"):
        assert said in trail, said
    assert [verb for verb, _ in told()] == ["application.create", "application.change", "application.change"]


def test_the_page_says_what_a_ceiling_leaves_and_names_it_to_whoever_sees_models(ada, sign_in, runtime: Runtime):
    connect(runtime, ADA, "http://127.0.0.1:9/v1", "gpt-5.2", "gpt-5.2-mini", "other")
    made = register(ADA, runtime).made
    assert "Its ceiling leaves" not in words(ada.get(f"/applications/{made.id}"))
    registry.change(ADA, runtime, made.id, models="*:gpt*")
    page = words(ada.get(f"/applications/{made.id}"))
    assert "Its ceiling leaves 2 of 3 models: acme:gpt-5.2, acme:gpt-5.2-mini ." in page
    watching = roles.create(ADA, runtime, "Watching", "", [Permission.APPLICATION_VIEW])
    users.change(ADA, runtime, Actors.eve.id, "Eve Stone", "eve@example.org", [watching])
    assert "Its ceiling leaves 2 of 3 models." in words(sign_in(Actors.eve.id).get(f"/applications/{made.id}"))


def test_whoever_may_not_look_after_applications_sees_nothing_of_them(uma: Client, runtime: Runtime):
    made = register(ADA, runtime).made
    for path in ("/applications", "/applications/new", f"/applications/{made.id}", f"/applications/{made.id}/key"):
        assert uma.get(path).status_code == 403
    assert uma.post_form(f"/applications/{made.id}/delete").status_code == 403
    assert "Applications" not in words(uma.get("/profile"))
    assert registry.find(ADA, runtime, made.id).enabled


def test_to_see_is_not_to_change(sign_in, runtime: Runtime):
    made = register(ADA, runtime).made
    watching = roles.create(ADA, runtime, "Watching", "", [Permission.APPLICATION_VIEW])
    users.change(ADA, runtime, Actors.eve.id, "Eve Stone", "eve@example.org", [watching])
    eve = sign_in(Actors.eve.id)
    page = eve.get(f"/applications/{made.id}")
    assert page.status_code == 200
    assert "editor-prod" in words(page)
    assert "Models at most no ceiling of its own" in words(page)
    registry.change(ADA, runtime, made.id, models="acme:*")
    assert "Models at most acme:*" in words(eve.get(f"/applications/{made.id}"))
    assert "Danger zone" not in words(page)
    assert "Register an application" not in words(eve.get("/applications"))
    assert eve.post_form(f"/applications/{made.id}/turn", {"on": "no"}).status_code == 403


def test_nobody_lets_others_ask_models_who_may_not_do_it_themselves(runtime: Runtime):
    managing = roles.create(ADA, runtime, "Managing", "", [Permission.APPLICATION_VIEW, Permission.APPLICATION_MANAGE])
    users.change(ADA, runtime, Actors.eve.id, "Eve Stone", "eve@example.org", [managing])
    from dataclasses import replace

    eve = replace(Actors.eve, permissions=frozenset({Permission.APPLICATION_VIEW, Permission.APPLICATION_MANAGE}))
    with pytest.raises(Denied, match="you may not do that yourself"):
        register(eve, runtime)
    assert registry.list_all(ADA, runtime) == ()
    with pytest.raises(NotFound):
        registry.find(eve, runtime, ADA.id)
