"""Applications in a document: registered without a key, changed by what it names, and their keys left alone."""

from dataclasses import replace

import pytest

from portal.domain.applications import Environment
from portal.domain.permissions import Permission
from portal.services.applications import keys, registry
from portal.services.configuration import exporting, importing
from portal.services.configuration.applications import NO_KEY
from portal.services.runtime import Runtime
from portal.store.base import reading
from tests.services.configuration.portals import ADA, file
from tests.signing import ENVIRONMENTS, register

KEY = f"llms_{'k' * 43}"


def test_what_an_application_may_is_carried_by_its_name_once_it_is_registered(runtime: Runtime):
    text = """
llm_portal: 1
limits: {applications: {mailer: {per_minute: 9}}}
budgets: {applications: {mailer: {amount: 4}}}
"""
    assert [note.place for note in importing.rehearse(ADA, runtime, file(text)).faults] == [
        "limits.applications.mailer",
        "budgets.applications.mailer",
    ]
    registry.register(ADA, runtime, "mailer", [Environment("production", "https://portal.example.org")])
    assert importing.apply(ADA, runtime, file(text)).faults == ()
    exported = exporting.export(ADA, runtime)
    assert importing.apply(ADA, runtime, file(exported.text)).nothing
    with reading() as session:
        document = exporting.collect(session, runtime)
    assert document["limits"]["applications"] == {"mailer": {"per_minute": 9, "per_day": None}}
    assert document["budgets"]["applications"] == {"mailer": {"amount": 4}}


def test_an_application_comes_with_the_file_without_a_key_and_is_given_one_by_hand(runtime: Runtime):
    text = """
llm_portal: 1
applications: {mailer: {environments: {production: editor-prod}, models: ['ai:models:acme'], enabled: no}}
limits: {applications: {mailer: {per_minute: 9}}}
"""
    plan = importing.apply(ADA, runtime, file(text))
    assert (plan.faults, [(note.place, note.said) for note in plan.notices]) == ((), [("applications.mailer", NO_KEY)])
    assert [told.subject for told in plan.changes] == ["mailer"] * 3
    (found,) = registry.list_all(ADA, runtime)
    assert (found.models, found.enabled, found.keys) == (("acme:*",), False, ())
    keys.rotate(ADA, runtime, found.id, 0)
    assert importing.apply(ADA, runtime, file(exporting.export(ADA, runtime).text)).nothing
    assert importing.rehearse(ADA, runtime, file(text)).notices == (), "it has one now"


def test_a_file_changes_of_an_application_what_it_names_and_leaves_its_keys(runtime: Runtime):
    editor = register(ADA, runtime)
    registry.change(ADA, runtime, editor.made.id, models="acme:*")
    text = "llm_portal: 1\napplications: {intranet-editor: {%s}}\n"
    for entry, count in (
        ("", 0),
        ("enabled: yes", 0),
        ("models: ['acme:*']", 0),
        ("models: []", 1),
        ("enabled: no", 1),
    ):
        plan = importing.apply(ADA, runtime, file(text % entry))
        assert (plan.faults, plan.notices, plan.count) == ((), (), count), entry
    found = registry.find(ADA, runtime, editor.made.id)
    assert (found.models, found.enabled, found.environments_typed) == ((), False, ENVIRONMENTS)
    assert [key.kid for key in found.keys] == [editor.made.kid]
    exported = exporting.export(ADA, runtime).text
    for kept in (editor.made.kid, found.keys[0].fingerprint, "llms_"):
        assert kept not in exported


@pytest.mark.parametrize(
    ("entry", "place", "said"),
    [
        ("new: {models: ['acme:*']}", "applications.new.environments", "Name at least one environment"),
        (
            "intranet-editor: {environments: {}}",
            "applications.intranet-editor.environments",
            "at least one environment",
        ),
        ("New One: {environments: {a: b}}", "applications.New One", "Use small letters"),
        ("new: {environments: {a: b}, models: ['acme:']}", "applications.new.models", "names no model"),
        ("new: {environments: {a: b}, models: ''}", "applications.new.models", "Write it as provider:model"),
        ("new: {environments: {a: b}, models: ['']}", "applications.new.models", "Write it as provider:model"),
        ("new: {environments: {a: b}, models: ['acme:small,*']}", "applications.new.models", "Write each by itself"),
        (f"new: {{environments: {{a: b}}, models: ['acme:{KEY}']}}", "applications.new.models", "looks like a key"),
        ("new: {environments: {a: , c: d}}", "applications.new.environments", "has no audience"),
        ('new: {environments: {a: "b\\nc: d"}}', "applications.new.environments", "no token should bear"),
        ("new: {environments: [a]}", "applications.new.environments", "names with values"),
        ("new: {environments: {a: b}, enabled: perhaps}", "applications.new.enabled", "true or false"),
        ("new: {environments: {a: b}, public_key: PEM}", "applications.new", "No key of an application belongs"),
        ("new: {environments: {a: b}, secret: PEM}", "applications.new", "No key of an application belongs"),
        ("new: {environments: {a: b}, owner: Ada}", "applications.new", "There is no field 'owner'"),
        ("new: ", "applications.new", "This has to be fields"),
    ],
)
def test_what_cannot_be_an_application_is_named_and_the_others_are_taken(runtime: Runtime, entry, place, said):
    register(ADA, runtime)
    before = registry.list_all(ADA, runtime)
    text = f"llm_portal: 1\napplications: {{{entry}, good: {{environments: {{a: good}}}}}}\n"
    plan = importing.rehearse(ADA, runtime, file(text))
    assert [note.place for note in plan.faults] == [place]
    assert said in plan.faults[0].said
    assert registry.list_all(ADA, runtime) == before
    importing.apply(ADA, runtime, file(text), leave_out=True)
    assert [one.name for one in registry.list_all(ADA, runtime)] == ["good", "intranet-editor"]


def test_who_may_not_see_or_manage_applications_neither_reads_nor_writes_them(runtime: Runtime):
    register(ADA, runtime)
    limited = replace(
        ADA, permissions=frozenset(Permission) - {Permission.APPLICATION_VIEW, Permission.APPLICATION_MANAGE}
    )
    exported = exporting.export(limited, runtime)
    assert "intranet-editor" not in exported.text
    assert exported.left_out == ("applications, which you may not see.",)
    text = "llm_portal: 1\napplications: {new: {environments: {a: b}}, intranet-editor: {%s}}\n"
    for entry in ("enabled: no", "enabled: yes", "models: ['acme:*']", "models: []", ""):
        plan = importing.rehearse(limited, runtime, file(text % entry))
        assert [note.place for note in plan.faults] == ["applications.new", "applications.intranet-editor"]
        assert len({note.said for note in plan.faults}) == 1, "nobody finds out what stands there by trying"


def test_environments_in_another_order_are_the_same(runtime: Runtime):
    places = [Environment("staging", "editor-stage"), Environment("production", "editor-prod")]
    made = registry.register(ADA, runtime, "editor", places)
    text = "llm_portal: 1\napplications: {editor: {environments: {production: editor-prod, staging: editor-stage}}}\n"
    assert importing.rehearse(ADA, runtime, file(text)).nothing
    assert importing.apply(ADA, runtime, file(text)).nothing
    assert registry.find(ADA, runtime, made.id).environments == tuple(places), "what the plan did not tell is not done"
