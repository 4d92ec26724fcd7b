"""Floor 4, the other entry point: what `flask …` offers beside the pages. Commands call services and print."""

from flask import Flask

from portal.cli import audit, demo_data, explain, health, keys, people, schema


def install(app: Flask) -> None:
    """Give the application its commands."""
    for command in (
        keys.keys,
        audit.audit,
        health.health,
        schema.migrate,
        demo_data.demo_data,
        explain.explain,
        people.people,
    ):
        app.cli.add_command(command)
