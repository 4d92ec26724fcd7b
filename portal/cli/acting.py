"""Who acts at the command line, and how a refusal reads there."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app

from portal.domain.errors import PortalError
from portal.domain.people import Actor
from portal.domain.permissions import GRANTABLE
from portal.services.runtime import EXTENSION, Runtime


def runtime() -> Runtime:
    return current_app.extensions[EXTENSION]


def operator() -> Actor:
    """Whoever may run commands on the server may do everything; the audit trail names their account there."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "unknown"
    return Actor(None, f"command line ({name})", GRANTABLE)


@contextmanager
def told() -> Iterator[None]:
    """Turn what a service raises into its sentence and exit code 1."""
    try:
        yield
    except PortalError as error:
        raise click.ClickException(error.sentence) from error
