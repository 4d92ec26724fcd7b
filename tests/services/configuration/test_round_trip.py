"""A portal written into a document and read into an empty one: every table is the same there, or it is said why not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.domain.allowances import Allowance, Kind
from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.services.allowances import setting
from portal.services.configuration import exporting, importing
from portal.services.configuration.allowances import OVER
from portal.services.configuration.applications import NO_KEY
from portal.services.configuration.exporting import Format
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import Record, Session, reading
from portal.store.catalog import GATE_SETTINGS
from portal.store.settings import SettingRecord
from tests.conftest import CANARY, Actors
from tests.databases import Databases
from tests.services.configuration.portals import ADA, empty_portal, file, fill, furnish

CARRIED: Mapping[str, str] = {
    "contexts": "",
    "teams": "",
    "roles": "",
    "role_permissions": "",
    "role_patterns": "",
    "providers": "proven_from discovered_at missing_apis",  # what checks and discovery found out
    "provider_headers": "sealed destination master_key_id fingerprint",  # of secret ones, which stay here
    "language_models": "",
    "model_aliases": "",
    "catalog_state": "version endpoints",
    "schedules": "next_at claimed_until claimed_by",  # when the next check is due, and whose it is
    "overrides": "changed_by",
    "settings": "",
    "allowances": "",
    "applications": "last_used_at last_address",  # what was seen of them
}
"""Tables that the document holds, each with the columns that it does not: no administrator typed them in."""

STAYS: Mapping[str, str] = {
    "shared_keys": "keys stay here; of references the next test tells",
    "users team_managers user_roles": "people, and who belongs where, are not configuration",
    "personal_keys removed_keys personal_overrides": "a person's own",
    "access_tokens access_token_values": "a person's own",
    "application_keys": "keys stay here, public ones too: who holds the other half is a matter of each portal",
    "sessions sign_in_attempts attempts": "who is signed in",
    "audit audit_head": "what was done here",
    "chats turns chat_shares chat_words compactions": "what was said",
    "attachments attachment_contents attachment_pieces": "what was said",
    "usage usage_sums limit_counts budget_counts budget_notices": "what was used here",
    "checks check_days provider_faults provider_states provider_listings model_cooldowns flapping": "how providers are",
    "deliveries": "what the webhook was told",
}
"""Tables that no document holds, and why."""

SETTINGS_CARRIED = {
    *GATE_SETTINGS.values(),
    "archive_chats_after_days",
    "attachment_chat_mib",
    "attachment_file_mib",
    "attachment_person_mib",
    "check_retention_days",
    "fallback_reply",
    "unpriced_with_budget",
    "usage_retention_days",
}
SETTINGS_THAT_STAY = {
    "webhook.address",  # as good as a password
    "webhook.secret",
    "set_up_links",
    "vault.fingerprint_key",
    "vault.audit_key",
    "checks.pruned_on",
    "checks.cleared_before",
}
NOT_COMPARED = {"id", "created_at", "created_by", "changed_at", "changed_by"}


def tables(session: Session) -> dict[str, list[Any]]:
    """The rows of every carried table, with names in place of ids."""
    names: dict[Any, str] = {}
    every = Record.metadata.tables
    named = {"users": "email"} | dict.fromkeys(("teams", "roles", "providers", "applications"), "name")
    for table, name in named.items():
        columns = every[table].c
        names |= {id: f"{table}:{text}" for id, text in session.execute(select(columns.id, columns[name]))}
    models = every["language_models"].c
    for id, provider, text in session.execute(select(models.id, models.provider_id, models.name)):
        names[id] = f"{names[provider]}:{text}"
    found = {}
    for table, left in CARRIED.items():
        columns = [column for column in every[table].c if column.name not in NOT_COMPARED | set(left.split())]
        rows = [
            {
                column.name: names.get(value, value) if isinstance(value, UUID) else value
                for column, value in zip(columns, row, strict=True)
            }
            for row in session.execute(select(*columns))
        ]
        found[table] = sorted(rows, key=repr)
    found["settings"] = [row for row in found["settings"] if row["name"] in SETTINGS_CARRIED]
    found["roles"] = [row for row in found["roles"] if row["built_in"] is None]
    found["applications"] = [row for row in found["applications"] if row["deleted_at"] is None]
    return found


def rows_now() -> dict[str, list[Any]]:
    with reading() as session:
        return tables(session)


def kind_of(database_url: str) -> str:
    return "postgresql" if database_url.startswith("postgresql") else "sqlite"


def test_every_table_is_carried_or_it_is_said_why_it_stays():
    stays = {table for names in STAYS for table in names.split()}
    assert stays.isdisjoint(CARRIED)
    assert set(Record.metadata.tables) == stays | set(CARRIED)


def test_every_table_of_configuration_has_something_in_it_here(runtime: Runtime):
    furnish(runtime)
    empty = [name for name, rows in rows_now().items() if not rows]
    assert empty == [], "the next test shows nothing of these"
    with reading() as session:
        stored = set(session.scalars(select(SettingRecord.name)))
    assert stored - SETTINGS_CARRIED <= SETTINGS_THAT_STAY, "carried, or said why not"
    assert stored >= SETTINGS_CARRIED


@pytest.mark.parametrize("format", Format)
def test_every_table_is_the_same_in_an_empty_portal_and_a_second_import_changes_nothing(
    runtime: Runtime, settings: Settings, databases: Databases, database_url: str, format: Format
):
    furnish(runtime)
    before = rows_now()
    exported = exporting.export(ADA, runtime, format)
    assert CANARY not in exported.text
    given = file(exported.text, exported.filename)
    assert importing.rehearse(ADA, runtime, given).nothing, "where it came from, it changes nothing"
    with empty_portal(databases, kind_of(database_url), settings) as other:
        plan = importing.rehearse(ADA, other, given)
        assert plan.faults == ()
        assert [note.place for note in plan.notices if note.said == NO_KEY] == [
            "applications.intranet-editor",
            "applications.mailer",
        ]
        done = importing.apply(ADA, other, given, digest=plan.digest, version=plan.version)
        assert done.changes == plan.changes, "what was planned is what was done"
        assert rows_now() == before
        again = importing.apply(ADA, other, given)
        assert again.nothing
        assert rows_now() == before
        text = exporting.export(ADA, other, format).text
    assert text == exported.text, "written again, it is the same document"


def test_a_reference_to_a_variable_is_carried_and_a_key_is_not(runtime: Runtime):
    furnish(runtime)
    with reading() as session:
        document = exporting.collect(session, runtime)
    assert document["providers"]["acme"]["keys"] == [{"environment": "OPENAI_API_KEY"}]


def test_whoever_is_not_there_yet_is_named_and_the_rest_can_be_read_in(runtime: Runtime):
    text = "llm_portal: 1\nlimits: {people: {new@example.org: {per_day: 5}, UMA@example.org: {per_day: 5}}}\n"
    fill(runtime)
    plan = importing.rehearse(ADA, runtime, file(text))
    assert [(note.place, "Nobody has an account" in note.said) for note in plan.faults] == [
        ("limits.people.new@example.org", True)
    ]
    importing.apply(ADA, runtime, file(text), leave_out=True)
    with reading() as session:
        assert exporting.collect(session, runtime)["limits"]["people"] == {
            "uma@example.org": {"per_minute": None, "per_day": 5}
        }


def test_a_limit_leaves_the_budget_as_it_is_and_an_empty_entry_takes_its_own_away(runtime: Runtime):
    furnish(runtime)
    with reading() as session:
        before = exporting.collect(session, runtime)
    text = """
