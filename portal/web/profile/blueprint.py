"""The blueprint that the profile's pages share."""

from flask import Blueprint

bp = Blueprint("profile", __name__, url_prefix="/profile")
