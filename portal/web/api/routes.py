"""Every endpoint of the API, noun by noun: what is not in this list is not served."""

import importlib

from portal.web.api.operations import Operation

ENDPOINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("language_models", ("list", "available", "create", "read", "change", "delete", "turn", "test")),
    ("default_model", ("read", "choose")),
    ("providers", ("list", "create", "read", "change", "delete", "turn", "test", "discover")),
    ("shared_keys", ("list", "add", "replace", "make_first", "delete", "test")),
    ("selection", ("explain",)),
    ("overrides", ("list", "read", "pin", "clear")),
    ("gates", ("list", "turn")),
    ("personal_keys", ("list", "save", "remove", "test")),
    ("personal_overrides", ("list", "read", "choose", "clear")),
    ("checks", ("list", "read")),
    ("usage", ("list", "requests", "own_list", "own_requests")),
    ("audit", ("list",)),
    ("users", ("list", "create", "read", "change", "turn", "reset_password", "delete")),
    ("roles", ("list", "create", "read", "change", "delete")),
    ("applications", ("list", "create", "read", "change", "turn", "rotate", "end_key", "delete")),
    ("tokens", ("list", "create", "replace", "revoke", "list_of", "revoke_of")),
)
"""The files, in the order of the document: a folder is a noun, a file of it a verb."""

OPERATIONS: tuple[Operation, ...] = tuple(
    importlib.import_module(f"portal.web.api.{noun}.{verb}").run for noun, verbs in ENDPOINTS for verb in verbs
)
