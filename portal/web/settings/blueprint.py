"""The blueprint of settings, which its two files of views share."""

from flask import Blueprint

bp = Blueprint("settings", __name__, url_prefix="/settings")
