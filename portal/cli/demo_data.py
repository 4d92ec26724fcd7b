"""`flask demo-data`: an empty portal filled with something to look at."""

import click
from flask.cli import with_appcontext

from portal.cli.acting import operator, runtime, told
from portal.services import demo_data as service


@click.command("demo-data")
@with_appcontext
def demo_data() -> None:
    """Fill an empty portal: the demo provider, four people, some chats with answers, some checks.

    Refuses where there are providers, or people besides the first administrator. Nothing leaves this machine.
    """
    with told():
        seated = service.seat(operator(), runtime())
        for member in seated.members:
            click.echo(f"{member.name:<12} {member.email:<18} {member.role_label}")
        click.echo(f"The password of each: {seated.password}")
        for step in service.play(operator(), runtime()):
            click.echo(step)
    click.echo("Done. Start the portal, if it does not run, and sign in as one of them.")
