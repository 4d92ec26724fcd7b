"""What a fork of the portal finds loaded: all of it, with what it loads only when that is used."""

import importlib
import pkgutil

import alembic.autogenerate
import alembic.command
import flask.cli
import flask_bootstrap
import flask_wtf

import portal

__all__ = ["alembic", "flask", "flask_bootstrap", "flask_wtf"]

for found in pkgutil.walk_packages(portal.__path__, "portal."):
    importlib.import_module(found.name)
