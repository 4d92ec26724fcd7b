"""`flask keys`: the master keys. `new` prints one, `rotate` changes to a new one while the portal serves."""

import click
from flask.cli import with_appcontext

from portal.cli.acting import operator, runtime, told
from portal.services.keys import rotation as master_key_rotation
from portal.services.keys.rotation import Next, Plan
from portal.vault import new_master_key


@click.group()
def keys() -> None:
    """The master keys, under which everything secret is encrypted."""


@keys.command()
def new() -> None:
    """Print a new master key, for PORTAL_MASTER_KEY."""
    click.echo(new_master_key())


@keys.command()
@click.option("--dry-run", is_flag=True, help="Say how things stand and what would happen; change nothing.")
@click.option("--retire", is_flag=True, help="Also remove the old key, once nothing is left under it.")
@with_appcontext
def rotate(dry_run: bool, retire: bool) -> None:
    """Encrypt everything under a new master key. Safe while the portal serves; run it again if it was interrupted."""
    with told():
        now = master_key_rotation.plan(runtime())
        _show(now)
        if dry_run:
            _foretell(now, retire)
            return
        if now.next is Next.NEW_KEY or now.next is Next.REFUSE:
            now = master_key_rotation.begin(operator(), runtime())
            click.echo(f"New master key {now.newest} stands first.")
        elif now.next is Next.NOTHING and not retire:
            click.echo(_waiting(now))
            return
        for step in {step.kind: step for step in master_key_rotation.reencrypt(runtime())}.values():
            click.echo(f"  {step.kind}: {step.done} re-encrypted")
            for id in step.broken:
                click.echo(f"  {step.kind}: {id} does not open; enter that key again", err=True)
        now = master_key_rotation.plan(runtime())
        if retire:
            gone = master_key_rotation.retire(operator(), runtime())
            click.echo(f"Retired {', '.join(gone)}." if gone else "There is no old master key to retire.")
        else:
            click.echo(_waiting(now))


def _show(now: Plan) -> None:
    click.echo(f"Master keys in {now.source}, newest first: {', '.join(now.keys)}")
    for kind, counts in now.counts.items():
        total = sum(counts.values())
        under = ", ".join(f"{number} under {id}" for id, number in sorted(counts.items()))
        click.echo(f"  {kind}: {total}" + (f" ({under})" if under else ""))
    for id, number in now.lost.items():
        click.echo(f"  {number} under {id}, which nobody has: those keys must be entered again", err=True)


def _foretell(now: Plan, retire: bool) -> None:
    encrypted = sum(sum(counts.values()) for counts in now.counts.values())
    told = {
        Next.NEW_KEY: f"would put a new master key first and re-encrypt {encrypted} under it.",
        Next.REENCRYPT: f"would go on with the rotation that was begun, and re-encrypt the {now.left} that are left.",
        Next.NOTHING: "would re-encrypt nothing: everything is under the newest master key.",
        Next.REFUSE: f"would refuse: {now.source} holds one master key, and only you can put a newer one before it.",
    }[now.next]
    click.echo(f"Dry run: this {told}")
    if retire and now.next is not Next.REFUSE:
        click.echo(f"Dry run: then it would retire {', '.join(now.older) or now.newest}.")


def _waiting(now: Plan) -> str:
    if not now.older:
        return "Everything is under the newest master key."
    if now.left:
        return f"{now.left} are still under an older master key. Run this again."
    if not now.file:
        return f"Nothing is left under {', '.join(now.older)}. Remove it from {now.source}."
    return f"Nothing is left under {', '.join(now.older)}. To remove it: flask keys rotate --retire"
