"""A configuration that is written, read in elsewhere, and read in again; and one with something wrong in it."""

import json

import pytest

from portal.domain.audit import Filters
from portal.domain.errors import Conflict, Denied, Invalid
from portal.services.audit import trail as audit_trail
from portal.services.audit.verification import verify
from portal.services.configuration import exporting, importing
from portal.services.configuration.exporting import Format, collect
from portal.services.overrides import gates
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import reading
from portal.store.catalog import version_now
from tests.conftest import CANARY, Actors
from tests.databases import Databases
from tests.services.configuration.portals import ADA, empty_portal, file, fill


def held(runtime: Runtime) -> dict:
    with reading() as session:
        return collect(session, runtime)


def rows() -> int:
    with reading() as session:
        return audit_trail.seq_in(session)


@pytest.mark.parametrize("format", Format)
def test_an_export_read_into_an_empty_portal_makes_the_same_one(
    runtime: Runtime, settings: Settings, databases: Databases, database_url: str, format: Format
):
    fill(runtime)
    exported = exporting.export(ADA, runtime, format)
    assert CANARY not in exported.text
    before = held(runtime)
    given = file(exported.text, exported.filename)
    assert importing.rehearse(ADA, runtime, given).nothing, "where it came from, it changes nothing"
    kind = "postgresql" if database_url.startswith("postgresql") else "sqlite"
    with empty_portal(databases, kind, settings) as other:
        plan = importing.rehearse(ADA, other, given)
        assert held(other)["providers"] == {}, "a rehearsal changes nothing"
        done = importing.apply(ADA, other, given, digest=plan.digest, version=plan.version)
        assert done.changes == plan.changes, "what was planned is what was done"
        assert held(other) == before
        assert any("no key yet" in note.said for note in done.notices)
        again = importing.apply(ADA, other, given)
        assert again.nothing


def test_twice_changes_nothing_and_the_version_rises_once(runtime: Runtime):
    text = """
llm_portal: 1
providers:
  local: {type: ollama, label: Local, base_url: "http://localhost:11434/v1"}
models:
  - {provider: local, model_id: "qwen3:8b"}
  - {provider: local, model_id: "qwen3:4b", prices: {input: 0.10}}
default: local:qwen3:4b
gates: {personal_keys: no}
"""
    version, written = version_now(), rows()
    plan = importing.rehearse(ADA, runtime, file(text))
    assert (version_now(), rows()) == (version, written)
    assert not plan.faults
    importing.apply(ADA, runtime, file(text))
    assert version_now() == version + 1
    assert rows() == written + plan.count, "a row of the trail for each change"
    assert verify(runtime).sound
    assert importing.apply(ADA, runtime, file(text)).nothing
    assert version_now() == version + 1
    assert held(runtime)["default"] == "local:qwen3:4b"
    assert held(runtime)["models"][1]["prices"] == {"input": "0.1"}


def test_one_bad_entry_changes_nothing_and_is_named_with_its_place(runtime: Runtime):
    text = """
llm_portal: 1
providers:
  My_Own: {type: openai}
  acme: {type: openai, read_timeout: soon}
  good: {type: ollama, base_url: "http://localhost:11434/v1"}
models:
  - {provider: nobody, model_id: x}
  - {provider: good, model_id: "a, b"}
  - {provider: good, model_id: fine}
overrides: {no_such_context: {model: "good:fine"}, general: {model: "good:gone"}}
settings: {usage_days: 100000}
"""
    plan = importing.rehearse(ADA, runtime, file(text))
    places = {note.place: note.said for note in plan.faults}
    assert list(places) == [
        "providers.My_Own",
        "providers.acme.read_timeout",
        "models[1].provider",
        "models[2].model_id",
        "overrides.no_such_context",
        "overrides.general.model",
        "settings.usage_days",
    ]
    assert "Call it my-own" in places["providers.My_Own"]
    before = held(runtime)
    with pytest.raises(Invalid) as refused:
        importing.apply(ADA, runtime, file(text))
    assert "models[1].provider" in refused.value.faults
    assert held(runtime) == before
    importing.apply(ADA, runtime, file(text), leave_out=True)
    assert list(held(runtime)["providers"]) == ["good"]
    assert [model["model_id"] for model in held(runtime)["models"]] == ["fine"]


def test_what_is_not_mentioned_stays(runtime: Runtime):
    fill(runtime)
    before = held(runtime)
    text = "llm_portal: 1\nproviders: {acme: {label: Acme Ltd}}\noverrides: {code_review: }\n"
    plan = importing.apply(ADA, runtime, file(text))
    assert [(told.said, told.changes[0].before, told.changes[0].after) for told in plan.changes] == [
        ("Changed provider", "Acme", "Acme Ltd"),
        ("Took the pin off", "GPT-5.2", "none"),
    ]
    after = held(runtime)
    before["providers"]["acme"]["label"] = "Acme Ltd"
    assert after == before | {"overrides": {}}


def test_a_plan_holds_for_its_file_and_its_catalog_alone(runtime: Runtime):
    given = file("llm_portal: 1\ngates: {personal_keys: off}\n")
    plan = importing.rehearse(ADA, runtime, given)
    with pytest.raises(Conflict):
        importing.apply(ADA, runtime, file("llm_portal: 1\ngates: {ai: off}\n"), digest=plan.digest)
    gates.turn(ADA, runtime, "personal_overrides", on=False)
    with pytest.raises(Conflict):
        importing.apply(ADA, runtime, given, digest=plan.digest, version=plan.version)
    assert held(runtime)["gates"]["personal_keys"]


def test_only_who_may_do_all_of_it_by_hand_may_import(runtime: Runtime):
    given = file("llm_portal: 1\n")
    for actor in (Actors.otto, Actors.uma, Actors.eve):
        with pytest.raises(Denied):
            importing.rehearse(actor, runtime, given)
        with pytest.raises(Denied):
            importing.apply(actor, runtime, given)
        with pytest.raises(Denied):
            exporting.export(actor, runtime)


def test_a_key_in_the_portals_own_file_is_refused_and_never_repeated(runtime: Runtime):
    text = json.dumps({"llm_portal": 1, "providers": {"acme": {"type": "openai", "keys": [CANARY]}}})
    plan = importing.rehearse(ADA, runtime, file(text, "c.json"))
    assert [note.place for note in plan.faults] == ["providers.acme.keys[1]"]
    assert CANARY not in repr(plan)


def test_what_the_file_does_is_in_the_trail_as_if_it_was_done_by_hand(runtime: Runtime):
    importing.apply(ADA, runtime, file("llm_portal: 1\ngates: {ai: no}\n"))
    (entry,) = audit_trail.list_for(ADA, runtime, Filters(verb="gate.turn")).entries
    assert (entry.actor, entry.before, entry.after) == ("Ada Marsh", {"on": True}, {"on": False})
