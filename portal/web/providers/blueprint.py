"""The blueprint that a provider's pages share."""

from flask import Blueprint

bp = Blueprint("providers", __name__, url_prefix="/providers")
