"""A file between its plan and its import: it travels in the page, encrypted, for it may hold keys.

So every process can go on with it, nothing of it is kept, and whoever looks at the page sees none of it.
"""

import base64
import json
import zlib
from uuid import NAMESPACE_URL, uuid5

from portal.dialects.secret import Secret
from portal.domain.errors import Conflict
from portal.domain.people import Actor
from portal.services.configuration.files import MOST_BYTES, GivenFile
from portal.services.encryption import master_keys
from portal.services.runtime import Runtime
from portal.vault import Purpose, Undecryptable

LOST = "The file could not be carried on. Choose it again."


def encrypted(actor: Actor, runtime: Runtime, given: GivenFile) -> str:
    """The file as a page carries it, for this person alone."""
    master_keys.ensure(runtime)
    content = base64.b64encode(zlib.compress(given.content)).decode()
    secret = Secret(json.dumps({"name": given.name[:200], "content": content}))
    return runtime.vault.encrypt(secret, _purpose(actor)).text


def decrypted(actor: Actor, runtime: Runtime, text: str) -> GivenFile:
    """The same, read back. Raises `Conflict` for another person's, and for what was not carried at all."""
    master_keys.ensure(runtime)
    try:
        told = json.loads(runtime.vault.decrypt_address(text, _purpose(actor)))
        unpacked = zlib.decompressobj().decompress(base64.b64decode(told["content"]), MOST_BYTES + 1)
    except (Undecryptable, ValueError, KeyError, zlib.error):
        raise Conflict(LOST) from None
    return GivenFile(str(told["name"]), unpacked)


def _purpose(actor: Actor) -> Purpose:
    id = uuid5(NAMESPACE_URL, "portal:configuration")
    return Purpose(id, id, str(actor.id), "configuration")
