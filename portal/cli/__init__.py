"""Floor 4, the other entry point: what `flask …` offers beside the pages. Commands call services and print.

A command's module is loaded when somebody runs it or asks for help: a server knows only that there are some.
"""

import importlib

import click
from flask import Flask
from flask.cli import AppGroup

COMMANDS = {
    "audit": "portal.cli.audit",
    "config": "portal.cli.config",
    "demo-data": "portal.cli.demo_data",
    "explain": "portal.cli.explain",
    "health": "portal.cli.health",
    "keys": "portal.cli.keys",
    "migrate": "portal.cli.schema",
    "people": "portal.cli.people",
}
"""Every command, and the module that has it under the same name."""


class Commands(AppGroup):
    """The commands of `COMMANDS`, each loaded when it is first asked for, beside those that libraries add."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*super().list_commands(context), *COMMANDS})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return super().get_command(context, name)
        return getattr(importlib.import_module(COMMANDS[name]), name.replace("-", "_"))


def install(app: Flask) -> None:
    """Give the application its commands."""
    app.cli = Commands(app.name)
