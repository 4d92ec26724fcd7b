"""`flask audit`: following the audit trail from its first row to its head."""

import sys

import click
from flask.cli import with_appcontext

from portal.cli.acting import runtime, told
from portal.services.audit import verification as audit_verification
from portal.services.audit.verification import Noted


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.option("--expect-count", type=click.IntRange(min=0), help="The count that an earlier run printed.")
@click.option("--expect-head", default="", help="The head that the same run printed.")
@with_appcontext
def verify(expect_count: int | None, expect_head: str) -> None:
    """Name every row that was changed, is missing or out of order; exit code 1 if there is one.

    Keep the printed count and head somewhere else. Given back with --expect-count and --expect-head, they show whether
    the newest rows were cut off, which the audit trail alone cannot show.
    """
    if expect_head and expect_count is None:
        raise click.UsageError("--expect-head needs the --expect-count that was printed with it.")
    noted = Noted(expect_count, expect_head) if expect_count is not None else None
    with told():
        found = audit_verification.verify(runtime(), noted)
    click.echo(f"count {found.count}")
    click.echo(f"head  {found.head or 'none'}")
    for fault in found.faults:
        click.echo(fault, err=True)
    if not found.sound:
        sys.exit(1)
    click.echo("The audit trail is whole.")
