"""Floor 2: all that leaves the portal goes through here, and nothing else may talk to a network (SPEC §4, DESIGN §6).

`carrier` takes a call and brings back its reply; `connections` opens sockets, and only to addresses that were checked;
`resolution` looks names up; `deadline` ends what takes too long; `stream` reads what arrives; `diagnosis` says what
went wrong; `redaction` keeps keys out of everything that comes back.
"""

from portal.wire.carrier import Wire
from portal.wire.redaction import redact

__all__ = ["Wire", "redact"]
