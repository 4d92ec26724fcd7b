"""The Audit page: who may see it, what it finds, and that it shows words."""

import csv
import io
import re
from datetime import timedelta

import pytest

from portal.domain.language_models import Draft
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.language_models import publishing
from portal.services.overrides import pins
from portal.services.overrides.choices import Typed
from portal.services.runtime import Runtime
from portal.store.base import transaction
from tests.conftest import Actors, Client
from tests.counting import queries
from tests.factories import make_provider


def note(runtime: Runtime, verb: str, label: str, actor: Actor = Actors.ada, **sides: object) -> None:
    with transaction() as session:
        audit_trail.record(session, runtime, actor, verb, verb.partition(".")[0], "1", label, **sides)


@pytest.fixture
def trail(runtime: Runtime) -> None:
    note(runtime, "provider.create", "claude", after={"base_url": "https://api.anthropic.com/v1"})
    note(runtime, "provider.change", "claude", Actors.otto, before={"enabled": True}, after={"enabled": False})
    note(runtime, "model.delete", "claude-opus", before={"wire_name": "claude-opus-5"})
    note(runtime, "session.open", "<script>alert(1)</script>", Actors.uma)


def rows(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/audit{query}")
    body = re.search(r"<tbody>(.*?)</tbody>", answer.text, re.S)
    return re.findall(r"<tr>(.*?)</tr>", body[1], re.S) if body else []


def test_administrators_and_operators_see_the_trail_and_others_do_not(
    ada: Client, otto: Client, uma: Client, eve: Client, nobody: Client, trail: None
):
    for path in ("/audit", "/audit/export.csv"):
        assert ada.get(path).status_code == otto.get(path).status_code == 200
        assert uma.get(path).status_code == eve.get(path).status_code == 403
        assert nobody.get(path).status_code in (302, 401)
    assert "claude" not in eve.get("/audit").text


def test_the_page_says_in_words_what_was_changed_and_has_the_row_as_json(ada: Client, trail: None):
    opened, deleted, changed, created = rows(ada)
    assert "Otto Lind" in changed
    assert "changed provider" in changed
    assert re.search(r"Enabled</span> <del>yes</del>.*<ins>no</ins>", changed, re.S)
    assert "<ins>https://api.anthropic.com/v1</ins>" in created
    assert "<del>claude-opus-5</del>" in deleted
    assert "<script>" not in opened
    assert "<summary>As JSON" in changed
    assert "&#34;before&#34;" in changed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?verb=model.delete", 1),
        ("?actor=otto", 1),
        ("?subject=claude", 3),
        ("?subject=claude&actor=Ada", 2),
        ("?since=2000-01-01", 4),
        ("?since=2000-01-01&until=2000-01-02", 0),
        ("?until=9999-12-31", 4),
        ("?subject=nothing-like-it", 0),
        ("?before=abc&after=", 4),
        ("?before=3", 2),
    ],
)
def test_filters_stand_in_the_address(ada: Client, trail: None, query: str, found: int):
    assert len(rows(ada, query)) == found


def test_an_older_verb_in_a_row_or_in_an_address_is_read_as_todays(ada: Client, runtime: Runtime):
    note(runtime, "key.retire", "claude")
    for query in ("?verb=key.delete", "?verb=key.retire"):
        (row,) = rows(ada, query)
        assert "deleted shared key" in row
        assert "key.retire" not in row.partition("<details>")[0]
        page = ada.get(f"/audit{query}").text
        assert '<option selected value="key.delete">' in page
        assert not re.search(r"<option[^>]*key\.retire", page)
        (line,) = csv.DictReader(io.StringIO(ada.get(f"/audit/export.csv{query}").text.lstrip("\ufeff")))
        assert line["verb"] == "key.delete"


def test_filters_that_are_set_can_be_taken_off_one_by_one(ada: Client, trail: None):
    page = ada.get("/audit?verb=model.delete&actor=Ada").text
    assert re.search(r'class="filter on" href="/audit\?actor=Ada"', page)
    assert re.search(r'class="filter on" href="/audit\?verb=model.delete"', page)
    assert "Nothing in the audit trail matches" in ada.get("/audit?actor=nobody-at-all").text


