"""`flask config`: the whole configuration as one file, written and read in."""

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.cli.acting import operator, runtime, told
from portal.services.configuration import exporting, importing
from portal.services.configuration.exporting import Format
from portal.services.configuration.files import MOST_BYTES, GivenFile
from portal.services.configuration.importing import Plan


@click.group()
def config() -> None:
    """Providers, models, teams, roles, overrides, gates, settings, limits and budgets as one file."""


@config.command()
@click.option("--yaml", "format", flag_value=Format.YAML.value, default=Format.YAML.value, help="YAML, the default.")
@click.option("--json", "format", flag_value=Format.JSON.value, help="JSON.")
@with_appcontext
def export(format: str) -> None:
    """Print the configuration, without any key."""
    with told():
        exported = exporting.export(operator(), runtime(), Format(format))
    click.echo(exported.text, nl=False)
    for sentence in exported.left_out:
        click.echo(f"Left out: {sentence}", err=True)


@config.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--leave-out", is_flag=True, help="Import the rest, without the entries that cannot be used.")
@with_appcontext
def import_(file: Path, dry_run: bool, yes: bool, leave_out: bool) -> None:
    """Read a configuration in: all of it, or nothing. Exit code 1 while an entry cannot be used."""
    given = GivenFile(file.name, _content(file))
    with told():
        plan = importing.rehearse(operator(), runtime(), given)
        _show(plan)
        if plan.faults and not leave_out:
            click.echo("Nothing was changed. Correct these entries, or leave them out with --leave-out.", err=True)
            sys.exit(1)
        if dry_run or plan.nothing:
            return
        if not yes:
            click.confirm("Do this?", abort=True)
        done = importing.apply(
            operator(), runtime(), given, digest=plan.digest, version=plan.version, leave_out=leave_out
        )
    click.echo(f"Done: {done.count} changes.")


def _content(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def _show(plan: Plan) -> None:
    click.echo(f"Read as {plan.kind}.")
    for one in plan.changes:
        click.echo(f"  {one.said} {one.subject}")
        for change in one.changes:
            sides = [side for side in (change.before, change.after) if side is not None]
            click.echo(f"      {change.what}: {' → '.join(sides)}")
    if plan.more:
        click.echo(f"  and {plan.more} changes more")
    if plan.nothing:
        click.echo("Nothing changes.")
    for title, notes in (("To know", plan.notices), ("Left out", plan.left_out)):
        if notes:
            click.echo(f"{title}:")
        for note in notes:
            click.echo(f"  {note.place}: {note.said}")
    for note in plan.faults:
        click.echo(f"Cannot be used: {note.place}: {note.said}", err=True)
