"""Much of everything: copies of rows that are there, made by the database itself."""

from sqlalchemy import text

from portal.store.base import db, transaction

MINUTES = {"sqlite": "datetime({0}, '-' || n || ' minutes')", "postgresql": "{0} - n * interval '1 minute'"}
IDS = {"sqlite": "'{0:08x}' || printf('%024x', {1})", "postgresql": "('{0:08x}' || lpad(to_hex({1}), 24, '0'))::uuid"}


def copy_id(number: int, n: str = "n") -> str:
    """In SQL, the ID of the copy `n` of those with this number."""
    return IDS[db.engine.dialect.name].format(number, n)


def earlier(column: str) -> str:
    """In SQL, so many minutes before what stands in the column."""
    return MINUTES[db.engine.dialect.name].format(f'one."{column}"')


def multiply(table: str, times: int, number: int, *, where: str = "1 = 1", **varied: str) -> None:
    """So many copies of the first row of a table in one statement; `varied` says in SQL what differs.

    In it `n` counts from 1. Ids differ by themselves; `number` tells these copies from others. `where` says which row
    is copied.
    """
    if "id" in db.metadata.tables[table].columns:
        varied.setdefault("id", copy_id(number))
    columns = [column.name for column in db.metadata.tables[table].columns]
    values = ", ".join(varied.get(name, f'one."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    with transaction() as session:
        session.execute(
            text(
                f"WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < {times}) "
                f"INSERT INTO {table} ({names}) SELECT {values} "
                f"FROM (SELECT * FROM {table} WHERE {where} ORDER BY {columns[0]} LIMIT 1) AS one, count"
            )
        )
