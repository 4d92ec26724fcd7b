"""The kinds of files that an import reads, and how each is told from the others."""

from portal.services.configuration import files, own
from portal.services.configuration.document import Document
from portal.services.configuration.files import GivenFile
from portal.services.configuration.kinds import (
    codex,
    continue_config,
    librechat,
    litellm,
    open_webui,
    opencode,
    seeds,
)

FOREIGN = (litellm, librechat, continue_config, opencode, codex, open_webui, seeds)
"""Every kind but the portal's own, each with `is_one`, `read`, and the tables of what becomes of its fields."""


def read(given: GivenFile) -> Document:
    """The document that a file holds. Raises `Invalid` when it cannot be read, or is of no kind that is known."""
    data = files.read(given)
    if own.is_own(data):
        return own.read(data)
    kind = next((kind for kind in FOREIGN if kind.is_one(data)), None)
    if kind is None:
        names = ", ".join([own.KIND, *(kind.KIND for kind in FOREIGN)])
        raise files.refused(f"This is no configuration that is known here. These are read: {names}.")
    return kind.read(data)
