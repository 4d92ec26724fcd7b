"""The blueprint that the chat's pages share."""

from flask import Blueprint

bp = Blueprint("chat", __name__, url_prefix="/chat")
