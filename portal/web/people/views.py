"""People: users and roles on one blueprint. Importing their modules puts their routes on it."""

from portal.web.people import roles, users
from portal.web.people.blueprint import bp

__all__ = ["bp", "roles", "users"]
