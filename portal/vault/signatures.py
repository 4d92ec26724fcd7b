"""Signing what the portal tells others, with a secret that they share."""

import hashlib
import hmac

from portal.dialects.secret import Secret


def sign(secret: Secret, message: bytes) -> str:
    """The HMAC-SHA256 of a message: 64 hex digits."""
    return hmac.new(secret.reveal().encode(), message, hashlib.sha256).hexdigest()
