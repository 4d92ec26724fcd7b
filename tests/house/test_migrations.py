"""Migrations: one line of numbers, up and down on populated tables, and no drift from the declared schema."""

import re
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.store import schema
from tests.databases import KINDS, Databases
from tests.waiting import PATIENCE

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
SEEDED = {"roles": 4, "catalog_state": 1, "audit_head": 1}


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, databases: Databases):
    with databases.one(request.param, migrated=False) as url:
        yield url


def test_migrations_form_one_line_of_numbers():
    files = sorted(VERSIONS.glob("*.py"))
    assert [file.name[:4] for file in files] == [f"{n:04d}" for n in range(1, len(files) + 1)]
    for n, file in enumerate(files, 1):
        text = file.read_text(encoding="utf-8")
        before = f'"{n - 1:04d}"' if n > 1 else "None"
        assert re.search(rf'^revision = "{n:04d}"$', text, re.M)
        assert re.search(rf"^down_revision = {before}$", text, re.M)


def is_declared(name: str | None, *_: object) -> bool:
    return not (name or "").startswith(schema.OUTSIDE)


def test_the_migrated_schema_is_the_declared_one(empty_url: str):
    schema.migrate(empty_url)
    engine = sa.create_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_declared})
        drift = compare_metadata(context, schema.metadata)
    engine.dispose()
    assert drift == []


def value_for(column: sa.Column, n: int) -> object:
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return uuid.uuid4()
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
        return Decimal("1.5")
    if isinstance(kind, sa.Float):
        return 1.5
    if isinstance(kind, sa.Integer):
        return n + 100
    if isinstance(kind, sa.LargeBinary):
        return b"\0\xff" * n
    if isinstance(kind, sa.JSON):
        return {"n": n}
    if isinstance(column.type, sa.String):
        return f"{column.name}{n}"[: kind.length or 60]
    return datetime.now(UTC)


def populate(connection: sa.Connection, rows: int) -> None:
    """Fill every table with `rows` rows that satisfy its foreign keys."""
    keys: dict[str, list[object]] = {}
    for table in schema.metadata.sorted_tables:
        made = []
        for n in range(rows):
            row = {}
            for column in table.columns:
                if column.foreign_keys:
                    target = next(iter(column.foreign_keys)).column.table.name
                    row[column.key] = keys[target][n] if target in keys else None
                else:
                    row[column.key] = value_for(column, n)
            made.append(row)
        connection.execute(table.insert(), made)
        if len(table.primary_key.columns) == 1:
            name = next(iter(table.primary_key.columns)).name
            keys[table.name] = [row[name] for row in made]


def test_every_migration_goes_down_and_up_on_populated_tables(empty_url: str):
    schema.migrate(empty_url)
    engine = sa.create_engine(empty_url)
    with engine.begin() as connection:
        populate(connection, 3)
    newest = int(schema.head())
    for step in range(newest - 1, 0, -1):
        schema.migrate(empty_url, f"{step:04d}")
        older = set(sa.inspect(engine).get_table_names())
        schema.migrate(empty_url)
        with engine.connect() as connection:
            for table in schema.metadata.sorted_tables:
                count = connection.scalar(sa.select(sa.func.count()).select_from(table))
                kept = 3 + SEEDED.get(table.name, 0) if table.name in older else 0
                assert count == kept, f"{table.name}, down to {step} and up again"
    engine.dispose()
    schema.migrate(empty_url, "base")
    engine = sa.create_engine(empty_url)
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    schema.migrate(empty_url)
    schema.require_head(empty_url)


def test_two_processes_that_start_at_once_migrate_once(empty_url: str):
    command = [sys.executable, "-c", f"from portal.store import schema; schema.migrate({empty_url!r})"]
    running = [subprocess.Popen(command, cwd=VERSIONS.parents[1], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in running:
        _, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, told
    schema.require_head(empty_url)


def test_a_database_of_another_revision_is_refused(empty_url: str):
    with pytest.raises(schema.WrongRevision, match="flask migrate"):
        schema.require_head(empty_url)
    schema.migrate(empty_url)
    engine = sa.create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(schema.WrongRevision, match="newer version"):
        schema.migrate(empty_url)
