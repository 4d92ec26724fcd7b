"""`flask people`: what an operator does for somebody who cannot sign in."""

import click
from flask.cli import with_appcontext

from portal.cli.acting import operator, runtime, told
from portal.services.people import sign_in_attempts


@click.group()
def people() -> None:
    """People and their accounts."""


@people.command()
@click.argument("email")
@with_appcontext
def unlock(email: str) -> None:
    """Forget the wrong passwords that were typed for an account, wherever that was: nobody has to wait any more."""
    with told():
        name = sign_in_attempts.unlock(operator(), runtime(), email)
    click.echo(f"{name} can sign in again without waiting.")