llm_portal: 1
limits: {people: {uma@example.org: {per_minute: 9}, otto@example.org: }}
budgets: {people: {eve@example.org: }, teams: {research: {amount: null}}, unpriced_models: yes}
"""
    plan = importing.apply(ADA, runtime, file(text))
    assert (plan.faults, plan.count) == ((), 5)
    with reading() as session:
        after = exporting.collect(session, runtime)
    assert after["limits"]["people"] == {"uma@example.org": {"per_minute": 9, "per_day": 100}}
    assert after["budgets"]["people"] == {"uma@example.org": before["budgets"]["people"]["uma@example.org"]}
    assert after["budgets"]["teams"] == {}
    assert after["budgets"]["members"] == before["budgets"]["members"]
    assert after["budgets"]["unpriced_models"]


def test_a_raise_that_is_over_is_left_out_and_said_and_not_exported(runtime: Runtime):
    entry = "{amount: 5, raised_to: 8, raised_until: %s}"
    text = f"llm_portal: 1\nbudgets: {{people: {{eve@example.org: {entry}}}}}\n"
    day = runtime.now().date()
    plan = importing.apply(ADA, runtime, file(text % (day - timedelta(days=1))))
    assert [note.said for note in plan.notices] == [OVER]
    with reading() as session:
        assert exporting.collect(session, runtime)["budgets"]["people"] == {"eve@example.org": {"amount": 5}}
    importing.apply(ADA, runtime, file(text % (day + timedelta(days=1))))
    later = replace(runtime, now=lambda: datetime.now(UTC) + timedelta(days=3))
    with reading() as session:
        assert exporting.collect(session, runtime)["budgets"]["people"]["eve@example.org"]["raised_to"] == 8
        kept = exporting.collect(session, later)["budgets"]["people"]
    assert kept == {"eve@example.org": {"amount": 5}}
    text = "llm_portal: 1\nbudgets: {people: {eve@example.org: {amount: %s}}}\n"
    assert importing.apply(ADA, later, file(text % 5)).nothing
    assert importing.apply(ADA, later, file(text % "7.25")).count == 1


def test_what_tokens_may_is_left_out_with_its_reason(runtime: Runtime):
    made = own_tokens.create(Actors.uma, runtime, "Editor", ("chat.use",))
    setting.change(ADA, runtime, Kind.TOKEN, made.id, Allowance(5))
    for format in Format:
        exported = exporting.export(ADA, runtime, format)
        assert [said[:43] for said in exported.left_out] == ["what 1 access token may send or spend: a to"]
    text = "llm_portal: 1\nlimits: {tokens: {Editor: {per_day: 5}}}\n"
    (fault,) = importing.rehearse(ADA, runtime, file(text)).faults
    assert fault.place == "limits.tokens"
    assert "no name that holds in another portal" in fault.said


def test_who_may_not_manage_roles_and_teams_neither_reads_nor_writes_them(runtime: Runtime):
    furnish(runtime)
    held = frozenset(Permission) - {Permission.ROLE_MANAGE, Permission.TEAM_MANAGE}
    limited = replace(ADA, permissions=held)
    exported = exporting.export(limited, runtime)
    assert "Reviewers" not in exported.text.split("limits:")[0]
    assert len(exported.left_out) == 2
    text = """
