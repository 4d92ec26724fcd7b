"""What the secret of an application is encrypted for: moved to another key or application, it does not decrypt."""

from uuid import UUID

from portal.vault import Purpose

OWNER = "application"


def purpose_of(application_id: UUID, key_id: UUID) -> Purpose:
    """The purpose of this key's secret."""
    return Purpose(key_id, application_id, OWNER, "")
