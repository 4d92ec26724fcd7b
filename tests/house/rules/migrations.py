"""The law of migrations: on PostgreSQL none of them keeps people out for as long as a table is large.

Each migration is run without a database; what it would send is read statement by statement.
"""

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from importlib.abc import InspectLoader
from types import ModuleType

from alembic.migration import MigrationContext
from alembic.operations import Operations

from tests.house.rules.base import Finding, Rule, Source, per_file

VERSIONS = "migrations/versions"
NAME = r'"?(?P<table>\w+)"?'
ALTER = rf"ALTER TABLE (?:ONLY )?{NAME} .*"
CONSTANT = r"now\(\)|CURRENT_TIMESTAMP|statement_timestamp\(\)|transaction_timestamp\(\)"

LOCKS: tuple[tuple[str, str], ...] = (
    (rf"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).*? ON {NAME}", "an index without CONCURRENTLY stops every write"),
    (rf"{ALTER}ALTER (?:COLUMN )?\S+ (?:SET DATA )?TYPE", "another type rewrites the table"),
    (rf"{ALTER}ALTER (?:COLUMN )?\S+ SET NOT NULL", "SET NOT NULL reads the whole table under a lock"),
    (rf"{ALTER}ADD COLUMN (?!.*\bDEFAULT\b).*NOT NULL", "NOT NULL without a default fails where there are rows"),
    (rf"{ALTER}ADD COLUMN .*\bDEFAULT (?!{CONSTANT})\w+\(", "a default that differs by row rewrites the table"),
    (rf"{ALTER}ADD COLUMN .*(?:SERIAL|GENERATED)", "a generated column rewrites the table"),
    (
        rf"{ALTER}ADD (?:CONSTRAINT \S+ )?(?:CHECK|FOREIGN KEY)(?!.*NOT VALID)",
        "a constraint without NOT VALID reads the whole table under a lock",
    ),
    (
        rf"{ALTER}ADD (?:CONSTRAINT \S+ )?(?:UNIQUE|PRIMARY KEY|EXCLUDE)(?!.*USING INDEX)",
        "a constraint that builds its index stops everybody meanwhile",
    ),
    (rf"UPDATE {NAME} SET (?!.* WHERE )", "an UPDATE of every row holds each of them until the end"),
    (rf"(?:LOCK TABLE|CLUSTER|VACUUM FULL|REINDEX TABLE|TRUNCATE) {NAME}", "it locks the table"),
)
"""What a statement looks like that waits on every row of a table, and why that is bad. Brief locks are none of them."""


class _Text(InspectLoader):
    """Loads a module from its text: an example is no file."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def get_source(self, fullname: str) -> str:
        return self.source.text

    def get_filename(self, fullname: str) -> str:
        return self.source.path

    def exec_module(self, module: ModuleType) -> None:
        code = self.source_to_code(self.source.text, self.source.path)
        exec(code, module.__dict__)  # noqa: S102 - a migration of ours, or an example


class _Sent:
    """Takes what Alembic would send, and which line of the migration sends it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.statements: list[tuple[int, str]] = []

    def write(self, text: str) -> None:
        frame = sys._getframe()
        line = 1
        while frame.f_back is not None:
            if frame.f_code.co_filename == self.path:
                line = frame.f_lineno
                break
            frame = frame.f_back
        self.statements += [(line, " ".join(part.split())) for part in text.split(";") if part.strip()]

    def flush(self) -> None:
        """Nothing waits."""


def statements(source: Source) -> list[tuple[int, str]]:
    """What a migration sends to PostgreSQL on its way up, each with the line that sends it."""
    spec = importlib.util.spec_from_loader("migration", _Text(source))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    _Text(source).exec_module(module)
    sent = _Sent(source.path)
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={"as_sql": True, "output_buffer": sent},
    )
    context.impl.bulk_insert = lambda *_args, **_more: None  # new rows lock nobody out, and JSON has no literal
    upgrade: Callable[[], None] = module.upgrade
    with Operations.context(context):
        upgrade()
    return sent.statements


def _locks(source: Source) -> Iterator[Finding]:
    if not source.within(VERSIONS):
        return
    try:
        sent = statements(source)
    except Exception as error:  # a migration may do anything; one that cannot be run offline is a finding itself
        yield Finding(source.path, 1, f"what it sends cannot be told without a database: {error!r}")
        return
    made = {found[1] for _, said in sent if (found := re.match(r'CREATE TABLE "?(\w+)"?', said))}
    for line, said in sent:
        for shape, why in LOCKS:
            found = re.match(shape, said, re.IGNORECASE)
            if found and found["table"] not in made:
                yield Finding(source.path, line, f"{why}: {said[:80]}")


def _migration(*steps: str) -> str:
    return "import sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade():\n" + "".join(
        f"    {step}\n" for step in steps
    )


MIGRATIONS = (
    Rule(
        "migration-locks",
        "an upgrade that locks a large table stops everybody for as long as it takes",
        per_file(_locks),
        {
            f"{VERSIONS}/0901.py": _migration('op.create_index("ix_checks_x", "checks", ["x"])'),
            f"{VERSIONS}/0902.py": _migration('op.alter_column("checks", "x", type_=sa.BigInteger())'),
            f"{VERSIONS}/0903.py": _migration('op.alter_column("checks", "x", nullable=False)'),
            f"{VERSIONS}/0904.py": _migration('op.add_column("checks", sa.Column("x", sa.Uuid(), nullable=False))'),
            f"{VERSIONS}/0905.py": _migration(
                'text = sa.text("gen_random_uuid()")',
                'op.add_column("checks", sa.Column("x", sa.Uuid(), server_default=text))',
            ),
            f"{VERSIONS}/0906.py": _migration('op.create_foreign_key("fk", "checks", "providers", ["x"], ["id"])'),
            f"{VERSIONS}/0907.py": _migration('op.create_unique_constraint("uq", "checks", ["x"])'),
            f"{VERSIONS}/0908.py": _migration('op.create_check_constraint("ck", "checks", "x > 0")'),
            f"{VERSIONS}/0909.py": _migration('op.execute("UPDATE checks SET x = 1")'),
            f"{VERSIONS}/0910.py": _migration('op.execute("LOCK TABLE checks")'),
            f"{VERSIONS}/0912.py": _migration('op.get_bind().execute(sa.text("SELECT 1")).scalar()'),
            f"{VERSIONS}/0911.py": _migration(
                'with op.batch_alter_table("checks") as batch:',
                '    batch.create_index("ix_checks_x", ["x"])',
            ),
        },
        {
            f"{VERSIONS}/0901.py": _migration(
                'op.create_table("x", sa.Column("id", sa.Uuid(), nullable=False))',
                'op.create_index("ix_x", "x", ["id"])',
                'op.add_column("checks", sa.Column("a", sa.Integer(), nullable=True))',
                'op.add_column("checks", sa.Column("b", sa.Integer(), server_default="0", nullable=False))',
                'op.create_index("ix_b", "checks", ["b"], postgresql_concurrently=True)',
                'op.create_check_constraint("ck", "checks", "a > 0", postgresql_not_valid=True)',
                'op.execute("UPDATE checks SET a = 1 WHERE b = 2")',
            ),
        },
    ),
)
