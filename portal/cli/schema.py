"""`flask migrate`: the database brought to this program's revision. Starting the portal does the same."""

import click
from flask.cli import with_appcontext

from portal.cli.acting import runtime
from portal.store import schema


@click.command()
@with_appcontext
def migrate() -> None:
    """Bring the database to the revision that this version needs."""
    schema.migrate(runtime().settings.database)
    click.echo(f"The database is at revision {schema.revision_of(runtime().settings.database)}.")