llm_portal: 1
roles: {Reviewers: {permissions: [user.manage]}, New: {permissions: [chat.use]}}
teams: {Research: {entitled: no}}
"""
    before = rows_now()
    plan = importing.apply(limited, runtime, file(text), leave_out=True)
    assert [note.place for note in plan.faults] == ["teams.Research", "roles.Reviewers", "roles.New"]
    assert rows_now() == before


def test_nobody_gives_out_by_a_file_what_they_may_not_do_themselves(runtime: Runtime):
    limited = replace(ADA, permissions=frozenset(Permission) - {Permission.AUDIT_VIEW})
    text = "llm_portal: 1\nroles: {Spy: {permissions: [audit.view]}, Administrator: {models: ['x:y']}}\n"
    plan = importing.rehearse(limited, runtime, file(text))
    said = {note.place: note.said for note in plan.faults}
    assert "You cannot give out what you may not do yourself" in said["roles.Spy"]
    assert "ships with the portal" in said["roles.Administrator"]


def test_models_that_differ_by_capitals_alone_are_told_apart(runtime: Runtime):
    text = """
llm_portal: 1
providers: {acme: {type: openai_compatible, base_url: 'https://acme.example.org/v1'}}
models: [{provider: acme, model_id: big}, {provider: acme, model_id: Big}]
default: acme:big
overrides: {explore: acme:Big, general: acme:big}
"""
    assert importing.apply(ADA, runtime, file(text)).faults == ()
    exported = exporting.export(ADA, runtime).text
    assert "default: acme:big\n" in exported
    assert importing.apply(ADA, runtime, file(exported)).nothing
