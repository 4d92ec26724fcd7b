"""Floor 2: all that leaves the portal goes through here, and nothing else may open a connection.

`transport` sends a request and returns its response; `connections` opens sockets, only to addresses that were
checked; `routes` knows which addresses may be asked; `resolution` looks names up; `deadline` ends what takes too
long; `stream` reads what arrives, and `waiting` knows whether it has; `diagnosis` says what went wrong; `signing` and
`tokens` authorise what is sent without a plain key; `redaction` keeps keys out of everything that comes back.
"""

from portal.wire.redaction import redact
from portal.wire.transport import Wire

__all__ = ["Wire", "redact"]
