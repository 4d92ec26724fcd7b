"""The chat's blueprint, on which its views stand."""

from flask import Blueprint

bp = Blueprint("chat", __name__, url_prefix="/chat")
