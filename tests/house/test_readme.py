"""What the README names is there: files and folders where one adds something, and commands as they are typed."""

import re
import shlex
from pathlib import Path

import click
import pytest
from flask import Flask

HOUSE = Path(__file__).parents[2]
README = (HOUSE / "README.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"`((?:portal|templates|tests|migrations|static|benchmarks)/[\w/.-]*)`", README)))
COMMANDS = sorted(set(re.findall(r"`([^`]*\bflask [^`]*)`", README)))
FLASK = ".venv/bin/flask --app app "


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_the_readme_names_is_there(place: str):
    assert (HOUSE / place).exists()


def test_the_readme_names_places():
    assert len(PLACES) > 25


@pytest.mark.parametrize("typed", COMMANDS)
def test_a_command_of_the_readme_works_as_it_is_typed(bare_app: Flask, typed: str):
    assert typed.startswith(FLASK)
    assert "\n" not in typed, "a line that is broken cannot be copied"
    words = shlex.split(typed.removeprefix(FLASK))
    command: click.Command = bare_app.cli
    while words and isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"there is no command {words[0]}"
        command = found
        words.pop(0)
    command.make_context("flask", words)


def test_every_wing_of_the_services_is_named():
    wings = {folder.name for folder in (HOUSE / "portal" / "services").iterdir() if (folder / "__init__.py").exists()}
    told = re.search(r"`portal/services` into `([a-z_ ]+)`", README)
    assert told
    assert set(told[1].split()) == wings


def test_every_target_of_make_that_is_named_is_there():
    targets = set(re.findall(r"(?m)^([a-z-]+):", (HOUSE / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"\bmake ([a-z-]+)(?=`| +#|$)", README, re.M)) - {"run"} < targets