def test_a_day_that_cannot_be_read_gets_a_sentence_and_keeps_the_other_filters(ada: Client, trail: None):
    answer = ada.get("/audit?since=yesterday&actor=otto")
    assert answer.status_code == 422
    assert 'value="otto"' in answer.text
    assert len(rows(ada, "?since=yesterday&actor=otto")) == 1
    backwards = ada.get("/audit?since=2026-02-02&until=2026-01-01")
    assert "Swap the two" in backwards.text


def test_an_empty_trail_says_so(ada: Client):
    assert "Nothing has been changed yet" in ada.get("/audit").text


def test_long_trails_are_paged_by_key(ada: Client, runtime: Runtime):
    for number in range(120):
        note(runtime, "provider.change", f"provider-{number}")
    first = ada.get("/audit").text
    assert len(rows(ada)) == 50
    assert "Newest 50 of 120 entries" in first
    older = re.search(r'href="/audit\?before=(\d+)" rel="next"', first)[1]
    second = ada.get(f"/audit?before={older}").text
    assert "provider-69" in second
    assert "provider-70<" not in second
    newer = re.search(r'href="/audit\?after=(\d+)" rel="prev"', second)[1]
    assert "provider-119" in ada.get(f"/audit?after={newer}").text


def test_the_export_is_csv_of_what_is_filtered_and_starts_no_formula(ada: Client, runtime: Runtime, trail: None):
    note(runtime, "provider.change", "=HYPERLINK(1)", Actor(None, "+portal", frozenset()))
    answer = ada.get("/audit/export.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "filename=audit-" in answer.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == 5
    assert lines[0]["subject"] == "'=HYPERLINK(1)"
    assert lines[0]["actor"] == "'+portal"
    assert lines[3]["before"] == '{"enabled": true}'
    filtered = csv.DictReader(io.StringIO(ada.get("/audit/export.csv?actor=otto").text))
    assert [line["actor"] for line in filtered] == ["Otto Lind"]
    assert ada.get("/audit/export.csv?verb=odd").text.count("\n") == 1


def test_rows_call_providers_and_models_as_people_do_and_keep_the_technical_name_below(ada: Client, runtime: Runtime):
    provider = make_provider("acme-1", "demo", label="Work account")
    model = publishing.publish(Actors.ada, runtime, "acme-1", Draft("small", display_name="Small one"))
    pins.pin(Actors.ada, runtime, "general", Typed("acme-1:small"))
    with transaction() as session:
        for kind, id in (("provider", str(provider.id)), ("key", "1"), ("provider", "odd")):
            audit_trail.record(session, runtime, Actors.ada, f"{kind}.change", kind, id, "acme-1")
    odd, key, changed, pinned, *_, published = rows(ada, "?verb=")
    for row in (key, changed):
        assert '<span class="title">Work account</span><span class="sub wire">acme-1</span>' in row
    assert '<span class="title">Small one</span><span class="sub wire">acme-1:small</span>' in published
    assert "<ins>Small one</ins>" in pinned
    assert '<span class="title">acme-1</span>' in odd, "a row of something unknown keeps its name"
    assert len(rows(ada, "?subject=work+acc")) == 2, "what is read can be looked for"
    assert len(rows(ada, "?subject=small+one")) == len(rows(ada, f"?subject={model.id}")) == 2
    assert len(list(csv.DictReader(io.StringIO(ada.get("/audit/export.csv?subject=work+acc").text)))) == 2


def test_the_key_of_a_deleted_provider_is_not_called_as_the_next_one_of_its_name(ada: Client, runtime: Runtime):
    now = runtime.now()
    make_provider("acme", label="First", created_at=now - timedelta(days=9), deleted_at=now - timedelta(days=1))
    note(runtime, "key.add", "acme")
    make_provider("acme", label="Second", created_at=now + timedelta(days=1))
    assert '<span class="title">First</span>' in rows(ada)[0]
    assert rows(ada, "?subject=second") == []


def test_labels_cost_no_query_for_each_row(ada: Client, runtime: Runtime):
    provider = make_provider("acme", label="Work account")

    def write(count: int) -> None:
        with transaction() as session:
            for _ in range(count):
                audit_trail.record(session, runtime, Actors.ada, "provider.change", "provider", provider.id, "acme")

    write(2)
    ada.get("/audit")  # the first page of a process reads the catalog
    with queries() as few:
        ada.get("/audit")
    write(30)
    with queries() as many:
        ada.get("/audit")
    assert len(many) == len(few)
