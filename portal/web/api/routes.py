"""Every endpoint of the API, noun by noun: what is not in this list is not served."""

import importlib

from portal.web.api.operations import Operation

ENDPOINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("chats", ("list", "read", "change", "shelve", "delete", "export", "export_text", "bring_in", "compact")),
    ("messages", ("send", "stream", "retry", "stream_retry", "read", "stop", "pick")),
    ("summaries", ("turn",)),
    ("attachments", ("add", "read", "remove")),
    ("chat_copies", ("list_of", "give", "list", "read", "copy", "take_back")),
    ("language_models", ("list", "available", "create", "read", "change", "delete", "turn", "move", "test")),
    ("default_model", ("read", "choose")),
    ("providers", ("list", "create", "read", "change", "delete", "turn", "test", "discover")),
    ("schedules", ("read", "change")),
    ("shared_keys", ("list", "add", "replace", "make_first", "take_place", "delete", "delete_spare", "test")),
    ("key_holders", ("list", "remove")),
    ("selection", ("explain",)),
    ("overrides", ("list", "read", "pin", "clear")),
    ("contexts", ("list", "create", "read", "change", "remove")),
    ("gates", ("list", "turn")),
    ("personal_keys", ("list", "save", "remove", "test")),
    ("personal_overrides", ("list", "read", "choose", "clear")),
    ("checks", ("list", "read")),
    ("usage", ("list", "requests", "own_list", "own_requests")),
    ("allowances", ("list", "read_unpriced", "allow_unpriced", "read", "change")),
    ("budgets", ("list", "dismiss")),
    ("audit", ("list",)),
    ("users", ("list", "create", "read", "change", "turn", "reset_password", "delete")),
    ("roles", ("list", "create", "read", "change", "delete")),
    ("teams", ("list", "create", "read", "change", "entitle", "delete")),
    ("team_members", ("list", "add", "turn", "remove")),
    ("applications", ("list", "create", "read", "change", "narrow", "turn", "rotate", "end_key", "delete")),
    ("tokens", ("list", "create", "replace", "revoke", "list_of", "revoke_of")),
    ("settings", ("read", "change", "test_webhook")),
    ("configuration", ("export", "plan", "apply")),
)
"""The files, in the order of the document: a folder is a noun, a file of it a verb."""

OPERATIONS: tuple[Operation, ...] = tuple(
    importlib.import_module(f"portal.web.api.{noun}.{verb}").run for noun, verbs in ENDPOINTS for verb in verbs
)
